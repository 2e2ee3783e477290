import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { reconcile } from '../../../core/commit/reconcile';
import type { Checksum } from '../../../core/contracts';
import { objectsOf } from '../../../core/plan/source-objects';
import { aChunk, aMarker, anObject, markersOf } from '../../support/records';

const crcOf = (bytes: Uint8Array): Checksum => {
  const value = Buffer.alloc(4);
  value.writeUInt32BE(crc32(bytes));
  return { algorithm: 'CRC32', value: value.toString('base64') };
};

const LEAVES = [aChunk('0', 0, 50), aChunk('1', 50, 100)];
/** So many bytes that are all alike, as far as their checksum goes. */
const alike = (bytes: number): Checksum => crcOf(Buffer.alloc(bytes, 'a'));
const SUMMED = anObject({ checksum: alike(100) });
const FIRST = aMarker('0', { start: 0, end: 55, checksum: alike(55) });
const SECOND = aMarker('1', { start: 55, end: 100, checksum: alike(45) });
const names = (checks: readonly { name: string; ok: boolean }[]) => checks.filter(({ ok }) => !ok).map(({ name }) => name);

test('books that balance say so', () => {
  const { verdict, checks } = reconcile({ objects: [SUMMED], leaves: LEAVES, markers: markersOf(FIRST, SECOND) });

  expect(verdict).toBe('BALANCED');
  expect(names(checks)).toEqual([]);
});

test('the books say whether the rows of a query showed their records; where they were only counted it is no more than a warning', () => {
  const told = (first: 'observed' | 'computed') => {
    const markers = markersOf({ ...FIRST, identity: first }, { ...SECOND, identity: 'observed' });
    const { verdict, checks } = reconcile({ objects: [SUMMED], leaves: LEAVES, markers });
    return {
      verdict,
      checks: checks.filter(({ name }) => (name.startsWith('rows ') && name.includes('records through')) || name.includes('not traced')),
    };
  };

  expect(told('observed')).toEqual({
    verdict: 'BALANCED',
    checks: [{ name: 'rows carried the numbers of their records through the query', ok: true, expected: '2 chunks', actual: '2 chunks' }],
  });
  expect(told('computed')).toEqual({
    verdict: 'BALANCED',
    checks: [
      {
        name: 'rows were counted, not traced to their records',
        ok: true,
        expected: 'observed',
        actual: 'computed in 1 of 2 chunks',
        severity: 'warn',
      },
    ],
  });
});

test('bytes of which S3 keeps no checksum are accounted for, and the verdict says that this is all', () => {
  const { verdict, checks } = reconcile({ objects: [anObject()], leaves: LEAVES, markers: markersOf(FIRST, SECOND) });

  expect(verdict).toBe('UNVERIFIED');
  expect(checks.map(({ name }) => name)).toContain('incoming/orders/a.csv has no checksum in S3: proven by their bytes alone');
  expect(names(checks)).toEqual([]);
});

test('an empty object has nothing to prove', () => {
  expect(reconcile({ objects: [anObject({ bytes: 0 })], leaves: [], markers: markersOf() }).verdict).toBe('BALANCED');
});

test('the chunks of any cut prove the checksum of the whole object', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 300 }), fc.nat(), (bytes, n) => {
      const cut = n % (bytes.length + 1);
      const markers = markersOf(
        aMarker('0', { start: 0, end: cut, checksum: crcOf(bytes.subarray(0, cut)) }),
        aMarker('1', { start: cut, end: bytes.length, checksum: crcOf(bytes.subarray(cut)) }),
      );

      const { verdict } = reconcile({ objects: [anObject({ bytes: bytes.length, checksum: crcOf(bytes) })], leaves: LEAVES, markers });

      expect(verdict).toBe('BALANCED');
    }),
  );
});

