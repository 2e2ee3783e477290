import { mkdtempSync, readFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { Chunk } from '../../../core/contracts';
import { inferSchema } from '../../../core/inference/infer-schema';
import { Input } from '../../../core/spec/sections/input';
import { avscFile } from '../../support/avro';
import { type ARun, type RunOptions, withRun } from '../a-run';

const SQL = { sql: 'SELECT order_id, amount * 1.2 AS gross FROM input WHERE amount > 0' };
const csv = (...files: readonly string[]) => {
  const input = { prefix: 'incoming/', format: 'csv' };
  const samples = files.map((file) => ({ bytes: Buffer.from(file), complete: true }));
  const schema = inferSchema(samples, Input.parse(input));
  return { files, spec: { input, process: SQL }, ...(schema && { schemas: { input: schema } }) };
};

/** All files in one chunk, as Plan packs small ones. */
const inOneChunk = (options: RunOptions): RunOptions => ({
  ...options,
  chunks: [
    Chunk.parse({
      id: '0000000',
      ranges: options.files.map((file, object) => ({ object, start: 0, end: Buffer.byteLength(file) })),
    }),
  ],
});

async function failureOf(options: RunOptions): Promise<ReturnType<ARun['complaints']>[number]['failure'] | undefined> {
  return withRun(options, async (run) => {
    await run.work();
    return run.complaints()[0]?.failure;
  });
}

test('a header alone with the wrong columns fails by name, as the same file with records does', async () => {
  const empty = await failureOf(csv('order,total\n'));
  const full = await failureOf(csv('order,total\n1,2\n'));

  expect(full).toMatchObject({ class: 'CONFIG', message: expect.stringContaining('amount') });
  expect(empty).toMatchObject({ class: 'CONFIG', message: expect.stringMatching(/incoming\/file-0 .*order, total.*"amount" not found/) });
});

test('a header alone with the right columns has no records, whatever types they would have', async () => {
  const others = 'SELECT upper(order_id) AS id, date_trunc(\'day\', "day") AS day, amount + 1 AS more FROM input';
  const file = 'order_id,amount,day\n';
  for (const sql of [SQL.sql, others]) {
    const { spec, ...options } = csv(file);
    await withRun({ ...options, spec: { ...spec, process: { sql } } }, async (run) => {
      expect(await run.work()).toBe(0);
      expect(run.counts()).toEqual({ read: 0, written: 0, filtered: 0, quarantined: 0 });
    });
  }
});

test.each([
  ['a header alone', ['order_id,amount\n1,2\n', 'order_id,total\n']],
  ['a file with records', ['order_id,amount\n1,2\n', 'order_id,total\n3,4\n']],
])('%s that lacks a column of the query fails by name beside a good file in one chunk', async (_, files) => {
  expect(await failureOf(inOneChunk(csv(...files)))).toMatchObject({
    class: 'CONFIG',
    message: expect.stringMatching(/incoming\/file-1 .*"amount" not found/),
  });
});

test('files of one chunk may have further columns, and others in another order', async () => {
  await withRun(inOneChunk(csv('order_id,amount\n1,2\n', 'note,amount,order_id\nx,3,2\n', 'amount,order_id\n')), async (run) => {
    expect(await run.work()).toBe(0);
    expect(run.counts()).toMatchObject({ read: 2, written: 2 });
  });
});

test('a header alone must have the columns that the schema requires, for a function too', async () => {
  const { files, spec } = csv('order,total\n');
  const input = { type: 'object', properties: { order_id: { type: 'integer' } }, required: ['order_id'] };

  for (const process of [SQL, { module: 'processors/none.ts' }, { command: ['cat'] }]) {
    const failure = await failureOf({ files, spec: { ...spec, process }, schemas: { input } });
    expect(failure).toMatchObject({ class: 'CONFIG', message: expect.stringContaining('has no column "order_id"') });
  }
});

async function parquetOf(sql: string): Promise<Buffer> {
  const file = path.join(mkdtempSync(path.join(os.tmpdir(), 'check-columns-')), 'f.parquet');
  const connection = await (await DuckDBInstance.create()).connect();
  await connection.run(`COPY (${sql} WHERE false) TO '${file}' (FORMAT parquet)`);
  return readFileSync(file);
}

test.each([
  ['a wrong name', 'SELECT 1 AS order_id, 2 AS total', /"amount" not found/],
  ['a wrong type', "SELECT 1 AS order_id, 'x' AS amount", /VARCHAR/],
  ['the right columns', 'SELECT 1 AS order_id, 2 AS amount', undefined],
])('a Parquet file without rows and with %s is judged by its columns', async (_, sql, message) => {
  const file = await parquetOf(sql);
  const ranges = [{ object: 0, start: 0, end: file.length, rowGroups: [0, 0] as [number, number] }];
  const chunks = [Chunk.parse({ id: '0000000', ranges })];
  const failure = await failureOf({ files: [file], spec: { input: { prefix: 'incoming/', format: 'parquet' }, process: SQL }, chunks });

  if (message) expect(failure).toMatchObject({ class: 'CONFIG', message: expect.stringMatching(message) });
  else expect(failure).toBeUndefined();
});

test.each([
  ['a wrong name', 'total', /"amount" not found/],
  ['the right columns', 'amount', undefined],
])('an Avro file without records and with %s is judged by its columns', async (_, name, message) => {
  const fields = ['order_id', name].map((field) => ({ name: field, type: 'long' as const }));
  const file = await avscFile({ type: 'record', name: 'R', fields }, [], { codec: 'null', blockSize: 1000 });
  const failure = await failureOf({ files: [file], spec: { input: { prefix: 'incoming/', format: 'avro' }, process: SQL } });

  if (message) expect(failure).toMatchObject({ class: 'CONFIG', message: expect.stringMatching(message) });
  else expect(failure).toBeUndefined();
});

test('JSON lines without a line are no records', async () => {
  const spec = { input: { prefix: 'incoming/', format: 'jsonl' }, process: SQL };

  expect(await failureOf({ files: ['\n\n'], spec })).toBeUndefined();
});
