import fc from 'fast-check';
import { GUESSING_ROUNDS } from '../../../core/assess/chain-round';
import { countRecords } from '../../../core/records';
import { runChain } from '../../support/chain-run';
import { csvFile, csvFileWithGiants, DIALECTS, recordsOf, referenceRecords } from '../../support/csv-files';

const chunkSize = fc.oneof({ weight: 3, arbitrary: fc.integer({ min: 1, max: 200 }) }, { weight: 1, arbitrary: fc.constant(1) });
const reach = fc.oneof(fc.constant(Number.POSITIVE_INFINITY), fc.integer({ min: 0, max: 60 }));

describe.each(DIALECTS)('a run over a file with %s', (_name, dialect) => {
  test('reads the records that csv-parse finds, in order, in few rounds, whatever the chunk size', () => {
    fc.assert(
      fc.property(csvFile(dialect), chunkSize, reach, (file, chunkBytes, limit) => {
        const { owned, redone } = runChain(file, { chunkBytes, dialect, reach: limit });

        expect(owned.flatMap((one) => recordsOf(file, one, dialect))).toEqual(referenceRecords(file, dialect));
        expect(redone.length).toBeLessThanOrEqual(GUESSING_ROUNDS + 1);
      }),
      { numRuns: 400 },
    );
  });

  test('reads records that are longer than many chunks, whatever they are full of', () => {
    fc.assert(
      fc.property(csvFileWithGiants(dialect), fc.integer({ min: 20, max: 100 }), (file, chunkBytes) => {
        const { owned } = runChain(file, { chunkBytes, dialect });

        expect(owned.flatMap((one) => recordsOf(file, one, dialect))).toEqual(referenceRecords(file, dialect));
        expect([...owned.map(({ start }) => start), file.length]).toEqual([0, ...owned.map(({ end }) => end)]);
      }),
      { numRuns: 40 },
    );
  });

  test('its ranges tile the file exactly and their counts add up', () => {
    fc.assert(
      fc.property(csvFile(dialect), chunkSize, (file, chunkBytes) => {
        const { owned } = runChain(file, { chunkBytes, dialect });

        expect([...owned.map(({ start }) => start), file.length]).toEqual([0, ...owned.map(({ end }) => end)]);
        expect(owned.reduce((sum, { records }) => sum + records, 0)).toBe(countRecords(file, dialect));
      }),
      { numRuns: 300 },
    );
  });
});
