import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { DuckDBInstance } from '@duckdb/node-api';
import type { Manifest } from '../../core/contracts';
import type { Report } from '../../core/report/report-contract';
import { batchwright, reportOf } from '../support/command';

/** Whole runs on the real templates whose output is partitioned and must keep rules. */

jest.setTimeout(240_000);

const base = mkdtempSync(path.join(os.tmpdir(), 'batchwright-output-'));
const place = { state: path.join(base, 'state'), jobs: path.join(__dirname, 'jobs-output') };
afterAll(() => rmSync(base, { recursive: true, force: true }));

async function run(job: string, name: string, text: string): Promise<{ code: number | null; report: Report }> {
  const file = path.join(base, name);
  writeFileSync(file, text);
  const ended = await batchwright(['run', job, file, '--quiet'], place);
  return { code: ended.code, report: reportOf(ended) };
}

const show = async ({ runId }: Report): Promise<string> => (await batchwright(['show', runId], { ...place, json: false })).stdout;

async function query(sql: string): Promise<Record<string, unknown>[]> {
  const connection = await (await DuckDBInstance.create()).connect();
  return (await connection.runAndReadAll(sql)).getRowObjectsJson() as Record<string, unknown>[];
}

const COUNTRIES = ['DE', 'a/b=c', 'Côte d’Ivoire', ''];
const sale = (id: number): string => `${id},${COUNTRIES[id % 4]},2024-01-0${(id % 3) + 1},${id / 2}\n`;
const sales = (count: number): string => `id,country,day,amount\n${Array.from({ length: count }, (_, id) => sale(id)).join('')}`;
const partsBelow = (folder: string): string[] =>
  readdirSync(folder, { recursive: true })
    .map(String)
    .filter((name) => path.basename(name).startsWith('part-'));

test('a partitioned dataset is published with its manifest, and a rule that only warns fails nothing', async () => {
  const { code, report } = await run('sales', 'sales.csv', sales(1000));

  expect([code, report.status, report.failure]).toEqual([0, 'SUCCEEDED', undefined]);
  expect(report.records).toMatchObject({ read: 1000, written: 1000 });
  expect(report.chunks.planned).toBeGreaterThan(3);
  expect(report.reconciliation.verdict).toBe('BALANCED');
  expect(report.reconciliation.checks.filter(({ name }) => name.startsWith('quality'))).toEqual([
    { name: 'quality: amount >= 0', ok: true, expected: 'every value >= 0', actual: '0 of 1000 rows break it' },
    { name: 'quality: id is unique', ok: true, expected: 'no key twice', actual: '0 rows repeat a key' },
    { name: 'quality: rows', ok: true, expected: '>= 1', actual: '1000' },
    { name: 'quality: every sale has a country', ok: false, expected: '<= 0', actual: '250', severity: 'warn' },
  ]);
  const folder = report.output.localPath ?? '';
  const manifest = JSON.parse(readFileSync(path.join(folder, '_manifest.json'), 'utf8')) as Manifest;
  expect([manifest.rows, manifest.parts.length, manifest.partitionBy]).toEqual([1000, report.output.parts, ['country', 'day']]);
  expect(manifest.parts.map(({ partition }) => partition)).toContainEqual({ country: 'a/b=c', day: '2024-01-02' });
  expect(partsBelow(folder)).toHaveLength(report.output.parts);
  const types = "hive_types = {'country': VARCHAR, 'day': DATE}";
  const rows = await query(
    `SELECT id, country, day, amount FROM read_parquet('${folder}/**/*.parquet', hive_partitioning = true, ${types}) ORDER BY id`,
  );
  expect(rows).toEqual(
    Array.from({ length: 1000 }, (_, id) => ({
      id: String(id),
      country: COUNTRIES[id % 4] || null,
      day: `2024-01-0${(id % 3) + 1}`,
      amount: id / 2,
    })),
  );
  expect(await show(report)).toContain('warning: quality: every sale has a country: expected <= 0, actual 250');
});

test('a run whose output breaks a rule publishes nothing, and says which rule and how', async () => {
  const { code, report } = await run('sales', 'twice.csv', `${sales(500)}${sale(7)}${sale(8)}900,DE,2024-01-01,-3\n`);

  expect([code, report.status]).toEqual([1, 'FAILED']);
  expect(report.failure).toMatchObject({
    class: 'DATA',
    message:
      'a rule of the output is broken: quality: amount >= 0: expected every value >= 0, found 1 of 503 rows break it, such as -3.0; 1 more are broken',
  });
  expect(report.reconciliation.checks.filter(({ ok, severity }) => !ok && !severity).map(({ name, actual }) => [name, actual])).toEqual([
    ['quality: amount >= 0', '1 of 503 rows break it, such as -3.0'],
    ['quality: id is unique', '2 rows repeat a key'],
  ]);
  expect(existsSync(path.join(place.state, 's3', report.output.uri.replace('s3://', ''), '_SUCCESS'))).toBe(false);
});

test('a program writes Avro by country, counted again part by part', async () => {
  const { code, report } = await run('people', 'people.csv', sales(600));

  expect([code, report.status, report.failure]).toEqual([0, 'SUCCEEDED', undefined]);
  const parts = partsBelow(report.output.localPath ?? '');
  expect(parts.length).toBe(report.output.parts);
  expect(new Set(parts.map((name) => path.dirname(name)))).toEqual(
    new Set(['country=DE', 'country=a%2Fb%3Dc', 'country=Côte d’Ivoire', 'country=__HIVE_DEFAULT_PARTITION__']),
  );
});

test('a chunk with more bad records than the run may have ends the run in its first round, and shows what it saw', async () => {
  const bad = Array.from({ length: 8000 }, (_, id) => `x${id},DE,2024-01-01,1\n`).join('');

  const { code, report } = await run('sales', 'bad.csv', `id,country,day,amount\n${bad}`);

  expect([code, report.rounds.length]).toEqual([1, 1]);
  expect(report.failure).toMatchObject({ class: 'DATA', message: expect.stringMatching(/skipLimit allows/) });
});

test('show tells where the bad records lie, how many of each class, and the reasons', async () => {
  const { report } = await run('sales', 'some.csv', `${sales(50)}x,DE,2024-01-01,1\n51,DE\n`);

  expect(report.quarantine).toMatchObject({ records: 2, classes: { TYPE: 1, PARSE: 1 } });
  const shown = await show(report);
  expect(shown).toMatch(/2 records in .*quarantine\.json/);
  expect(shown).toMatch(/TYPE 1/);
  const index = JSON.parse(readFileSync(path.join(place.state, 's3', (report.quarantine?.uri ?? '').replace('s3://', '')), 'utf8'));
  const [object] = index.objects;
  const bucket = (report.quarantine?.uri ?? '').split('/')[2] ?? '';
  const lines = gunzipSync(readFileSync(path.join(place.state, 's3', bucket, object.key)))
    .toString()
    .trim()
    .split('\n');
  expect(lines.map((line) => JSON.parse(line)).map(({ record, class: fault, raw }) => [record, fault, raw])).toEqual([
    [50, 'TYPE', 'x,DE,2024-01-01,1'],
    [51, 'PARSE', '51,DE'],
  ]);
});
