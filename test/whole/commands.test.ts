import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { DuckDBInstance } from '@duckdb/node-api';
import type { Report } from '../../core/report/report-contract';
import { startS3, VERSIONED } from '../local/s3/support';
import { batchwright as command, reportOf } from '../support/command';

/** Programs of any language on the real templates: records on stdin and stdout, and whole files in folders. */

const base = mkdtempSync(path.join(os.tmpdir(), 'batchwright-commands-'));
const state = path.join(base, 'state');
afterAll(() => rmSync(base, { recursive: true, force: true }));

const batchwright = (args: readonly string[]) => command(args, { state, jobs: path.join(__dirname, 'jobs-commands') });

function aFile(name: string, content: string | Buffer): string {
  const file = path.join(base, name);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, content);
  return file;
}

const folderOf = (report: Report): string => report.output.localPath ?? '';

async function rows(report: Report): Promise<readonly unknown[]> {
  const connection = await (await DuckDBInstance.create()).connect();
  return (await connection.runAndReadAll(`FROM read_parquet('${folderOf(report)}/*.parquet') ORDER BY n`)).getRowObjectsJson();
}

/** The lines of all quarantine files that count, read where the state bucket lies on disk. */
function quarantined(report: Report): { key: string; reason: string; offset: number; raw: string }[] {
  const index = new URL(report.quarantine?.uri ?? '');
  const bucket = path.join(state, 's3', index.host);
  const { objects } = JSON.parse(readFileSync(path.join(bucket, index.pathname), 'utf8')) as { objects: { key: string }[] };
  return objects.flatMap(({ key }) =>
    gunzipSync(readFileSync(path.join(bucket, key)))
      .toString()
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line)),
  );
}

jest.setTimeout(300_000);

test('a program answers every record, sees no credentials, and what it skips is found again by its place', async () => {
  const records = Array.from({ length: 1000 }, (_, n) => ({ n, text: n % 7 === 0 ? 'naïve “text”\u2028' : `t${n}` }));
  const text = records.map((record) => `${JSON.stringify(record)}\n`).join('');

  const report = reportOf(await batchwright(['run', 'mixed', aFile('records.jsonl', text)]));

  const wanted = records.filter(({ n }) => n % 3 !== 0 && n % 10 !== 0);
  const skipped = records.filter(({ n }) => n % 3 !== 0 && n % 10 === 0);
  expect(report).toMatchObject({
    status: 'SUCCEEDED',
    records: { read: 1000, written: wanted.length, filtered: 334, quarantined: skipped.length },
    reconciliation: { verdict: 'BALANCED' },
  });
  expect(report.chunks.planned).toBeGreaterThan(2);
  expect(await rows(report)).toEqual(wanted.map(({ n, text: one }) => ({ n: String(n), text: `${one}!` })));
  const bytes = Buffer.from(text);
  for (const { offset, raw, reason } of quarantined(report)) {
    expect(reason).toBe('a tenth');
    expect(bytes.subarray(offset, offset + Buffer.byteLength(raw)).toString()).toBe(raw);
  }
  expect(quarantined(report).map(({ raw }) => JSON.parse(raw))).toEqual(skipped);
});