describe('an object version is read once', () => {
  const twin = (overrides = {}) => anObject({ bytes: 100, ...overrides });
  const leaves = [aChunk('0', 0, 100), aChunk('1', 0, 100, { ranges: [{ object: 1, start: 0, end: 100 }] })];
  const markers = markersOf(aMarker('0', { start: 0, end: 100 }), aMarker('1', { start: 0, end: 100, object: 1 }));

  test('two planned objects of one version are a mismatch that names them', () => {
    const { verdict, checks } = reconcile({ objects: [twin(), twin()], leaves, markers });

    expect(verdict).toBe('MISMATCH');
    expect(checks.filter(({ ok }) => !ok)).toEqual([
      { name: 'object versions are planned once', ok: false, expected: '2', actual: '1' },
      {
        name: 's3://input/incoming/orders/a.csv version v1 is planned once',
        ok: false,
        expected: 'object 0',
        actual: 'objects 0 and 1',
      },
    ]);
  });

  test.each([
    ['version', { versionId: 'v2' }],
    ['key', { key: 'incoming/orders/b.csv' }],
    ['bucket', { bucket: 'other' }],
  ])('objects that differ in their %s are two', (_, other) => {
    expect(reconcile({ objects: [twin(), twin(other)], leaves, markers }).verdict).toBe('UNVERIFIED');
  });

  test('an inventory that lists a version twice is a mismatch that names it', () => {
    const ref = { key: 'incoming/orders/a.csv', versionId: 'v1', bytes: 100 };
    const chunks = [0, 1].map((object) => aChunk(`${object}`, 0, 100, { ranges: [{ object, start: 0, end: 100, ref }] }));
    const source = { kind: 'inventory', bucket: 'b', manifest: 'm' } as const;
    const listing = { source, bucket: 'input', fingerprint: 'f', objects: 2, empty: 0 };
    const listed = { objects: 2, bytes: 200 };

    const { checks } = reconcile({
      objects: objectsOf({ objects: [], listing }, { leaves: chunks, markers }),
      listed,
      leaves: chunks,
      markers,
    });

    expect(names(checks)).toEqual(['object versions are planned once', 's3://input/incoming/orders/a.csv version v1 is planned once']);
  });

  test('one number that stands for two versions is a mismatch at the chunk that differs', () => {
    const ref = (versionId: string) => ({ key: 'a', versionId, bytes: 100 });
    const range = (start: number, end: number, versionId: string) => ({ object: 0, start, end, ref: ref(versionId) });
    const halves = [aChunk('0', 0, 50, { ranges: [range(0, 50, 'v1')] }), aChunk('1', 50, 100, { ranges: [range(50, 100, 'v2')] })];
    const read = markersOf(aMarker('0', { start: 0, end: 50 }), aMarker('1', { start: 50, end: 100 }));

    const { verdict, checks } = reconcile({ objects: [twin({ key: 'a' })], leaves: halves, markers: read });

    expect(verdict).toBe('MISMATCH');
    expect(names(checks)).toEqual(['chunk 1 means by object 0 what the others do']);
  });

  test('ranges of one object that overlap are a mismatch', () => {
    const read = markersOf(aMarker('0', { start: 0, end: 60 }), aMarker('1', { start: 50, end: 100 }));

    expect(reconcile({ objects: [twin()], leaves: LEAVES, markers: read }).verdict).toBe('MISMATCH');
  });

  test('a hundred thousand objects are compared in one pass', () => {
    const objects = Array.from({ length: 100_000 }, (_, i) => anObject({ key: `k${i}`, bytes: 0 }));
    const began = performance.now();

    expect(reconcile({ objects, leaves: [], markers: new Map() }).verdict).toBe('BALANCED');

    expect(performance.now() - began).toBeLessThan(5000);
  });
});

