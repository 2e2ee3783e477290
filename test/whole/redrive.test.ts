import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import type { Report } from '../../core/report/report-contract';

/** A redrive under a config that changed meanwhile, on the real templates: DuckDB reads what was published. */

const ROOT = path.join(__dirname, '..', '..');
const base = mkdtempSync(path.join(os.tmpdir(), 'batchwright-redrive-'));
const jobs = path.join(base, 'jobs');
afterAll(() => rmSync(base, { recursive: true, force: true }));

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
}

function batchwright(...args: readonly string[]): Promise<Ended> {
  const common = ['--state', path.join(base, 'state'), '--jobs', jobs, '--json'];
  const child = spawn(process.execPath, ['cli/batchwright.js', ...args, ...common], { cwd: ROOT, stdio: ['ignore', 'pipe', 'ignore'] });
  let stdout = '';
  child.stdout.on('data', (piece) => {
    stdout += piece;
  });
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, stdout })));
}

function write(file: string, content: string): string {
  const target = path.join(base, file);
  mkdirSync(path.dirname(target), { recursive: true });
  writeFileSync(target, content);
  return target;
}

interface Job {
  readonly input?: string;
  readonly chunk?: string;
  readonly process: string;
  readonly skipLimit?: number;
}

const define = (name: string, { input = '', chunk = '20KB', process: processor, skipLimit = 0 }: Job): void =>
  void write(
    `jobs/${name}.yaml`,
    [
      `name: ${name}`,
      `input: { prefix: incoming/${name}/, format: csv${input} }`,
      `chunk: { bytes: ${chunk} }`,
      `process: { ${processor} }`,
      'output: { format: parquet }',
      `errors: { skipLimit: ${skipLimit}, bisect: false }`,
      'compute: { capacity: on-demand }',
    ].join('\n'),
  );

const ROWS = 12_000;
/** No number where nobody looks before the records are worked. */
const BAD = 11_000;
const csvOf = (name: string): string =>
  write(`${name}.csv`, `id,amount\n${Array.from({ length: ROWS }, (_, i) => `${i},${i === BAD ? 'seven' : i * 10}\n`).join('')}`);

const parse = ({ stdout }: Ended): Report => JSON.parse(stdout) as Report;
const run = async (name: string, ...files: readonly string[]): Promise<Report> => parse(await batchwright('run', name, ...files));

/** The types of each part by itself, and what is in all of them. */
async function readParts({ output }: Report): Promise<{ types: readonly string[]; rows: number; sum: number }> {
  const parts = `'${output.localPath}/part-*.parquet'`;
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  const read = async (sql: string) => (await connection.runAndReadAll(sql)).getRowObjectsJson() as Record<string, unknown>[];
  const types = await read(
    `SELECT DISTINCT list(name || ' ' || type ORDER BY column_id) AS types FROM
      (SELECT file_name, name, type, coalesce(logical_type, '') AS logical, row_number() OVER () AS column_id FROM parquet_schema(${parts}) WHERE type IS NOT NULL)
      GROUP BY file_name`,
  );
  const [counted] = await read(`SELECT count(*) AS rows, sum(amount::BIGINT) AS sum FROM read_parquet(${parts})`);
  connection.closeSync();
  instance.closeSync();
  return { types: types.map((row) => JSON.stringify(row.types)), rows: Number(counted?.rows), sum: Number(counted?.sum) };
}

const SUM = Array.from({ length: ROWS }, (_, i) => (i === BAD ? 0 : i * 10)).reduce((sum, amount) => sum + amount, 0);
const isPublished = ({ output }: Report): boolean => existsSync(path.join(output.localPath ?? '', '_SUCCESS'));

jest.setTimeout(300_000);

