import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { collect } from '../../adapters/concurrency';
import { planKey } from '../../core/keys';
import { type ARun, type RunOptions, withRun } from './a-run';

/** What markers say of the columns of parts: DuckDB reads the parts themselves and must agree. */

const SCHEMA = {
  type: 'object',
  properties: {
    id: { type: 'integer' },
    amount: { type: 'number' },
    day: { type: 'string', format: 'date' },
    at: { type: 'string', format: 'date-time' },
    yes: { type: 'boolean' },
    note: { type: 'string' },
  },
};
const COLUMNS = 'id BIGINT, amount DOUBLE, day DATE, at TIMESTAMP, yes BOOLEAN, note VARCHAR';
const CSV_HEADER = 'id,amount,day,at,yes,note\n';
/** Stretches of very different records: plain, empty, quoted, with zeros in front, bad, and with other line breaks. */
const CSV_LINES = [
  ...Array.from({ length: 30 }, (_, i) => `${i},${i}.5,2024-01-0${(i % 9) + 1},2024-01-01T00:00:00,true,x\n`),
  ...Array.from({ length: 30 }, (_, i) => `${i},,,,,\n`),
  ...Array.from({ length: 30 }, (_, i) => `${i},${i},2024-01-01,2024-01-01 10:00:00,false,"a ""quoted"", one"\n`),
  ...Array.from({ length: 30 }, (_, i) => `00${i},1e3,2024-02-30,yesterday,maybe,\n`),
  ...Array.from({ length: 30 }, (_, i) => `${i},-0,2024-01-01,2024-01-01T10:00:00Z,true,"é"\r\n`),
];
const CSV = CSV_HEADER + CSV_LINES.join('');
const LINES = CSV_LINES.map((_, i) =>
  i < 50
    ? `{"id":${i},"amount":${i}.5,"day":"2024-01-01","at":"2024-01-01T00:00:00Z","yes":true,"note":"x"}\n`
    : `{"id":${i},"note":null}\n`,
).join('');

const sqlRun = (format: string, output: Record<string, unknown>, sql = 'SELECT * FROM input'): RunOptions => ({
  files: [format === 'csv' ? CSV : LINES],
  spec: { input: { prefix: 'incoming/', format }, process: { sql }, output, errors: { skipLimit: '100%' } },
  schemas: { input: SCHEMA },
  chunkBytes: 700,
});

const digestsOf = (run: ARun): readonly string[] => [...new Set(run.markers().flatMap(({ columns }) => columns?.digest ?? []))];
const shownOf = (run: ARun): readonly string[] => [...new Set(run.markers().flatMap(({ columns }) => columns?.shown ?? []))];
const DESCRIBED = 'SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM read_parquet(FILES))';
const asText = (rows: readonly Record<string, unknown>[]): string =>
  rows.map(({ column_name, column_type }) => `${column_name} ${column_type}`).join(', ');

describe('chunks of one config have the same columns, whatever their records', () => {
  test.each([
    ['csv', { format: 'parquet' }],
    ['csv', { format: 'csv' }],
    ['csv', { format: 'jsonl' }],
    ['jsonl', { format: 'parquet' }],
    ['jsonl', { format: 'jsonl', compression: 'gzip' }],
  ])('from %s to %j', (format, output) =>
    withRun(sqlRun(format, output), async (run) => {
      await run.work();

      expect(run.markers().length).toBeGreaterThan(8);
      expect(run.markers().every(({ columns }) => columns)).toBe(true);
      expect(shownOf(run)).toEqual([COLUMNS]);
      expect(digestsOf(run)).toHaveLength(1);
    }),
  );

  test.each([
    ['through a stage', { format: 'parquet', partitionBy: ['yes'] }],
    ['through a stage to text', { format: 'csv', partitionBy: ['yes'] }],
  ])('%s, those that become folders too', (_name, output) =>
    withRun(sqlRun('csv', output), async (run) => {
      await run.work();

      expect(run.markers().some(({ parts }) => parts.length > 1)).toBe(true);
      expect(shownOf(run)).toEqual([COLUMNS]);
      expect(digestsOf(run)).toHaveLength(1);
    }),
  );

  test('to Avro, as the schema of the file has it', () =>
    withRun({ ...sqlRun('csv', { format: 'avro', schema: 'a.schema.json' }), schemas: { input: SCHEMA, output: SCHEMA } }, async (run) => {
      await run.work();

      expect(digestsOf(run)).toHaveLength(1);
      expect(shownOf(run)[0]).toContain('id ["null","long"]');
    }));

  test('from files whose columns stand in another order, where readers go by name', async () => {
    const files = ['a,b\n1,x\n', 'b,a\ny,2\n'];
    const schemas = { input: { type: 'object', properties: { a: { type: 'integer' }, b: { type: 'string' } } } };
    const runOf = (output: Record<string, unknown>): RunOptions => ({ ...sqlRun('csv', output), files, schemas, chunkBytes: 100 });

    await withRun(runOf({ format: 'parquet' }), async (run) => {
      await run.work();
      expect(run.markers()).toHaveLength(2);
      expect(digestsOf(run)).toHaveLength(1);
      expect(await run.rows('SELECT * FROM read_parquet(FILES) ORDER BY a')).toEqual([
        { a: '1', b: 'x' },
        { a: '2', b: 'y' },
      ]);
    });
    await withRun(runOf({ format: 'csv' }), async (run) => {
      await run.work();
      expect(digestsOf(run)).toHaveLength(2);
    });
  });
});

