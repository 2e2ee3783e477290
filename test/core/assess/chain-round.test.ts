import { chainRound, MERGED_BYTES } from '../../../core/assess/chain-round';
import { leavesOf, standInId } from '../../../core/assess/leaves';
import type { Chunk } from '../../../core/contracts';
import { aChunk, aMarker, anObject, markersOf } from '../../support/records';

type Found = readonly [id: string, start: number, end: number, overrides?: Partial<Chunk>];

/** Chunks of ten bytes each, and what each of them says it read. */
const answer = (found: readonly Found[], bytes = found.length * 10) =>
  chainRound({
    objects: [anObject({ bytes })],
    leaves: found.map(([id, , , overrides], i) => aChunk(id, i * 10, i * 10 + 10, overrides)),
    markers: markersOf(...found.map(([id, start, end]) => aMarker(id, { start, end }))),
  });

const fault = { failure: expect.objectContaining({ class: 'CODE' }) };

test('chunks that meet need nothing', () => {
  expect(
    answer([
      ['a', 0, 12],
      ['b', 12, 20],
    ]),
  ).toEqual({ chunks: [] });
});

test('one wrong guess is read again from where the chunk before it ended, which is proven', () => {
  expect(
    answer([
      ['a', 0, 12],
      ['b', 15, 21],
      ['c', 21, 30],
    ]),
  ).toEqual({ chunks: [{ id: 'b.r1', ranges: [{ object: 0, start: 12, end: 20 }], proven: true, replaces: 'b' }] });
});

test('several are read again in one round; what rests on a guess is given, not proven', () => {
  expect(
    answer([
      ['a', 0, 12],
      ['b', 15, 21],
      ['c', 21, 32],
      ['d', 35, 41],
      ['e', 41, 50],
    ]),
  ).toMatchObject({
    chunks: [
      { id: 'b.r1', proven: true },
      { id: 'd.r1', given: true, ranges: [{ object: 0, start: 32, end: 40 }] },
    ],
  });
});

test('a chunk that disagrees with both its neighbours is believed about its end, which rests on more than a guess', () => {
  expect(
    answer([
      ['a', 0, 12],
      ['b', 15, 25],
      ['c', 21, 32],
      ['d', 32, 40],
    ]),
  ).toMatchObject({
    chunks: [
      { id: 'b.r1', proven: true },
      { id: 'c.r1', given: true, ranges: [{ start: 25 }] },
    ],
  });
});

test('a chunk that gave up is read again, although it stands where it should', () => {
  expect(
    answer([
      ['a', 0, 10],
      ['b', 10, 10],
      ['c', 21, 30],
    ]),
  ).toMatchObject({ chunks: [{ id: 'b.r1', proven: true, ranges: [{ start: 10 }] }] });
});

test('all chunks that a long record covers are read again in one round, whatever they agree on', () => {
  const { chunks } = answer([
    ['a', 0, 42],
    ['b', 12, 21],
    ['c', 21, 31],
    ['d', 31, 40],
    ['e', 42, 50],
  ]) as { chunks: Chunk[] };

  expect(chunks).toMatchObject(['b', 'c', 'd'].map((id) => ({ id: `${id}.r1`, proven: true, ranges: [{ start: 42 }] })));
  expect(chunks).toHaveLength(3);
});

test('a start behind its range says that a record covers it', () => {
  expect(
    answer([
      ['a', 0, 25],
      ['b', 12, 21],
      ['c', 25, 30],
    ]),
  ).toMatchObject({ chunks: [{ id: 'b.r1', ranges: [{ object: 0, start: 25, end: 20 }] }] });
});

test('what was given and is still wrong is read again, under the number of the round', () => {
  expect(
    answer([
      ['a', 0, 12],
      ['b.r2', 15, 21, { given: true, ranges: [{ object: 0, start: 15, end: 20 }] }],
      ['c', 21, 30],
    ]),
  ).toMatchObject({ chunks: [{ id: 'b.r3', replaces: 'b.r2', proven: true }] });
});

test('after three rounds the rest is read as one from its proven start', () => {
  expect(
    answer([
      ['a', 0, 12],
      ['b', 15, 22],
      ['c.r3', 21, 31, { given: true, ranges: [{ object: 0, start: 21, end: 30 }] }],
      ['d', 34, 40],
    ]),
  ).toEqual({
    chunks: [{ id: 'b.r4', ranges: [{ object: 0, start: 12, end: 40 }], proven: true, replaces: ['b', 'c.r3', 'd'] }],
  });
});

