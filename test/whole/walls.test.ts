import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { batchwright, reportOf } from '../support/command';

/** Whole runs that once met the walls of the services: more files than an event can name, an error longer than a state. */

const base = mkdtempSync(path.join(os.tmpdir(), 'batchwright-walls-'));
const place = { state: path.join(base, 'state'), jobs: path.join(base, 'jobs') };
afterAll(() => rmSync(base, { recursive: true, force: true }));

function write(file: string, content: string): string {
  const target = path.join(base, file);
  mkdirSync(path.dirname(target), { recursive: true });
  writeFileSync(target, content);
  return target;
}

const spec = (name: string, process: string): string =>
  [
    `name: ${name}`,
    `input: { prefix: incoming/${name}/, format: jsonl }`,
    `process: { ${process} }`,
    'output: { format: jsonl }',
    'errors: { bisect: false }',
  ].join('\n');

beforeAll(() => {
  write('jobs/many.yaml', spec('many', 'sql: SELECT * FROM input'));
  write('jobs/endless.yaml', spec('endless', 'module: processors/endless.ts'));
  write('jobs/processors/endless.ts', "export default { process() { throw new Error('\\u00e9\"'.repeat(150_000)); } };\n");
});

jest.setTimeout(600_000);

/** Named one by one they are 280,000 bytes at least; an event holds 262,144. */
const FILES = 800;
const NAME_CHARACTERS = 240;

test('more files than an event can name are one run; one that is named twice is read once', async () => {
  const files = Array.from({ length: FILES }, (_, i) => write(`in/${'n'.repeat(NAME_CHARACTERS)}${i}.jsonl`, `{"i":${i}}\n`));
  const [first = ''] = files;
  const twice = path.join(path.dirname(first), '..', 'in', path.basename(first));

  const ended = await batchwright(['run', 'many', ...files, `${path.dirname(first)}/./${path.basename(first)}`, twice], place);

  const report = reportOf(ended);
  expect(report).toMatchObject({ status: 'SUCCEEDED', records: { read: FILES }, reconciliation: { verdict: 'BALANCED' } });
  const folder = report.output.localPath ?? '';
  const parts = readdirSync(folder).filter((name) => name.startsWith('part-'));
  const rows = parts.flatMap((name) => readFileSync(path.join(folder, name), 'utf8').trim().split('\n'));
  expect(rows.map((row) => JSON.parse(row).i as number).toSorted((a, b) => a - b)).toEqual(Array.from({ length: FILES }, (_, i) => i));
  expect(ended.stderr.match(/is named twice: it is read once/g)).toHaveLength(2);
});

test('a run whose error is longer than a state ends with a report that says where all of it is', async () => {
  const ended = await batchwright(['run', 'endless', write('one.jsonl', '{"i":1}\n')], place);

  expect(ended.code).toBe(1);
  const { status, failure } = reportOf(ended);
  expect({ status, class: failure?.class }).toEqual({ status: 'FAILED', class: 'CODE' });
  expect(Buffer.byteLength(failure?.message ?? '')).toBeLessThanOrEqual(2048);
  const [, bucket = '', key = ''] = /all of it is in s3:\/\/([^/]+)\/([^)]+)\)$/.exec(failure?.message ?? '') ?? [];
  expect(readFileSync(path.join(place.state, 's3', bucket, key), 'utf8')).toContain('é"'.repeat(150_000));
});