test.each([
  ['types of the query', 'SELECT id, amount * 2 AS twice, [id] AS list, {a: note} AS nested, 1.50 AS price FROM input'],
  ['types that Parquet does not have', "SELECT id::HUGEINT AS big, 'a'::ENUM('a', 'b') AS one, \"at\"::TIME AS t FROM input"],
])('DuckDB reads from a part what its marker says: %s', (_name, sql) =>
  withRun(sqlRun('csv', { format: 'parquet' }, sql), async (run) => {
    await run.work();

    expect(run.complaints()).toEqual([]);
    expect(digestsOf(run)).toHaveLength(1);
    expect(shownOf(run)).toEqual([asText(await run.rows(DESCRIBED))]);
  }),
);

describe('modules', () => {
  let jobsFolder: string;
  beforeAll(() => {
    jobsFolder = mkdtempSync(path.join(os.tmpdir(), 'columns-'));
    writeFileSync(path.join(jobsFolder, 'same.ts'), 'export default { process: (record: object) => record };\n');
    writeFileSync(
      path.join(jobsFolder, 'typed.ts'),
      "export default { process: ({ id }: { id: string }) => ({ id: Number(id), note: Number(id) < 20 ? 1 : 'x' }) };\n",
    );
  });
  afterAll(() => rmSync(jobsFolder, { recursive: true, force: true }));
  const runOf = (module: string, output: Record<string, unknown>, schema?: Record<string, unknown>): RunOptions => ({
    files: [`id\n${Array.from({ length: 40 }, (_, i) => `${i}\n`).join('')}`],
    spec: { input: { prefix: 'incoming/', format: 'csv' }, process: { module: `${module}.ts` }, output },
    jobsFolder,
    schemas: { ...(schema && { output: schema }) },
    chunkBytes: 30,
  });
  const NOTES = { type: 'object', properties: { id: { type: 'integer' }, note: {} } };

  test('rows of JSON have no columns that anybody knows', () =>
    withRun(runOf('same', { format: 'jsonl' }), async (run) => {
      await run.work();

      expect(run.markers().length).toBeGreaterThan(1);
      expect(digestsOf(run)).toEqual([]);
    }));

  test('CSV has the columns of its header', () =>
    withRun(runOf('same', { format: 'csv' }), async (run) => {
      await run.work();

      expect(shownOf(run)).toEqual(['id text']);
    }));

  test('Parquet without a schema has the types of its rows, which tell chunks apart', () =>
    withRun(runOf('typed', { format: 'parquet' }), async (run) => {
      await run.work();

      expect(shownOf(run)).toEqual(expect.arrayContaining(['id BIGINT, note BIGINT', 'id BIGINT, note VARCHAR']));
    }));

  test('Parquet with a schema has its columns', () =>
    withRun(runOf('typed', { format: 'parquet' }, NOTES), async (run) => {
      await run.work();

      expect(digestsOf(run)).toHaveLength(1);
      expect(shownOf(run)).toEqual([asText(await run.rows(DESCRIBED))]);
    }));

  test('parts of one chunk with different columns fail it for good', () =>
    withRun({ ...runOf('typed', { format: 'parquet', partitionBy: ['id'] }), chunkBytes: 1000 }, async (run) => {
      expect(await run.work()).toBe(78);

      expect(run.complaints()).toMatchObject([
        {
          failure: {
            class: 'CONFIG',
            message: 'the parts of one chunk have different columns: note BIGINT, id folder and note VARCHAR, id folder',
          },
        },
      ]);
    }));
});

describe('a redrive whose parts would have other columns than those that are committed', () => {
  test('ends with the first chunk, which says so and leaves nothing', () =>
    withRun(sqlRun('csv', { format: 'parquet' }, 'SELECT id::VARCHAR AS id FROM input'), async (run) => {
      const columns = { digest: 'that of BIGINT', shown: 'id BIGINT' };
      run.state.put(planKey(run.plan.runId), JSON.stringify({ ...run.plan, columns }));

      expect(await run.work()).toBe(78);

      const [first] = run.complaints();
      expect(first?.failure).toMatchObject({
        class: 'CONFIG',
        message: 'the parts have the columns id VARCHAR, but those that the run has committed before have id BIGINT',
      });
      // One more may have been fetched ahead.
      expect(run.complaints().length).toBeLessThan(3);
      expect(run.markers()).toEqual([]);
      expect(await collect(run.uploads.pending(''))).toEqual([]);
    }));

  test('does not concern chunks that have none, nor those with the same', () =>
    withRun(sqlRun('csv', { format: 'parquet' }), async (run) => {
      await run.work();
      const [{ columns } = {}] = run.markers();
      await withRun(sqlRun('csv', { format: 'parquet' }), async (again) => {
        again.state.put(planKey(again.plan.runId), JSON.stringify({ ...again.plan, columns }));

        expect(await again.work()).toBe(0);
      });
    }));
});