describe('a lie is caught', () => {
  const object = anObject({ checksum: crcOf(Buffer.alloc(100, 'a')) });
  const honest = [
    aMarker('0', { start: 0, end: 55, checksum: crcOf(Buffer.alloc(55, 'a')) }),
    aMarker('1', { start: 55, end: 100, checksum: crcOf(Buffer.alloc(45, 'a')) }),
  ] as const;

  test.each([
    [
      'a byte read wrong',
      [honest[0], { ...honest[1], read: [{ ...honest[1].read[0]!, checksum: crcOf(Buffer.alloc(45, 'b')) }] }],
      /^CRC32 of/,
    ],
    ['a gap', [honest[0], { ...honest[1], read: [{ ...honest[1].read[0]!, start: 56 }] }], /^chunks cover/],
    ['a chunk missing', [honest[0]], /^every chunk is committed/],
    ['a record dropped', [honest[0], { ...honest[1], counts: { ...honest[1].counts, written: 9 } }], /^records read/],
    [
      'a record counted that the splitter did not see',
      [honest[0], { ...honest[1], counts: { read: 11, written: 11, filtered: 0, quarantined: 0 } }],
      /splitter/,
    ],
    ['a checksum left out', [honest[0], { ...honest[1], read: [{ ...honest[1].read[0]!, checksum: undefined }] }], /^CRC32 of/],
    [
      'a checksum of another kind',
      [honest[0], { ...honest[1], read: [{ ...honest[1].read[0]!, checksum: { algorithm: 'CRC32C' as const, value: 'AAAAAA==' } }] }],
      /^CRC32 of/,
    ],
    ['another object read', [honest[0], { ...honest[1], read: [{ ...honest[1].read[0]!, object: 1 }] }], /^chunk 1 read what it was given/],
    ['a range read twice', [honest[0], { ...honest[1], read: [honest[1].read[0]!, honest[1].read[0]!] }], /^chunk 1 read what/],
    ['bytes that no part has', [honest[0], { ...honest[1], bytes: { read: 45, written: 51 } }], /^chunk 1: bytes of its parts/],
    [
      'a record set aside that no quarantine holds',
      [
        honest[0],
        { ...honest[1], counts: { read: 10, written: 9, filtered: 0, quarantined: 1 }, parts: [{ ...honest[1].parts[0]!, rows: 9 }] },
      ],
      /^chunk 1: records in its quarantine/,
    ],
    ['a part that another chunk made', [honest[0], { ...honest[1], parts: honest[0].parts }], /is a part of one chunk$/],
    ['a part with fewer rows', [honest[0], { ...honest[1], parts: [{ ...honest[1].parts[0]!, rows: 9 }] }], /^rows of the parts/],
  ])('%s', (_, markers, name) => {
    const { verdict, checks } = reconcile({ objects: [object], leaves: LEAVES, markers: markersOf(...markers) });

    expect(verdict).toBe('MISMATCH');
    expect(names(checks).some((bad) => name.test(bad))).toBe(true);
  });
});

test('the marker of another chunk under this one’s name is told', () => {
  const markers = new Map([...markersOf(FIRST, SECOND), ['1', { ...SECOND, chunk: '7' }]]);

  expect(names(reconcile({ objects: [SUMMED], leaves: LEAVES, markers }).checks)).toContain('the marker of chunk 1 is its own');
});

test('a gap names the chunk behind it', () => {
  const markers = markersOf(FIRST, aMarker('1', { start: 57, end: 100, checksum: alike(43) }));

  const { checks } = reconcile({ objects: [SUMMED], leaves: LEAVES, markers });

  expect(checks.find(({ ok }) => !ok)?.actual).toBe('gap or overlap at 55, where chunk 1 reads on from 57');
});