test('the types that were inferred for committed chunks are those of all, though only the skip limit changed', async () => {
  define('inferred', { process: 'sql: "SELECT * FROM input"' });
  const failed = await run('inferred', csvOf('inferred'));
  define('inferred', { process: 'sql: "SELECT * FROM input"', skipLimit: 1 });

  const redriven = await batchwright('redrive', failed.runId);

  expect(failed).toMatchObject({ status: 'FAILED', failure: { class: 'DATA' } });
  expect(failed.chunks.committed).toBeGreaterThan(0);
  expect(redriven.code).toBe(0);
  const report = parse(redriven);
  expect(report).toMatchObject({ records: { read: ROWS, written: ROWS - 1, quarantined: 1 }, reconciliation: { verdict: 'BALANCED' } });
  expect(await readParts(report)).toEqual({ types: ['["id INT64","amount INT64"]'], rows: ROWS - 1, sum: SUM });
  expect(report.pins?.config).not.toBe(failed.pins?.config);
  expect(report.pins).toEqual(report.drives?.[0]?.pins);
});

describe('of a run with committed chunks', () => {
  const failing = (cast: string): string =>
    `sql: "SELECT id, CASE WHEN id = 11500 THEN error('not yet') ELSE amount${cast} END AS amount FROM input"`;
  const mended = (cast: string): string => `sql: "SELECT id, amount${cast} AS amount FROM input"`;
  const schema = (type: string): string =>
    write('jobs/mended.schema.json', JSON.stringify({ type: 'object', properties: { id: { type: 'integer' }, amount: { type } } }));
  const input = ', schema: mended.schema.json';
  let failed: Report;

  beforeAll(async () => {
    schema('integer');
    define('mended', { input, process: failing(''), skipLimit: 1 });
    failed = await run('mended', csvOf('mended'));
    expect(failed).toMatchObject({ status: 'FAILED' });
    expect(failed.chunks.committed).toBeGreaterThan(0);
  });

  test.each([
    [
      'other contents of its schema',
      () => schema('string'),
      {},
      'input.schema properties.amount.type was changed from \\"integer\\" to \\"string\\"',
    ],
    [
      'other lookups',
      () => write('jobs/rates.csv', 'id,rate\n1,2\n'),
      { process: `${mended('')}, lookups: { rates: rates.csv }` },
      'process.lookups was changed from nothing to',
    ],
  ])('%s are refused by name', async (_name, prepare, changes, message) => {
    prepare();
    define('mended', { input, process: mended(''), skipLimit: 1, ...changes });

    const ended = await batchwright('redrive', failed.runId);

    schema('integer');
    expect(ended.code).toBe(2);
    expect(ended.stdout).toContain(message);
    expect(ended.stdout).toContain('--again');
  });

  test('a query with other columns ends with its first chunk; with the same columns it publishes', async () => {
    define('mended', { input, process: mended('::VARCHAR'), skipLimit: 1 });
    const other = parse(await batchwright('redrive', failed.runId));
    const isVisible = isPublished(other);
    define('mended', { input, process: mended(''), skipLimit: 1 });
    const redriven = parse(await batchwright('redrive', failed.runId));

    expect(other).toMatchObject({
      status: 'FAILED',
      failure: { class: 'CONFIG', message: expect.stringContaining('the parts have the columns id BIGINT, amount VARCHAR') },
      chunks: { committed: failed.chunks.committed },
    });
    expect(isVisible).toBe(false);
    expect(redriven).toMatchObject({ status: 'SUCCEEDED', drives: [{ drive: 1 }, { drive: 2 }] });
    expect(await readParts(redriven)).toEqual({ types: ['["id INT64","amount INT64"]'], rows: ROWS - 1, sum: SUM });
  });
});

test('a run that failed in Plan is planned under the config of now', async () => {
  define('unplanned', {
    process: `sql: "SELECT * FROM input", lookups: { rates: 's3://no-such-bucket-of-anybody/rates.csv' }`,
    skipLimit: 1,
  });
  const failed = await run('unplanned', csvOf('unplanned'));
  define('unplanned', { process: 'sql: "SELECT * FROM input"', chunk: '50KB', skipLimit: 1 });

  const redriven = parse(await batchwright('redrive', failed.runId));

  expect(failed).toMatchObject({ status: 'FAILED', failure: { class: 'CONFIG' }, chunks: { planned: 0 } });
  expect(redriven).toMatchObject({ status: 'SUCCEEDED', chunks: { planned: 3, committed: 3 } });
  expect(await readParts(redriven)).toEqual({ types: ['["id INT64","amount INT64"]'], rows: ROWS - 1, sum: SUM });
});