test('whole files go through a program, empty ones and odd names too, and each is accounted for', async () => {
  const contents: Readonly<Record<string, string | Buffer>> = {
    'a/one.txt': 'one',
    'b/one.txt': Buffer.from([0, 255, 10, 13]),
    'empty.bin': '',
    'to drop +%41.txt': 'please drop this',
    'ünï cödé.txt': 'is bad',
  };
  const files = Object.entries(contents).map(([name, content]) => aFile(`letters/${name.replace('/', '-')}`, content));

  const report = reportOf(await batchwright(['run', 'letters', ...files]));

  expect(report).toMatchObject({
    status: 'SUCCEEDED',
    records: { read: 5, written: 3, filtered: 1, quarantined: 1 },
    chunks: { planned: 3, committed: 3 },
    reconciliation: { verdict: 'BALANCED' },
  });
  const names = report.reconciliation.checks.map(({ name }) => name);
  expect(names.filter((name) => name.startsWith('CRC32 of'))).toHaveLength(5);
  const manifest = JSON.parse(readFileSync(path.join(folderOf(report), '_manifest.json'), 'utf8'));
  expect(manifest).toMatchObject({ format: 'files', rows: 3, input: { length: 5 } });
  const published = manifest.parts.map(({ key }: { key: string }) => key.split('/').slice(2).join('/'));
  expect(published.toSorted()).toEqual(['0000000/kept/0000-a-one.txt', '0000000/kept/0001-b-one.txt', '0000001/kept/0000-empty.bin']);
  expect(readFileSync(path.join(folderOf(report), published[1]))).toEqual(contents['b/one.txt']);
  expect(readdirSync(folderOf(report)).toSorted()).toEqual(['0000000', '0000001', '_SUCCESS', '_manifest.json']);
  expect(quarantined(report)).toMatchObject([{ key: 'requests/letters/ünï cödé.txt', reason: 'says bad', offset: 0, raw: 'is bad' }]);
});

test('more bad files than the limit fail the run, and nothing is published', async () => {
  const files = ['x.txt', 'y.txt'].map((name) => aFile(name, 'bad'));

  const { code, stdout } = await batchwright(['run', 'letters', ...files]);

  expect(code).toBe(1);
  const report = JSON.parse(stdout) as Report;
  expect(report).toMatchObject({ status: 'FAILED', failure: { class: 'DATA', message: expect.stringMatching(/2 of 2 records/) } });
});

test('a file that a program falls over is found among the others, and only it is set aside', async () => {
  const contents = ['one', 'two', 'this is poison', 'four', '', 'six'];
  const files = contents.map((content, i) => aFile(`fussy/${i}.txt`, content));

  const report = reportOf(await batchwright(['run', 'fussy', ...files]));

  expect(report).toMatchObject({
    status: 'SUCCEEDED',
    records: { read: 6, written: 5, filtered: 0, quarantined: 1 },
    reconciliation: { verdict: 'BALANCED' },
  });
  expect(quarantined(report)).toMatchObject([{ key: 'requests/fussy/2.txt', raw: 'this is poison', offset: 0 }]);
  expect(quarantined(report)[0]?.reason).toMatch(/ended with exit code 1/);
});

test('all files below a prefix are one run, empty ones too, but not the folders that consoles make', async () => {
  const { stdout, stderr } = await batchwright(['plan', 'letters', 's3://nowhere/incoming/letters/']);
  const input = /expected s3:\/\/([^/]+)\//.exec(`${stdout}${stderr}`)?.[1] ?? '';
  const contents = { 'a.txt': 'one', 'b/': '', 'b/empty.txt': '', 'b/x.txt': 'drop', 'c.txt': 'three', 'd.txt': 'four' };
  // While the cloud is down, so that no event starts a run of each.
  const cloud = await startS3({ [input]: VERSIONED }, state);
  for (const [name, Body] of Object.entries(contents)) {
    await cloud.client.send(new PutObjectCommand({ Bucket: input, Key: `incoming/letters/${name}`, Body, ContentLength: Body.length }));
  }
  await cloud.shutDown();

  const report = reportOf(await batchwright(['run', 'letters', `s3://${input}/incoming/letters/`]));

  expect(report).toMatchObject({
    status: 'SUCCEEDED',
    records: { read: 5, written: 4, filtered: 1, quarantined: 0 },
    chunks: { planned: 3, committed: 3 },
    reconciliation: { verdict: 'BALANCED' },
    listing: { objects: 6, empty: 1 },
  });
  expect(report.reconciliation.checks.filter(({ name }) => name.startsWith('CRC32 of'))).toHaveLength(5);
  expect(readFileSync(path.join(folderOf(report), '0000000/kept/0000-a.txt'), 'utf8')).toBe('one');
});
