import { inferSchema } from '../../core/inference/infer-schema';
import { Input } from '../../core/spec/sections/input';
import { withRun } from './a-run';

const PARQUET = 'SELECT * FROM read_parquet(FILES)';

/** The file as Plan would have seen it: its first bytes only. */
function inferredFrom(file: string, format: 'csv' | 'jsonl', bytes: number) {
  const input = { prefix: 'incoming/', format };
  const schema = inferSchema([{ bytes: Buffer.from(file).subarray(0, bytes), complete: false }], Input.parse(input));
  return { input, schemas: { input: schema! } };
}

test('chunks of one file are typed alike, whatever each of them holds', async () => {
  const file = `n,x\n${Array.from({ length: 100 }, (_, i) => `${i},${i < 30 ? `${i}.5` : i}\n`).join('')}`;
  const { input, schemas } = inferredFrom(file, 'csv', 100);
  await withRun(
    { files: [file], spec: { input, process: { sql: 'FROM input' }, output: { format: 'parquet' } }, schemas, chunkBytes: 200 },
    async (run) => {
      expect(await run.work()).toBe(0);

      expect(run.chunks.length).toBeGreaterThan(2);
      const types = await run.rows('SELECT DISTINCT typeof(n) AS n, typeof(x) AS x FROM read_parquet(FILES, union_by_name = true)');
      expect(types).toEqual([{ n: 'BIGINT', x: 'DOUBLE' }]);
    },
  );
});

test.each([
  ['csv', 'a,b\n1,x\n2,y\n3.5,z\n4,w\n', '3.5,z', 12],
  ['csv', 'a,b\n1,x\n2,y\nthree,z\n4,w\n', 'three,z', 12],
  ['jsonl', '{"a":1}\n{"a":2}\n{"a":"three"}\n{"a":4}\n', '{"a":"three"}', 16],
  ['jsonl', '{"a":1}\n{"a":2}\n{"a":3,"new":1}\n{"a":4}\n', '{"a":3,"new":1}', 16],
] as const)(
  'a later value of %s that contradicts an inferred type is kept in quarantine, with the way out',
  async (format, file, raw, seen) => {
    const { input, schemas } = inferredFrom(file, format, seen);
    await withRun(
      { files: [file], spec: { input, process: { sql: 'SELECT a FROM input' }, output: { format: 'parquet' } }, schemas },
      async (run) => {
        expect(await run.work()).toBe(0);

        expect(run.counts()).toEqual({ read: 4, written: 3, filtered: 0, quarantined: 1 });
        const [bad] = await run.quarantined();
        expect(bad).toMatchObject({ record: 2, raw, offset: file.indexOf(raw), reason: expect.stringMatching(/inferred.*input\.schema/) });
        expect((await run.rows(PARQUET)).map(({ a }) => a)).toEqual(['1', '2', '4']);
      },
    );
  },
);

test('JSON lines keep nested and mixed values', async () => {
  const file = '{"n":1,"tags":["a","b"],"mixed":1}\n{"n":2,"tags":{"c":1},"mixed":"one"}\n';
  const { input, schemas } = inferredFrom(file, 'jsonl', file.length);
  await withRun({ files: [file], spec: { input, process: { sql: 'FROM input' }, output: { format: 'jsonl' } }, schemas }, async (run) => {
    expect(await run.work()).toBe(0);

    await run.publish();
    expect(run.output.text(run.output.keys()[0]!)).toBe('{"n":1,"tags":["a","b"],"mixed":"1"}\n{"n":2,"tags":{"c":1},"mixed":"one"}\n');
  });
});

describe('one value of a sample that is no number', () => {
  const SQL = 'SELECT id, amount * 1.2 AS gross FROM input WHERE amount > 0';
  const file = `id,amount\n${Array.from({ length: 1000 }, (_, i) => `${i},${i === 500 ? '12x' : `${i + 1}.25`}\n`).join('')}`;
  const input = Input.parse({ prefix: 'incoming/', format: 'csv' });
  const options = (skipLimit: number | string) => ({
    files: [file],
    spec: { input: { prefix: 'incoming/', format: 'csv' }, process: { sql: SQL }, output: { format: 'parquet' }, errors: { skipLimit } },
    schemas: { input: inferSchema([{ bytes: Buffer.from(file), complete: true, key: 'a.csv' }], input, { skipLimit })! },
  });

  test('is set aside where the job allows it, and the others are numbers', async () => {
    await withRun(options('0.1%'), async (run) => {
      expect(await run.work()).toBe(0);

      expect(run.counts()).toEqual({ read: 1000, written: 999, filtered: 0, quarantined: 1 });
      const [bad] = await run.quarantined();
      expect(bad).toMatchObject({
        record: 500,
        raw: '500,12x',
        class: 'TYPE',
        reason: expect.stringMatching(/"amount".*inferred.*input\.schema/),
      });
      expect(await run.rows('SELECT typeof(gross) AS t, count(*) AS n FROM read_parquet(FILES) GROUP BY ALL')).toEqual([
        { t: 'DOUBLE', n: '999' },
      ]);
    });
  });

  test('makes the column text where the job allows none, and the query that fails for it says so', async () => {
    await withRun(options(0), async (run) => {
      await run.work();

      expect(run.complaints()[0]?.failure).toMatchObject({
        class: 'CONFIG',
        message: expect.stringMatching(/"amount" was read as text, because 1 of 1000 .*"12x" in record 501 of a\.csv.*input\.schema/),
      });
    });
  });
});
