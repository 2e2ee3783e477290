import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { writeReplayFiles } from '../../../cli/quarantine/replay-files';
import type { QuarantinedRecord } from '../../../core/contracts';
import { JobSpec } from '../../../core/spec/schema';
import { MemoryObjectStore } from '../../support/memory-store';
import { tempFolder } from '../support';

const spec = (input: Record<string, unknown>): JobSpec =>
  JobSpec.parse({
    name: 'orders',
    input: { prefix: 'incoming/orders/', ...input },
    process: { module: 'p.ts' },
    output: { format: 'jsonl' },
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

async function replay(input: Record<string, unknown>, files: Record<string, string>, records: readonly Partial<QuarantinedRecord>[]) {
  const store = new MemoryObjectStore('in');
  const versions = Object.fromEntries(Object.entries(files).map(([key, content]) => [key, store.put(key, content).versionId]));
  const all = records.map((one) => record({ ...one, versionId: versions[one.key ?? 'a'] ?? 'gone' }));
  const folder = join(base, `replay-${replays++}`);
  return writeReplayFiles({ runId: 'orders-1', spec: spec(input), records: stream(all), openBucket: () => store, folder });
}

test('records stand below the header of their file, one file for each header', async () => {
  const files = { a: 'id;na"me\n1;x\n', b: 'id;na"me\n2;y\n', c: 'other\n3\n' };
  const records = [
    { key: 'a', raw: '1;"x\ny"' },
    { key: 'c', raw: '3' },
    { key: 'b', raw: '2;y' },
  ];

  const { paths, records: count } = await replay({ format: 'csv', csv: { delimiter: ';' } }, files, records);

  expect(count).toBe(3);
  expect(paths.map((path) => basename(path))).toEqual(['replay-orders-1-0.csv', 'replay-orders-1-1.csv']);
  expect(readFileSync(paths[0] ?? '', 'utf8')).toBe('id;"na""me"\n1;"x\ny"\n2;y\n');
  expect(readFileSync(paths[1] ?? '', 'utf8')).toBe('other\n3\n');
});

test('bytes that are no text come back as they were', async () => {
  const bytes = Buffer.from([0x22, 0xff, 0x22]);

  const { paths } = await replay({ format: 'jsonl' }, { a: '' }, [{ rawBase64: bytes.toString('base64') }]);

  expect(readFileSync(paths[0] ?? '')).toEqual(Buffer.concat([bytes, Buffer.from('\n')]));
});

test('rows of Parquet become Parquet again', async () => {
  const records = [{ raw: '{"id":1,"name":"x"}' }, { raw: '{"id":2,"name":null}' }];

  const { paths } = await replay({ format: 'parquet' }, { a: '' }, records);

  const connection = await (await DuckDBInstance.create()).connect();
  const rows = await connection.runAndReadAll(`FROM '${paths[0]}'`);
  expect(rows.getRowObjectsJson()).toEqual([
    { id: '1', name: 'x' },
    { id: '2', name: null },
  ]);
});

test.each<[string, Record<string, unknown>, Partial<QuarantinedRecord>[], RegExp]>([
  [
    'a format without a way back',
    { format: 'avro' },
    [{ raw: '{}' }],
    /records of avro cannot be replayed, allowed: csv, tsv, jsonl, parquet/,
  ],
  ['nothing to replay', { format: 'jsonl' }, [], /orders-1 has no quarantined records/],
  ['a record that was cut', { format: 'jsonl' }, [{ raw: '{', truncated: true }], /offset 0 of a was too long to be kept whole/],
  ['a file that is gone', { format: 'csv' }, [{ key: 'z', raw: '1' }], /has no version gone any more/],
])('%s is refused by name', async (_name, input, records, message) => {
  await expect(replay(input, { a: 'x\n' }, records)).rejects.toThrow(message);
});
