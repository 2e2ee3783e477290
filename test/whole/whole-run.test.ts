import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { DuckDBInstance } from '@duckdb/node-api';
import type { Report } from '../../core/report/report-contract';
import { type AvroSchema, avscFile } from '../support/avro';
import { batchwright as command, reportOf } from '../support/command';
import { bzip2 } from '../support/compressed';

/** The command itself, on the real templates, with jobs of its own: what a user does, what a user sees. */

const base = mkdtempSync(path.join(os.tmpdir(), 'batchwright-whole-'));
const state = path.join(base, 'state');
afterAll(() => rmSync(base, { recursive: true, force: true }));

const batchwright = (args: readonly string[], killWhen?: (stderr: string) => boolean) =>
  command(args, { state, jobs: path.join(__dirname, 'jobs') }, killWhen);

function aFile(name: string, content: string | Buffer): string {
  const file = path.join(base, name);
  writeFileSync(file, content);
  return file;
}

/** Every tenth amount is zero, so that the query filters it. */
const orders = (count: number): string =>
  `order_id,amount\n${Array.from({ length: count }, (_, i) => `${i},${i % 10}.5\n`).join('')}`.replaceAll(',0.5\n', ',0\n');

async function idsOf(report: Report): Promise<number[]> {
  const folder = report.output.localPath ?? '';
  const parts = readdirSync(folder).filter((name) => name.startsWith('part-'));
  const connection = await (await DuckDBInstance.create()).connect();
  const list = parts.map((name) => `'${path.join(folder, name)}'`).join(', ');
  const result = await connection.runAndReadAll(`SELECT order_id FROM read_parquet([${list}])`);
  return result.getRows().map(([id]) => Number(id));
}

const wanted = (count: number): number[] => Array.from({ length: count }, (_, i) => i).filter((i) => i % 10 !== 0);

jest.setTimeout(120_000);

test('a file becomes a published dataset whose books balance, in the order of its records', async () => {
  const ended = await batchwright(['run', 'orders', aFile('a.csv', orders(5000))]);

  expect(ended).toMatchObject({ code: 0 });
  const report = reportOf(ended);
  expect(report).toMatchObject({
    status: 'SUCCEEDED',
    records: { read: 5000, written: 4500, filtered: 500, quarantined: 0 },
    reconciliation: { verdict: 'BALANCED' },
    rounds: [{ round: 0 }],
  });
  expect(report.chunks.planned).toBeGreaterThan(1);
  expect(report.reconciliation.checks.map(({ name }) => name)).toContain('CRC32 of incoming/orders/a.csv');
  expect(await idsOf(report)).toEqual(wanted(5000));
  expect(existsSync(path.join(report.output.localPath ?? '', '_SUCCESS'))).toBe(true);
});

test('the same file again is the same run; uploaded anew it is a second one', async () => {
  const file = path.join(base, 'a.csv');

  const again = reportOf(await batchwright(['run', 'orders', file]));
  const anew = reportOf(await batchwright(['run', 'orders', file, '--again']));
  const { stdout } = await batchwright(['runs']);

  const runs = JSON.parse(stdout) as { runId: string; job: string }[];
  expect(runs.map(({ runId }) => runId).toSorted()).toEqual([again.runId, anew.runId].toSorted());
  expect(anew.runId).not.toBe(again.runId);
});

test('several files are one run', async () => {
  const files = ['b.csv', 'c.csv'].map((name) => aFile(name, orders(100)));

  const report = reportOf(await batchwright(['run', 'orders', ...files]));

  expect(report).toMatchObject({ status: 'SUCCEEDED', records: { read: 200, written: 180 }, chunks: { planned: 1 } });
  expect(report.input).toHaveLength(2);
  expect(await idsOf(report)).toEqual([...wanted(100), ...wanted(100)]);
});

test('a bad record is quarantined within the limit, with its place in the file', async () => {
  const report = reportOf(await batchwright(['run', 'orders', aFile('bad.csv', 'order_id,amount\n1,2\n2,many\n3,4\n')]));

  expect(report).toMatchObject({ status: 'SUCCEEDED', records: { read: 3, written: 2, quarantined: 1 }, quarantine: { records: 1 } });
});

