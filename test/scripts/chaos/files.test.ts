import { parse } from 'csv-parse/sync';
import { hashOf, inputFile, JOBS, type Row, requestOf } from '../../../scripts/chaos/files';

type Order = { readonly id: string | number; readonly amount: string | number; readonly note: string };

/** What a stranger makes of the file. */
function rowsOf(body: string, isCsv: boolean): Row[] {
  const orders = isCsv
    ? (parse(body, { columns: true }) as Order[])
    : body
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as Order);
  return orders
    .filter(({ amount }) => amount !== 'many' && Number(amount) % 10 !== 0)
    .map(({ id, amount, note }) => [Number(id), Number(amount) * 2, note]);
}

test.each(JOBS)('what is expected of a file of %s is what a stranger finds in it', (job) => {
  const { key, body, expected } = inputFile({ job }, 3, 7);

  const rows = rowsOf(body, key.endsWith('.csv'));

  expect(rows).toHaveLength(expected.records.written);
  expect(hashOf(rows)).toBe(expected.hash);
  const { read, written, filtered, quarantined } = expected.records;
  expect(read).toBe(written + filtered + quarantined);
  // One bad record in the beginning would make its inferred column text.
  expect(quarantined > 0).toBe(job !== 'inferred');
});

test('the same seed and number are the same file, others are another', () => {
  const files = [
    [1, 1],
    [1, 1],
    [1, 2],
    [2, 1],
  ] as const;
  const bodies = files.map(([seed, n]) => inputFile({ job: 'sql' }, seed, n).body);

  expect(bodies[0]).toBe(bodies[1]);
  expect(new Set(bodies).size).toBe(3);
});

test('every job has its turn, and some files are named twice by hand', () => {
  const requests = Array.from({ length: 12 }, (_, n) => requestOf(n));

  expect(new Set(requests.map(({ job }) => job))).toEqual(new Set(JOBS));
  expect(requests.filter(({ namedTwice }) => namedTwice)).toHaveLength(1);
});
