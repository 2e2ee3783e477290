import fc from 'fast-check';
import { chunkBytesOf, planChunks, tile } from '../../../core/plan/chunking';

test('text that must be converted from its beginning is never cut, and small files of it share a chunk', () => {
  const rule = { bytes: 100, uncut: true };

  expect(planChunks([{ bytes: 1000 }], rule).map(({ ranges }) => ranges)).toEqual([[{ object: 0, start: 0, end: 1000 }]]);
  expect(planChunks([{ bytes: 30 }, { bytes: 40 }], rule).map(({ ranges }) => ranges.length)).toEqual([2]);
});

describe('tile', () => {
  test('stretches tile the bytes exactly and none is longer than allowed', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1e6 }), fc.integer({ min: 1000, max: 1e6 }), (bytes, limit) => {
        const ranges = tile(bytes, limit);

        expect(ranges.map(({ start }) => start)).toEqual([0, ...ranges.map(({ end }) => end)].slice(0, -1));
        expect(ranges.at(-1)?.end).toBe(bytes);
        expect(ranges.filter(({ start, end }) => end <= start || end - start > limit)).toEqual([]);
      }),
    );
  });

  test.each([
    [0, 10, 0],
    [1, 10, 1],
    [10, 10, 1],
    [11, 10, 2],
  ])('%i bytes in chunks of %i make %i', (bytes, limit, count) => {
    expect(tile(bytes, limit)).toHaveLength(count);
  });

  test('an object whose size times its chunks is more than a number holds exactly loses no byte', () => {
    expect(tile(47_971_845_021_922, 937_262_790).at(-1)?.end).toBe(47_971_845_021_922);

    fc.assert(
      fc.property(fc.integer({ min: 40e12, max: 50e12 }), fc.integer({ min: 400e6, max: 900e6 }), (bytes, limit) => {
        const ranges = tile(bytes, limit);

        expect(ranges.at(-1)?.end).toBe(bytes);
        expect(ranges.every(({ start, end }) => end > start && end - start <= limit)).toBe(true);
      }),
      { numRuns: 10 },
    );
  });

  test('a 10 TB object is cut without touching it', () => {
    expect(tile(10 * 1024 ** 4, 64 * 1024 ** 2)).toHaveLength(163_840);
  });
});

describe('planChunks', () => {
  const group = (start: number, end: number) => ({ start, end, rows: 10 });

  test('chunks are numbered over all objects in order', () => {
    const chunks = planChunks([{ bytes: 25 }, { bytes: 0 }, { bytes: 5 }], { bytes: 10 });

    expect(chunks.map(({ id, ranges }) => [id, ranges[0]?.object])).toEqual([
      ['0000000', 0],
      ['0000001', 0],
      ['0000002', 0],
      ['0000003', 2],
    ]);
  });

  test('row groups stay whole, small ones share a chunk, and their bytes tile the file', () => {
    const rowGroups = [group(4, 40), group(40, 90), group(90, 190), group(190, 200)];

    const ranges = planChunks([{ bytes: 220, rowGroups }], { bytes: 100 }).flatMap((chunk) => chunk.ranges);

    expect(ranges.map(({ rowGroups: span }) => span)).toEqual([
      [0, 2],
      [2, 3],
      [3, 4],
    ]);
    expect(ranges.map(({ start, end }) => [start, end])).toEqual([
      [0, 90],
      [90, 190],
      [190, 220],
    ]);
  });

  test('a row group larger than a chunk is a chunk of its own', () => {
    const [chunk] = planChunks([{ bytes: 1000, rowGroups: [group(4, 990)] }], { bytes: 100 });

    expect(chunk && chunkBytesOf(chunk)).toBe(1000);
  });

  test('a Parquet file without rows is a chunk, so that its bytes are accounted for', () => {
    expect(planChunks([{ bytes: 100, rowGroups: [] }], { bytes: 100 }).map(({ ranges }) => ranges)).toEqual([
      [{ object: 0, start: 0, end: 100, rowGroups: [0, 0] }],
    ]);
  });

  test('small objects share chunks, large ones are cut, and every byte of every object is in exactly one range', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 300 }), { maxLength: 60 }), fc.integer({ min: 50, max: 120 }), (sizes, limit) => {
        const chunks = planChunks(
          sizes.map((bytes) => ({ bytes })),
          { bytes: limit },
        );

        for (const chunk of chunks) expect(chunkBytesOf(chunk)).toBeLessThanOrEqual(limit);
        const ranges = chunks.flatMap((chunk) => chunk.ranges);
        for (const [object, bytes] of sizes.entries()) {
          const mine = ranges.filter((range) => range.object === object);
          expect(mine.map(({ start }) => start)).toEqual([0, ...mine.map(({ end }) => end)].slice(0, mine.length));
          expect(mine.at(-1)?.end ?? 0).toBe(bytes);
        }
      }),
    );
  });

  test('whole files keep their order, are never cut, and an empty one is a file too', () => {
    const rule = { bytes: 100, files: 2, whole: true };

    const chunks = planChunks([{ bytes: 10 }, { bytes: 0 }, { bytes: 250 }, { bytes: 60 }, { bytes: 50 }], rule);

    expect(chunks.map(({ ranges }) => ranges.map(({ object, start, end }) => [object, start, end]))).toEqual([
      [
        [0, 0, 10],
        [1, 0, 0],
      ],
      [[2, 0, 250]],
      [[3, 0, 60]],
      [[4, 0, 50]],
    ]);
  });

  test('law: every file is in exactly one chunk, whole and in order, and only a file that is too large alone makes a chunk larger', () => {
    const rules = fc.record({ bytes: fc.integer({ min: 1, max: 120 }), files: fc.integer({ min: 1, max: 9 }), whole: fc.constant(true) });
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 300 }), { maxLength: 60 }), rules, (sizes, rule) => {
        const chunks = planChunks(
          sizes.map((bytes) => ({ bytes })),
          rule,
        );

        expect(chunks.flatMap(({ ranges }) => ranges)).toEqual(sizes.map((bytes, object) => ({ object, start: 0, end: bytes })));
        for (const chunk of chunks) {
          expect(chunk.ranges.length).toBeLessThanOrEqual(rule.files);
          if (chunkBytesOf(chunk) > rule.bytes) expect(chunk.ranges).toHaveLength(1);
        }
      }),
    );
  });
});