/** What the published parts hold, in the order of their names. */
const publishedText = (report: Report, expand: (part: Buffer) => Buffer = (part) => part): string[] => {
  const folder = report.output.localPath ?? '';
  const parts = readdirSync(folder).filter((name) => name.startsWith('part-'));
  return parts.toSorted().map((name) => expand(readFileSync(path.join(folder, name))).toString());
};

describe('other formats', () => {
  test('JSON lines become compressed CSV, each part with its header', async () => {
    const lines = Array.from({ length: 2000 }, (_, i) => `${JSON.stringify({ order_id: i, amount: i / 4 })}\n`).join('');

    const report = reportOf(await batchwright(['run', 'lines', aFile('l.jsonl', lines)]));

    const parts = publishedText(report, gunzipSync).map((text) => text.trim().split(/\r?\n/));
    expect(report).toMatchObject({ status: 'SUCCEEDED', records: { read: 2000, written: 2000 } });
    expect(parts.length).toBeGreaterThan(1);
    expect(new Set(parts.map(([header]) => header))).toEqual(new Set(['order_id,amount']));
    expect(parts.flatMap((rows) => rows.slice(1).map((row) => Number.parseInt(row, 10)))).toEqual(
      Array.from({ length: 2000 }, (_, i) => i),
    );
  });

  test('Parquet is cut between row groups and becomes JSON lines', async () => {
    const file = path.join(base, 'c.parquet');
    const connection = await (await DuckDBInstance.create()).connect();
    await connection.run(
      `COPY (SELECT range AS order_id, range / 4 AS amount FROM range(10000)) TO '${file}' (FORMAT parquet, ROW_GROUP_SIZE 2048)`,
    );

    const report = reportOf(await batchwright(['run', 'columns', file]));

    const ids = publishedText(report).flatMap((text) =>
      text
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line).order_id),
    );
    expect(report).toMatchObject({ status: 'SUCCEEDED', records: { read: 10_000, written: 9990, filtered: 10 } });
    expect(report.chunks.planned).toBe(5);
    expect(ids).toEqual(Array.from({ length: 9990 }, (_, i) => i + 10));
  });

  test('a Parquet file without rows publishes an empty dataset', async () => {
    const file = path.join(base, 'e.parquet');
    const connection = await (await DuckDBInstance.create()).connect();
    await connection.run(`COPY (SELECT 1 AS order_id, 2 AS amount WHERE false) TO '${file}' (FORMAT parquet)`);

    const report = reportOf(await batchwright(['run', 'columns', file]));

    expect(report).toMatchObject({ status: 'SUCCEEDED', records: { read: 0, written: 0 }, reconciliation: { verdict: 'BALANCED' } });
  });

  test('compressed files and plain ones are one run, each read as what it is', async () => {
    const text = orders(1000);
    const files = [aFile('z.csv.gz', gzipSync(text)), aFile('z.csv.bz2', bzip2(Buffer.from(text))), aFile('plain.csv.gz', text)];

    const report = reportOf(await batchwright(['run', 'orders', ...files]));

    expect(report).toMatchObject({ status: 'SUCCEEDED', records: { read: 3000, written: 2700 }, reconciliation: { verdict: 'BALANCED' } });
    expect(report.reconciliation.checks.map(({ name }) => name)).toContain('CRC32 of requests/orders/z.csv.gz');
    expect((await idsOf(report)).toSorted((a, b) => a - b)).toEqual(wanted(1000).flatMap((id) => [id, id, id]));
  });

  test('Avro is cut between blocks and becomes JSON lines', async () => {
    const schema: AvroSchema = {
      type: 'record',
      name: 'Order',
      fields: [
        { name: 'order_id', type: 'long' },
        { name: 'note', type: ['null', 'string'] },
      ],
    };
    const records = Array.from({ length: 5000 }, (_, i) => ({ order_id: i, note: i % 2 ? `note ${i}` : null }));
    const file = aFile('o.avro', await avscFile(schema, records, { codec: 'deflate', blockSize: 2000 }));

    const report = reportOf(await batchwright(['run', 'blocks', file]));

    const ids = publishedText(report).flatMap((part) =>
      part
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line).order_id),
    );
    expect(report).toMatchObject({ status: 'SUCCEEDED', records: { read: 5000, written: 4990, filtered: 10 }, chunks: { redone: 0 } });
    expect(report.chunks.planned).toBeGreaterThan(2);
    expect(ids).toEqual(Array.from({ length: 4990 }, (_, i) => i + 10));
  });

  test('a program answers each record of a TSV file', async () => {
    const report = reportOf(await batchwright(['run', 'tabs', aFile('t.tsv', 'a\tb\n1\tx, y\n2\tdrop\n3\tskip\n4\t"q"\n')]));

    expect(report).toMatchObject({ status: 'SUCCEEDED', records: { read: 4, written: 2, filtered: 1, quarantined: 1 } });
    expect(publishedText(report).join('')).toBe('{"a":"1","b":"x, y"}\n{"a":"4","b":"q"}\n');
  });
});