test('one stretch is never larger than a worker can hold; behind it, guesses are corrected as before', () => {
  const size = MERGED_BYTES / 2;
  const at = (i: number) => ({ ranges: [{ object: 0, start: i * size, end: i * size + size }] });
  const found: readonly Found[] = [
    ['a', 0, size],
    ['b.r3', size + 1, 2 * size, { given: true, ranges: [{ object: 0, start: size + 1, end: 2 * size }] }],
    ['c', 2 * size + 3, 3 * size, at(2)],
    ['d', 3 * size, 4 * size, at(3)],
    ['e', 4 * size, 5 * size, at(4)],
    ['f', 5 * size + 5, 6 * size, at(5)],
  ];
  const { chunks } = answer(found, 6 * size) as { chunks: Chunk[] };

  expect(chunks.map(({ id, replaces }) => [id, replaces])).toEqual([
    ['b.r4', ['b.r3', 'c']],
    ['f.r4', 'f'],
  ]);
});

test('failures of a wrong guess are forgotten', () => {
  const { chunks } = answer([
    ['a', 0, 12],
    ['b', 15, 20, { failures: { SPOT: 2 } }],
  ]) as { chunks: Chunk[] };

  expect(chunks[0]?.failures).toBeUndefined();
});

test('objects are repaired in the same round, each by itself', () => {
  const leaves = [aChunk('a', 0, 10), aChunk('b', 10, 20), aChunk('c', 0, 10), aChunk('d', 10, 20)].map((chunk, i) => ({
    ...chunk,
    ranges: chunk.ranges.map((range) => ({ ...range, object: i < 2 ? 0 : 1 })),
  }));
  const read = [
    [0, 12],
    [13, 20],
    [0, 11],
    [15, 20],
  ];
  const markers = markersOf(...leaves.map(({ id }, i) => aMarker(id, { object: i < 2 ? 0 : 1, start: read[i]![0]!, end: read[i]![1]! })));

  const objects = [anObject({ bytes: 20 }), anObject({ bytes: 20 })];

  expect(chainRound({ objects, leaves, markers })).toMatchObject({ chunks: [{ id: 'b.r1' }, { id: 'd.r1' }] });
});

test('a chunk over two broken objects is replaced once', () => {
  const both = { ranges: [0, 1].map((object) => ({ object, start: 10, end: 20 })) };
  const leaves = [aChunk('a', 0, 10), { ...aChunk('b', 0, 10), ranges: [{ object: 1, start: 0, end: 10 }] }, aChunk('c', 0, 0, both)];
  const markers = markersOf(
    aMarker('a', { start: 0, end: 12 }),
    aMarker('b', { object: 1, start: 0, end: 12 }),
    aMarker(
      'c',
      { start: 0, end: 0 },
      {
        read: [
          { object: 0, start: 13, end: 20, records: 1 },
          { object: 1, start: 14, end: 20, records: 1 },
        ],
      },
    ),
  );

  const objects = [anObject({ bytes: 20 }), anObject({ bytes: 20 })];
  const { chunks } = chainRound({ objects, leaves, markers }) as { chunks: Chunk[] };

  expect(chunks.map(({ id }) => id)).toEqual(['c.r1']);
});

describe('the run stops as faulty', () => {
  test('when the first chunk does not begin with the object', () => {
    expect(answer([['a', 1, 10]])).toEqual(fault);
  });

  test('when a chunk did not start where it was told', () => {
    expect(
      answer([
        ['a', 0, 12],
        ['b.r1', 15, 20, { given: true, ranges: [{ object: 0, start: 12, end: 20 }] }],
      ]),
    ).toEqual(fault);
  });

  test('when a chunk that knew its start owns nothing', () => {
    expect(
      answer([
        ['a', 0, 12],
        ['b.r1', 12, 12, { proven: true, ranges: [{ object: 0, start: 12, end: 20 }] }],
      ]),
    ).toEqual(fault);
  });

  test('when the object is not read to its end', () => {
    expect(answer([['a', 0, 10]], 11)).toEqual(fault);
  });

  test('when row groups do not meet', () => {
    const rowGroups = (start: number): Partial<Chunk> => ({ ranges: [{ object: 0, start, end: start + 10, rowGroups: [0, 1] }] });

    expect(
      answer([
        ['a', 0, 10, rowGroups(0)],
        ['b', 12, 20, rowGroups(12)],
      ]),
    ).toEqual(fault);
  });
});

describe('stand-ins', () => {
  test('take the places of all that they replace', () => {
    const first = [aChunk('1', 0, 10), aChunk('2', 10, 20), aChunk('3', 20, 30)];
    const second = [aChunk('2.r1', 12, 20, { replaces: '2' })];
    const third = [aChunk('2.r4', 12, 30, { replaces: ['2.r1', '3'] })];

    expect(leavesOf([first, second, third]).map(({ id }) => id)).toEqual(['1', '2.r4']);
  });

  test('are named for the chain round, not for each other', () => {
    expect([standInId('0000007', 2), standInId('0000007.r2', 3)]).toEqual(['0000007.r2', '0000007.r3']);
  });
});
