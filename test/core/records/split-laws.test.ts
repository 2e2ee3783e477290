import fc from 'fast-check';
import { tile } from '../../../core/plan/chunking';
import { countRecords, OwnedLines } from '../../../core/records';
import { type Owned, windowStart } from '../../../core/records/owned';
import type { CsvDialect } from '../../../core/spec/sections/csv';
import { csvFile, DIALECTS, recordsOf, referenceRecords } from '../../support/csv-files';

/** What a reader does: a window that grows until the slice's lines are found. */
function read(file: Buffer, range: { start: number; end: number }, dialect: CsvDialect | undefined, proven = false): Owned {
  const slice = { ...range, bytes: file.length, dialect, columns: 2, proven };
  const lines = new OwnedLines(slice);
  for (let extra = 0; ; extra += 3) {
    const owned = lines.find(file.subarray(windowStart(slice), slice.end + extra));
    if (owned) return owned;
  }
}

/** The chain as the run builds it: a slice that does not begin where the one before it ended is read again from there. */
function chain(file: Buffer, chunkBytes: number, dialect: CsvDialect | undefined): Owned[] {
  const owned: Owned[] = [];
  for (const range of tile(file.length, chunkBytes)) {
    const from = owned.at(-1)?.end ?? 0;
    const guess = read(file, range, dialect);
    owned.push(guess.start === from ? guess : read(file, { ...range, start: from }, dialect, true));
  }
  return owned;
}

describe.each(DIALECTS)('a delimited file with %s', (_name, dialect) => {
  test('cut anywhere gives the records that csv-parse finds in the whole file, in order', () => {
    fc.assert(
      fc.property(csvFile(dialect), fc.integer({ min: 1, max: 200 }), (file, chunkBytes) => {
        const owned = chain(file, chunkBytes, dialect);

        expect(owned.flatMap((one) => recordsOf(file, one, dialect))).toEqual(referenceRecords(file, dialect));
      }),
      { numRuns: 300 },
    );
  });

  test('its chunks tile it, and their counts add up to those of the whole', () => {
    fc.assert(
      fc.property(csvFile(dialect), fc.integer({ min: 1, max: 200 }), (file, chunkBytes) => {
        const owned = chain(file, chunkBytes, dialect);

        expect(owned[0]!.start).toBe(0);
        expect(owned.at(-1)!.end).toBe(file.length);
        expect(owned.slice(1).map(({ start }) => start)).toEqual(owned.slice(0, -1).map(({ end }) => end));
        expect(owned.reduce((sum, { records }) => sum + records, 0)).toBe(countRecords(file, dialect));
      }),
      { numRuns: 300 },
    );
  });
});

test('any bytes, cut anywhere, give exactly their non-empty lines', () => {
  const bytes = fc
    .array(fc.constantFrom(0x0a, 0x0d, 0x22, 0x2c, 0x61, 0xff, 0x00), { minLength: 1, maxLength: 200 })
    .map((all) => Buffer.from(all));
  fc.assert(
    fc.property(bytes, fc.integer({ min: 1, max: 50 }), (file, chunkBytes) => {
      const owned = tile(file.length, chunkBytes).map((range) => read(file, range, undefined));
      const lines = file
        .toString('latin1')
        .split('\n')
        .map((line, i, all) => (i < all.length - 1 ? line.replace(/\r$/, '') : line));

      expect(owned.slice(1).map(({ start }) => start)).toEqual(owned.slice(0, -1).map(({ end }) => end));
      expect(owned.reduce((sum, { records }) => sum + records, 0)).toBe(lines.filter((line) => line !== '').length);
    }),
    { numRuns: 500 },
  );
});