test.each([
  ['more bad records than the limit', 'orders', 'order_id,amount\nx,2\ny,3\n', 'DATA', /2 of 2 records were quarantined/],
  ['a missing column', 'orders', 'order_id\n1\n', 'CONFIG', /amount/],
  ['a query that is wrong', 'badsql', 'a\n1\n', 'CONFIG', /no_such_column/],
  ['a program that gives up', 'giveup', 'a\n1\n', 'CODE', /70/],
  ['a Parquet file for CSV', 'orders', 'PAR1abcdPAR1', 'CONFIG', /Parquet/],
])('%s fails the run by name, publishes nothing and leaves the input', async (title, job, content, failureClass, message) => {
  const name = `${title.replaceAll(' ', '-')}.csv`;

  const ended = await batchwright(['run', job, aFile(name, content)]);

  expect(ended.code).toBe(1);
  const report = reportOf(ended);
  expect(report).toMatchObject({ status: 'FAILED', failure: { class: failureClass, message: expect.stringMatching(message) } });
  expect(report.failure?.hint).toMatch(/\w/);
  expect(existsSync(path.join(state, 's3', new URL(report.output.uri).host, job, report.runId))).toBe(false);
  const [input] = report.input;
  expect(existsSync(path.join(state, 's3', input?.bucket ?? '', input?.key ?? ''))).toBe(true);
});

test.each([
  ['an empty file', 'empty.csv', ''],
  ['a file with nothing but a header', 'header.csv', 'order_id,amount\n'],
])('%s publishes an empty dataset with a manifest', async (_, name, content) => {
  const ended = await batchwright(['run', 'orders', aFile(name, content)]);

  expect(ended.code).toBe(0);
  const report = reportOf(ended);
  expect(report).toMatchObject({ status: 'SUCCEEDED', records: { read: 0, written: 0 } });
  expect(existsSync(path.join(report.output.localPath ?? '', '_manifest.json'))).toBe(true);
});

test('a cloud that was killed in the middle of a run finishes it when it is started again', async () => {
  const file = aFile('killed.csv', orders(20_000));
  const killed = await batchwright(['run', 'orders', file], (stderr) => /^run orders-/m.test(stderr));
  expect(killed.code).toBeNull();

  const report = reportOf(await batchwright(['run', 'orders', file]));

  expect(report).toMatchObject({ status: 'SUCCEEDED', records: { read: 20_000, written: 18_000 } });
  expect(await idsOf(report)).toEqual(wanted(20_000));
});

test.each([
  ['an unknown job', ['run', 'nosuch', 'x.csv'], /nosuch.*allowed.*badsql, blocks, columns, giveup, lines, orders, tabs/],
  ['a file that does not exist', ['run', 'orders', 'nosuch.csv'], /nosuch\.csv/],
])('%s is a mistake of usage', async (_, args, message) => {
  const { code, stdout } = await batchwright(args);

  expect(code).toBe(2);
  expect(JSON.parse(stdout)).toMatchObject({ ok: false, errors: [{ message: expect.stringMatching(message) }] });
});
