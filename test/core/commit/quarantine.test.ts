import { foldFaults, quarantineIndexOf } from '../../../core/commit/quarantine';
import { aMarker } from '../../support/records';

test('the faults of chunks are summed, and the most frequent reasons told', () => {
  const reason = (name: string, records: number) => ({ class: 'TYPE' as const, reason: name, records });

  expect(
    foldFaults([
      { classes: { TYPE: 6, PARSE: 1 }, reasons: [reason('a', 3), reason('b', 2), reason('c', 1)] },
      { classes: { TYPE: 9 }, reasons: [reason('b', 4), reason('d', 2), reason('e', 2), reason('f', 1)] },
      {},
    ]),
  ).toEqual({
    classes: { TYPE: 15, PARSE: 1 },
    reasons: [reason('b', 6), reason('a', 3), reason('d', 2), reason('e', 2), reason('c', 1)],
  });
});

test('the index lists the objects of the chunks that count, in their order, and sums what is wrong', () => {
  const read = { object: 0, start: 0, end: 10, records: 1 };
  const checksum = { algorithm: 'CRC32' as const, value: 'AAAAAA==' };
  const quarantine = (key: string) => ({ key, records: 2, classes: { SKIPPED: 2 }, reasons: [], checksum });
  const markers = new Map(['a', 'b', 'c'].map((id) => [id, aMarker(id, read, id === 'b' ? {} : { quarantine: quarantine(`key-${id}`) })]));
  const leaves = ['a', 'b', 'd', 'c'].map((id) => ({ id, ranges: [read] }));

  expect(quarantineIndexOf({ leaves, markers })).toEqual({
    schema: 'quarantine-index.v1',
    classes: { SKIPPED: 4 },
    reasons: [],
    objects: [
      { chunk: 'a', key: 'key-a', records: 2, checksum },
      { chunk: 'c', key: 'key-c', records: 2, checksum },
    ],
  });
});