describe('a record that made several rows', () => {
  const several = (rows: number, partRows: number, written = 4) => {
    const counts = { read: 10, written, filtered: 10 - written, quarantined: 0, rows };
    const marker = aMarker('0', { start: 0, end: 100, checksum: alike(100) }, { counts });
    return { ...marker, parts: [{ ...marker.parts[0]!, rows: partRows }] };
  };
  const judge = (marker: ReturnType<typeof several>) =>
    reconcile({ objects: [SUMMED], leaves: [aChunk('0', 0, 100)], markers: markersOf(marker) });

  test('counts once as written, and its rows are found in the parts', () => {
    expect(judge(several(9, 9)).verdict).toBe('BALANCED');
  });

  test.each([
    ['a row is missing from the parts', several(9, 8), /^rows of the parts/],
    ['fewer rows than records written', several(3, 3), /each record written made a row or more/],
    ['rows of no record', several(3, 3, 0), /each record written made a row or more/],
  ])('%s', (_, marker, name) => {
    const { verdict, checks } = judge(marker);

    expect(verdict).toBe('MISMATCH');
    expect(names(checks).some((bad) => name.test(bad))).toBe(true);
  });
});

describe('whole files', () => {
  const leaves = [aChunk('0', 0, 100)];
  const marker = aMarker('0', { start: 0, end: 100, records: 5, checksum: alike(100) });
  const withCounts = (counts: Partial<typeof marker.counts>, rows: number) =>
    markersOf({ ...marker, counts: { ...marker.counts, ...counts }, parts: marker.parts.map((part) => ({ ...part, rows })) });

  test('may become fewer files than there were, or other files although all were filtered', () => {
    for (const markers of [withCounts({ rows: 1 }, 1), withCounts({ written: 0, filtered: 5, rows: 2 }, 2)]) {
      expect(reconcile({ objects: [SUMMED], leaves, markers, files: true }).verdict).toBe('BALANCED');
      expect(reconcile({ objects: [SUMMED], leaves, markers }).verdict).toBe('MISMATCH');
    }
  });

  test('must all be accounted for, and every file made must be published', () => {
    for (const markers of [withCounts({ filtered: 1, rows: 1 }, 1), withCounts({ rows: 2 }, 1)]) {
      expect(reconcile({ objects: [anObject()], leaves, markers, files: true }).verdict).toBe('MISMATCH');
    }
  });
});

describe('a range of which chunks read windows', () => {
  const object = anObject({ checksum: crcOf(Buffer.alloc(100, 'a')) });
  const asked = (id: string, window: [number, number]) => aChunk(id, 0, 100, { ranges: [{ object: 0, start: 0, end: 100, window }] });
  const aWindow = (id: string, window: [number, number], of = 20) =>
    aMarker(id, { start: 0, end: 100, window, of, records: window[1] - window[0], checksum: crcOf(Buffer.alloc(100, 'a')) });
  const verdictOf = (...markers: readonly ReturnType<typeof aMarker>[]) =>
    reconcile({
      objects: [object],
      leaves: markers.map(({ chunk, read }) => asked(chunk, read[0]?.window ?? [0, 0])),
      markers: markersOf(...markers),
    });

  test('is read once when the windows hold each of its records once', () => {
    expect(verdictOf(aWindow('0.0', [0, 7]), aWindow('0.1', [7, 20])).verdict).toBe('BALANCED');
  });

  test.each<[string, [number, number], [number, number], number]>([
    ['a record that no window holds', [0, 7], [8, 20], 20],
    ['a record that two windows hold', [0, 8], [7, 20], 20],
    ['records before the first window', [1, 7], [7, 20], 20],
    ['records behind the last window', [0, 7], [7, 19], 20],
    ['windows that disagree how many records there are', [0, 7], [7, 21], 21],
  ])('%s: the chain does not hold', (_, first, second, of) => {
    const { verdict, checks } = verdictOf(aWindow('0.0', first), aWindow('0.1', second, of));

    expect(verdict).toBe('MISMATCH');
    expect(names(checks).some((bad) => /^chunks cover/.test(bad))).toBe(true);
  });

  test('a window alone is not the range', () => {
    const { verdict } = verdictOf(aWindow('0.0', [0, 7]));

    expect(verdict).toBe('MISMATCH');
  });
});
