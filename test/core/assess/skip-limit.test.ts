import fc from 'fast-check';
import { skipsAllowed, skipsAllowedInChunk } from '../../../core/assess/skip-limit';

test.each([
  [0, 100, 0],
  [7, 3, 7],
  ['0.1%', 999, 0],
  ['0.1%', 1000, 1],
  ['100%', 5, 5],
  ['0%', 5, 0],
])('a limit of %s allows of %i records %i', (limit, read, allowed) => {
  expect(skipsAllowed(limit, read)).toBe(allowed);
});

test.each([
  ['a count is what the whole run may have', 1000, { records: 5, bytes: 10, runBytes: 1000 }, 1000],
  ['few are kept in any case', 0, { records: 5, bytes: 10, runBytes: 1000 }, 100],
  ['a share of a chunk that is the run', '10%', { records: 5000, bytes: 1000, runBytes: 1000 }, 500],
  ['a share of an estimate, four times as dense as the chunk', '10%', { records: 1000, bytes: 1000, runBytes: 2000 }, 500],
  ['few records judge nothing', '1%', { records: 10, bytes: 100, runBytes: 1000 }, 100],
  ['nothing was read', '1%', { records: 0, bytes: 0, runBytes: 1000 }, Number.POSITIVE_INFINITY],
])('%s', (_name, limit, chunk, allowed) => {
  expect(skipsAllowedInChunk(limit, chunk)).toBe(allowed);
});

test('no run is given up that could be published, while no part of it is four times as dense as the chunk', () => {
  const share = fc.integer({ min: 0, max: 100 }).map((percent) => `${percent}%`);
  const size = fc.integer({ min: 1, max: 1_000_000 });
  fc.assert(
    fc.property(share, size, size, size, fc.double({ min: 0, max: 4, noNaN: true }), (limit, records, bytes, rest, density) => {
      const runRecords = records + Math.floor((density * records * rest) / bytes);

      expect(skipsAllowedInChunk(limit, { records, bytes, runBytes: bytes + rest })).toBeGreaterThanOrEqual(
        skipsAllowed(limit, runRecords),
      );
    }),
  );
});
