import { Range } from '../../../core/contracts';
import { inputOf, objectOf, objectsOf } from '../../../core/plan/source-objects';
import { aChunk, aMarker, anObject, markersOf } from '../../support/records';

const LISTING = {
  source: { kind: 'prefix' as const, bucket: 'input', prefix: 'in/' },
  bucket: 'input',
  fingerprint: 'f',
  objects: 2,
  empty: 0,
  header: ['id'],
};
const NAMED = { objects: [anObject()], bytes: 100 };
const LISTED = { objects: [], listing: LISTING, bytes: 100 };
const CRC = { algorithm: 'CRC32' as const, value: 'AAAAAA==' };
const range = (ref?: Range['ref'], object = 0) => Range.parse({ object, start: 0, end: 9, ...(ref && { ref }) });
const REF = { key: 'in/a', versionId: 'v1', bytes: 9 };

test('a run over named objects has them in its plan', () => {
  expect(objectOf(NAMED, range())).toEqual({ object: anObject(), seen: true });
  expect(objectOf(NAMED, range(undefined, 1))).toBeUndefined();
  expect(objectsOf(NAMED, { leaves: [], markers: new Map() })).toBe(NAMED.objects);
});

test('a run over a listing has them in its chunks', () => {
  expect(objectOf(LISTED, range(REF))).toEqual({ object: { bucket: 'input', ...REF, etag: '' }, seen: false });
  expect(objectOf(LISTED, range())).toBeUndefined();
});

test('an object that Plan looked at has the header that all have, or its own', () => {
  expect(objectOf(LISTED, range({ ...REF, seen: true }))).toMatchObject({ object: { header: ['id'] }, seen: true });
  expect(objectOf(LISTED, range({ ...REF, seen: true, header: ['x'] }))).toMatchObject({ object: { header: ['x'] } });
});

test('of objects that only workers looked at, their markers tell the checksum', () => {
  const leaves = [{ ...aChunk('0', 0, 9), ranges: [range(REF), range({ ...REF, key: 'in/b' }, 1)] }];
  const [first] = aMarker('0', { start: 0, end: 9 }).read;
  const markers = markersOf(aMarker('0', { start: 0, end: 9 }, { read: [first!, { ...first!, object: 1, stored: CRC }] }));

  expect([...objectsOf(LISTED, { leaves, markers }).entries()]).toMatchObject([
    [0, { key: 'in/a' }],
    [1, { key: 'in/b', checksum: CRC }],
  ]);
});

test('a thousand objects are named one by one, more are not', () => {
  const evidence = { leaves: [{ ...aChunk('0', 0, 9), ranges: [range(REF)] }], markers: new Map() };

  expect(inputOf(NAMED, evidence, 's3://list')).toMatchObject({ input: [{ key: anObject().key }] });
  expect(inputOf(LISTED, evidence, 's3://list')).toMatchObject({ input: [{ key: 'in/a' }], listing: { list: 's3://list', bytes: 100 } });
  expect(inputOf({ ...LISTED, listing: { ...LISTING, objects: 1001 } }, evidence, 's3://list')).toMatchObject({
    input: [],
    listing: { objects: 1001 },
  });
});
