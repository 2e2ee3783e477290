import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { writeReplayFiles } from '../../../cli/quarantine/replay-files';
import type { QuarantinedRecord } from '../../../core/contracts';
import { JobSpec } from '../../../core/spec/schema';
import { MemoryObjectStore } from '../../support/memory-store';
import { tempFolder } from '../support';

const spec = (input: Record<string, unknown>): JobSpec =>
  JobSpec.parse({
    name: 'orders',
    input: { prefix: 'incoming/orders/', ...input },
    process: input.format === 'files' ? { command: ['cat'] } : { module: 'p.ts' },
    output: { format: input.format === 'files' ? 'files' : 'jsonl' },
  });

const record = (overrides: Partial<QuarantinedRecord>): QuarantinedRecord => ({
  schema: 'quarantine.v1',
  bucket: 'in',
  key: 'a',
  versionId: 'v1',
  offset: 0,
  record: 0,
  class: 'TYPE',
  reason: 'bad',
  attempt: 1,
  ...overrides,
});

async function* stream(records: readonly QuarantinedRecord[]): AsyncGenerator<QuarantinedRecord> {
  yield* records;
}

const base = tempFolder();
let replays = 0;

const latin1 = (text: string): Buffer => Buffer.from(text, 'latin1');

async function replay(
  input: Record<string, unknown>,
  files: Record<string, string | Buffer>,
  records: readonly Partial<QuarantinedRecord>[],
) {
  const store = new MemoryObjectStore('in');
  const versions = Object.fromEntries(Object.entries(files).map(([key, content]) => [key, store.put(key, content).versionId]));
  const all = records.map((one) => record({ ...one, versionId: versions[one.key ?? 'a'] ?? 'gone' }));
  const folder = join(base, `replay-${replays++}`);
  return writeReplayFiles({ runId: 'orders-1', spec: spec(input), records: stream(all), openBucket: () => store, folder });
}

test('records stand below the header of their file as it is written there, one file for each header', async () => {
  const files = { a: 'id;na"me\n1;x\n', b: 'id;na"me\n2;y\n', c: 'other\n3\n' };
  const records = [
    { key: 'a', raw: '1;"x\ny"' },
    { key: 'c', raw: '3' },
    { key: 'b', raw: '2;y' },
  ];

  const { paths, records: count } = await replay({ format: 'csv', csv: { delimiter: ';' } }, files, records);

  expect(count).toBe(3);
  expect(paths.map((path) => basename(path))).toEqual(['replay-orders-1-0.csv', 'replay-orders-1-1.csv']);
  expect(readFileSync(paths[0] ?? '', 'utf8')).toBe('id;na"me\n1;"x\ny"\n2;y\n');
  expect(readFileSync(paths[1] ?? '', 'utf8')).toBe('other\n3\n');
});

test('bytes that are no text come back as they were', async () => {
  const bytes = Buffer.from([0x22, 0xff, 0x22]);

  const { paths } = await replay({ format: 'jsonl' }, { a: '' }, [{ rawBase64: bytes.toString('base64') }]);

  expect(readFileSync(paths[0] ?? '')).toEqual(Buffer.concat([bytes, Buffer.from('\n')]));
});

test('each record has its own line break, and one without gets one where another follows', async () => {
  const records: Partial<QuarantinedRecord>[] = [
    { raw: '1', lineBreak: '\r\n' },
    { raw: '2', lineBreak: '' },
    { raw: '3', lineBreak: '\n' },
    { raw: '4', lineBreak: '' },
  ];

  const { paths } = await replay({ format: 'csv' }, { a: 'n\r\n' }, records);

  expect(paths.map((path) => readFileSync(path, 'utf8'))).toEqual(['n\r\n1\r\n2\n3\n4']);
});

test.each([
  ['whose quote is never closed', '1,"x'],
  ['that ends with a carriage return', '1\r'],
])('a record %s at the end of its file takes in no other', async (_name, raw) => {
  const records: Partial<QuarantinedRecord>[] = [
    { raw: '0', lineBreak: '\n' },
    { raw, lineBreak: '' },
    { key: 'b', raw: '2', lineBreak: '\n' },
  ];

  const { paths } = await replay({ format: 'csv' }, { a: 'n\n', b: 'n\n' }, records);

  expect(paths.map((path) => readFileSync(path, 'utf8'))).toEqual([`n\n0\n${raw}`, 'n\n2\n']);
});

test('what an earlier version kept of a converted text is converted back', async () => {
  const { paths } = await replay({ format: 'csv', encoding: 'latin1' }, { a: latin1('näme\n') }, [{ raw: 'Müller' }]);

  expect(readFileSync(paths[0] ?? '')).toEqual(latin1('näme\nMüller\n'));
});

test('rows of another format than the job has now are refused by name', async () => {
  const store = new MemoryObjectStore('in');
  const source = { runId: 'orders-1', spec: spec({ format: 'csv' }), records: stream([record({})]), openBucket: () => store, folder: base };

  await expect(writeReplayFiles({ ...source, read: { format: 'parquet', encoding: 'utf-8' } })).rejects.toThrow(
    "orders-1 read parquet, the job's input.format is csv now, expected parquet to replay it",
  );
});

test('whole files are named as they are', async () => {
  const { paths, records, objects } = await replay({ format: 'files' }, { a: '1', b: '2' }, [{ key: 'a' }, { key: 'b' }]);

  expect([paths, records]).toEqual([[], 2]);
  expect(objects).toEqual([
    { bucket: 'in', key: 'a', versionId: 'v1' },
    { bucket: 'in', key: 'b', versionId: 'v2' },
  ]);
});

test.each<[string, Record<string, unknown>, Partial<QuarantinedRecord>[], RegExp]>([
  ['a file that is gone', { format: 'avro' }, [{ key: 'z', raw: '{}' }], /s3:..in.z has no version gone any more, so its 1 bad records/],
  ['rows whose file is gone', { format: 'parquet' }, [{ key: 'z', raw: '{}' }], /no version gone any more, so its 1 bad rows are lost/],
  ['a whole file that is gone', { format: 'files' }, [{ key: 'z' }], /no version gone any more, so it cannot be processed again/],
  ['nothing to replay', { format: 'jsonl' }, [], /orders-1 has no quarantined records/],
  ['a record that was cut', { format: 'jsonl' }, [{ raw: '{', truncated: true }], /offset 0 of a was too long to be kept whole/],
  ['a header whose file is gone', { format: 'csv' }, [{ key: 'z', raw: '1' }], /has no version gone any more/],
])('%s is refused by name', async (_name, input, records, message) => {
  await expect(replay(input, { a: 'x\n' }, records)).rejects.toThrow(message);
});
