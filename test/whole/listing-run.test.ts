import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { DuckDBInstance } from '@duckdb/node-api';
import type { Report } from '../../core/report/report-contract';
import { startS3, VERSIONED } from '../local/s3/support';
import { batchwright, reportOf } from '../support/command';
import { CSV_SCHEMA, csvFile, type InventoryRow, PARQUET_SCHEMA, parquetFile } from '../support/inventory-files';

/** Runs over everything below a prefix, and over inventories of it: large, small, compressed and empty files side by side. */

const base = mkdtempSync(path.join(os.tmpdir(), 'batchwright-listing-'));
const state = path.join(base, 'state');
const place = { state, jobs: path.join(__dirname, 'jobs') };
afterAll(() => rmSync(base, { recursive: true, force: true }));
jest.setTimeout(300_000);

const PREFIX = 'incoming/orders/';
const SMALL_FILES = 70;

const orders = (from: number, count: number): string =>
  `order_id,amount\n${Array.from({ length: count }, (_, i) => `${from + i},1.5\n`).join('')}`;

/** More small files than are looked at when a run is planned; every seventh is compressed. */
const FILES: readonly (readonly [string, string | Buffer])[] = [
  ['big-1.csv', orders(0, 4000)],
  ['big-2.csv', orders(4000, 4000)],
  ['empty.csv', ''],
  ['header.csv', 'order_id,amount\n'],
  ...Array.from({ length: SMALL_FILES }, (_, i) => {
    const text = orders(8000 + 40 * i, 40);
    return i % 7 === 0 ? ([`small/${i}.csv.gz`, gzipSync(text)] as const) : ([`small/${i}, 100%+.csv`, text] as const);
  }),
];
const RECORDS = 8000 + 40 * SMALL_FILES;

let input = '';
const rows: InventoryRow[] = [];

/** Puts files where the local cloud keeps them while it is down, so that no event starts a run of each. */
async function putQuietly(files: readonly (readonly [string, string | Buffer])[]): Promise<readonly InventoryRow[]> {
  const cloud = await startS3({ [input]: VERSIONED }, state);
  const put: InventoryRow[] = [];
  for (const [key, body] of files) {
    const { VersionId } = await cloud.client.send(
      new PutObjectCommand({ Bucket: input, Key: key, Body: body, ContentLength: Buffer.byteLength(body) }),
    );
    put.push({ key, versionId: VersionId ?? '', bytes: Buffer.byteLength(body) });
  }
  await cloud.shutDown();
  return put;
}

beforeAll(async () => {
  // Brings the buckets into being; the prefix of another bucket is refused, naming the right one.
  const { stderr, stdout } = await batchwright(['plan', 'orders', `s3://nowhere/${PREFIX}`], place);
  input = /expected s3:\/\/([^/]+)\//.exec(`${stdout}${stderr}`)?.[1] ?? '';
  rows.push(...(await putQuietly(FILES.map(([name, body]) => [`${PREFIX}${name}`, body]))));
});

async function idsOf(report: Report): Promise<number[]> {
  const folder = report.output.localPath ?? '';
  const parts = readdirSync(folder).filter((name) => name.startsWith('part-'));
  const connection = await (await DuckDBInstance.create()).connect();
  const list = parts.map((name) => `'${path.join(folder, name)}'`).join(', ');
  const result = await connection.runAndReadAll(`SELECT order_id FROM read_parquet([${list}]) ORDER BY 1`);
  return result.getRows().map(([id]) => Number(id));
}

const everyId = Array.from({ length: RECORDS }, (_, i) => i);

let first: Report;

test('a prefix is one run: every file is read once, and its books balance file by file', async () => {
  first = reportOf(await batchwright(['run', 'orders', `s3://${input}/${PREFIX}`], place));

  expect(first).toMatchObject({
    status: 'SUCCEEDED',
    records: { read: RECORDS, written: RECORDS, quarantined: 0 },
    reconciliation: { verdict: 'BALANCED' },
    listing: { source: { kind: 'prefix', prefix: PREFIX }, objects: FILES.length, empty: 1 },
  });
  expect(await idsOf(first)).toEqual(everyId);
  // A file that was only looked at by the worker is proven by its checksum as well.
  const names = first.reconciliation.checks.map(({ name }) => name);
  expect(names.filter((name) => name.startsWith('CRC32 of'))).toHaveLength(FILES.length - 1);
  expect(names).toContain('chunks hold every listed object');
  const manifest = JSON.parse(readFileSync(path.join(first.output.localPath ?? '', '_manifest.json'), 'utf8'));
  expect(manifest).toMatchObject({ rows: RECORDS, listing: { objects: FILES.length, fingerprint: expect.any(String) } });
});

test('the same prefix again is the same run; with one file more it is another', async () => {
  const again = reportOf(await batchwright(['run', 'orders', `s3://${input}/${PREFIX}`], place));
  rows.push(...(await putQuietly([[`${PREFIX}small/new.csv`, orders(RECORDS, 1)]])));

  const more = reportOf(await batchwright(['run', 'orders', `s3://${input}/${PREFIX}`], place));

  expect(again.runId).toBe(first.runId);
  expect(more.runId).not.toBe(first.runId);
  expect(more).toMatchObject({ status: 'SUCCEEDED', records: { read: RECORDS + 1 } });
});

test.each([
  ['CSV', async () => [csvFile(rows.slice(0, 30)), csvFile(rows.slice(30))], CSV_SCHEMA],
  ['Parquet', async () => [await parquetFile(rows.slice(0, 30)), await parquetFile(rows.slice(30))], PARQUET_SCHEMA],
] as const)('an inventory in %s is one run over what it lists', async (fileFormat, filesOf, fileSchema) => {
  const folder = `inventory/${fileFormat}/`;
  const files = (await filesOf()).map((body, i) => [`${folder}data/${i}`, body] as const);
  const described = files.map(([key, body]) => ({ key, size: body.length, MD5checksum: createHash('md5').update(body).digest('hex') }));
  const manifest = { sourceBucket: input, fileFormat, fileSchema, files: described };
  await putQuietly([...files, [`${folder}manifest.json`, JSON.stringify(manifest)]]);
  const uri = `s3://${input}/${folder}manifest.json`;

  const planned = await batchwright(['plan', 'orders', uri, '--inventory'], place);
  const report = reportOf(await batchwright(['run', 'orders', uri, '--inventory'], place));

  expect(JSON.parse(planned.stdout)).toMatchObject({ objects: rows.length, chunks: report.chunks.planned });
  expect(report).toMatchObject({
    status: 'SUCCEEDED',
    records: { read: RECORDS + 1, quarantined: 0 },
    reconciliation: { verdict: 'BALANCED' },
    listing: { source: { kind: 'inventory', manifest: `${folder}manifest.json`, versionId: expect.any(String) }, objects: rows.length },
  });
  expect(await idsOf(report)).toEqual([...everyId, RECORDS]);
});

test('a file of another format that no sample saw fails the run by its name, and nothing is published', async () => {
  await putQuietly([[`${PREFIX}small/zzz.csv`, 'PAR1 and more PAR1']]);

  const ended = await batchwright(['run', 'orders', `s3://${input}/${PREFIX}`], place);

  expect(ended.code).toBe(1);
  expect(reportOf(ended)).toMatchObject({
    status: 'FAILED',
    failure: { class: 'CONFIG', message: expect.stringContaining(`${PREFIX}small/zzz.csv is a Parquet file`) },
  });
});
