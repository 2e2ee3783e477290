import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { DuckDBInstance } from '@duckdb/node-api';
import { streams } from 'avsc';
import { exportRaw } from '../../../cli/quarantine/export-raw';
import { type ReplayFiles, writeReplayFiles } from '../../../cli/quarantine/replay-files';
import type { QuarantinedRecord } from '../../../core/contracts';
import { avroFile } from '../../support/avro';
import { bzip2, plainFrame } from '../../support/compressed';
import { type ARun, type RunOptions, withRun } from '../../worker/a-run';
import { tempFolder } from '../support';

/** What workers keep of bad records, against the bytes of the files that they stand in. */

const base = tempFolder();
let folders = 0;
writeFileSync(join(base, 'echo.js'), 'module.exports = { process: (record) => record };');

const ECHO = "require('readline').createInterface({ input: process.stdin }).on('line', (line) => console.log('{\"ok\":' + line + '}'))";
const PROCESSES = {
  sql: { sql: 'SELECT * FROM input' },
  module: { module: 'echo.ts' },
  command: { command: [process.execPath, '-e', ECHO] },
} as const;
const SCHEMA = { type: 'object', properties: { amount: { type: 'integer' } }, required: ['amount'] };

async function* stream(records: readonly QuarantinedRecord[]): AsyncGenerator<QuarantinedRecord> {
  yield* records;
}

const recordsOf = async (run: ARun): Promise<QuarantinedRecord[]> => (await run.quarantined()) as unknown as QuarantinedRecord[];

const sourceOf = (run: ARun, records: readonly QuarantinedRecord[]) => ({
  runId: 'job-1',
  spec: run.plan.config.spec,
  records: stream(records),
  openBucket: () => run.input,
});

function replay(run: ARun, records: readonly QuarantinedRecord[]): Promise<ReplayFiles> {
  return writeReplayFiles({ ...sourceOf(run, records), folder: join(base, `replay-${folders++}`) });
}

async function exported(run: ARun, records: readonly QuarantinedRecord[]): Promise<Buffer> {
  mkdirSync(base, { recursive: true });
  const file = join(base, `export-${folders++}`);
  await exportRaw({ ...sourceOf(run, records), file });
  return readFileSync(file);
}

interface Text {
  readonly input: Record<string, unknown>;
  readonly process: keyof typeof PROCESSES;
  /** With its line break. */
  readonly header: Buffer;
  readonly header0?: readonly string[];
  readonly lines: readonly { readonly bytes: Buffer; readonly bad?: true }[];
  readonly compression?: keyof typeof PACK;
}

const PACK = { gzip: gzipSync, zstd: plainFrame, bzip2 } as const;
const bad = (bytes: Buffer) => ({ bytes, bad: true }) as const;
const good = (bytes: Buffer) => ({ bytes });
const latin1 = (text: string): Buffer => Buffer.from(text, 'latin1');
const utf8 = (text: string): Buffer => Buffer.from(text, 'utf8');
const utf16le = (text: string): Buffer => Buffer.from(text, 'utf16le');
const utf16be = (text: string): Buffer => Buffer.from(text, 'utf16le').swap16();
const LONG = 'ä'.repeat(700_000);

const TEXTS: Readonly<Record<string, Text>> = {
  'latin1 with CRLF': {
    input: { format: 'csv', csv: { delimiter: ';' }, encoding: 'latin1' },
    process: 'sql',
    header: latin1('näme;amount\r\n'),
    header0: ['näme', 'amount'],
    lines: [good(latin1('Groß;1\r\n')), bad(latin1('Müller;"x\r\n""ß"""\r\n')), good(latin1('Ä;2\r\n')), bad(latin1('Jürgen;zwei\r\n'))],
  },
  'UTF-16 with a mark, and half a character': {
    input: { format: 'csv', encoding: 'utf-16le' },
    process: 'command',
    header: utf16le('\ufeffnäme,amount\n'),
    header0: ['näme', 'amount'],
    lines: [
      good(utf16le('😀,1\n')),
      bad(utf16le('a\ud83db,2\n')),
      bad(utf16le('"😀\n",x\r\n')),
      good(utf16le('b,3\n')),
      bad(utf16le('ü,y')),
    ],
  },
  'UTF-16 the other way round in gzip': {
    input: { format: 'tsv', encoding: 'utf-16be' },
    process: 'module',
    header: utf16be('name\tamount\n'),
    header0: ['name', 'amount'],
    lines: [bad(utf16be('ü\tx\n')), good(utf16be('b\t1\n')), bad(utf16be('\u4e00\u4e00\ty\n'))],
    compression: 'gzip',
  },
  'bytes that are no text': {
    input: { format: 'csv' },
    process: 'sql',
    header: utf8('\ufeffname,amount\r\n'),
    header0: ['name', 'amount'],
    lines: [bad(latin1('M\xfcller,1\r\n')), good(utf8('x,2\r\n')), bad(utf8('a\u0000b,x\r\n')), bad(utf8('"never closed,3\r\nx,4\r\n'))],
  },
  'lines of JSON in Zstandard': {
    input: { format: 'jsonl' },
    process: 'module',
    header: utf8(''),
    lines: [
      bad(utf8('{"amount":"ü\\u2028"}\r\n')),
      good(utf8('{"amount":1}\n')),
      bad(utf8('\ufeff{"amount":2}\n')),
      bad(latin1('\xff\xfe')),
    ],
    compression: 'zstd',
  },
  'a record too long to be kept': {
    input: { format: 'csv' },
    process: 'sql',
    header: utf8('name,amount\n'),
    header0: ['name', 'amount'],
    lines: [good(utf8('a,1\n')), bad(utf8(`${LONG},x\n`)), good(utf8('b,2\n')), bad(utf8(`"${LONG}\n",y\n`))],
  },
  'a record too long to be kept, in bzip2 and latin1': {
    input: { format: 'csv', encoding: 'latin1', maxExpansionRatio: 100_000 },
    process: 'module',
    header: latin1('name,amount\n'),
    header0: ['name', 'amount'],
    lines: [good(latin1('a,1\n')), bad(latin1(`${LONG}${LONG},x\n`)), good(latin1('b,2\n')), bad(latin1(`"${LONG}${LONG}\n",y\n`))],
    compression: 'bzip2',
  },
};

const fileOf = ({ header, lines }: Text): Buffer => Buffer.concat([header, ...lines.map(({ bytes }) => bytes)]);

async function aTask({ input, process, header0, compression, ...text }: Text): Promise<RunOptions> {
  const file = fileOf({ input, process, ...text });
  return {
    files: [compression ? await PACK[compression](file) : file],
    spec: { input: { prefix: 'incoming/', ...input }, process: PROCESSES[process], errors: { skipLimit: 100 } },
    schemas: { input: SCHEMA },
    planned: { ...(header0 && { header: [...header0] }), ...(compression && { compression }) },
    jobsFolder: base,
  };
}

test.each(Object.entries(TEXTS))('%s: records are kept, exported and replayed byte for byte', async (_name, text) => {
  const file = fileOf(text);
  const wanted = text.lines.flatMap(({ bytes, bad: isBad }) => (isBad ? [bytes] : []));
  await withRun(await aTask(text), async (run) => {
    expect(await run.work()).toBe(0);
    const records = await recordsOf(run);

    expect(records).toHaveLength(wanted.length);
    for (const [i, { offset, rawBytes = 0, truncated, rawBase64, raw }] of records.entries()) {
      const stored = file.subarray(offset, offset + rawBytes);
      expect(wanted[i]?.indexOf(stored)).toBe(0);
      const kept = rawBase64 === undefined ? Buffer.from(raw ?? '') : Buffer.from(rawBase64, 'base64');
      expect(kept.equals(truncated ? stored.subarray(0, kept.length) : stored)).toBe(true);
    }
    expect((await exported(run, records)).equals(Buffer.concat(wanted))).toBe(true);
    const { paths } = await replay(run, records);
    const replayed = Buffer.concat(paths.map((path) => readFileSync(path)));
    const start = text.header.length === 0 && wanted[0]?.indexOf(utf8('\ufeff')) === 0 ? utf8('\ufeff') : text.header;
    expect(replayed.equals(Buffer.concat([start, ...wanted]))).toBe(true);
  });
});

test('records of Avro come back as they are stored, whatever their block is compressed with', async () => {
  const schema = {
    type: 'record',
    name: 'Order',
    namespace: 'shop',
    fields: [
      { name: 'amount', type: ['null', 'string', 'long'] },
      { name: 'when', type: { type: 'long', logicalType: 'timestamp-micros' } },
      { name: 'data', type: 'bytes' },
    ],
  } as const;
  const order = (amount: unknown, when: number) => ({ amount, when, data: Buffer.from([0xff, when]) });
  const blocks = [
    [order(1, 1), order('zwei', 2), order(3, 3)],
    [order('ü', 4), order(null, 5), order(6, 6)],
  ];
  const { file } = await avroFile(schema as never, blocks, 'deflate');
  const spec = { input: { prefix: 'incoming/', format: 'avro' }, process: PROCESSES.module, errors: { skipLimit: 100 } };
  await withRun({ files: [file], spec, schemas: { input: SCHEMA }, jobsFolder: base }, async (run) => {
    expect(await run.work()).toBe(0);
    const records = await recordsOf(run);

    const { paths, records: total } = await replay(run, records);

    expect([paths.length, total]).toEqual([1, 3]);
    const decoded: unknown[] = [];
    const read = await new Promise<unknown[]>((resolve, reject) => {
      const source = new streams.BlockDecoder();
      source.on('data', (value) => decoded.push(value));
      source.on('end', () => resolve(decoded));
      source.on('error', reject);
      source.end(readFileSync(paths[0] ?? ''));
    });
    expect(JSON.parse(JSON.stringify(read))).toEqual(JSON.parse(JSON.stringify([blocks[0]?.[1], blocks[1]?.[0], blocks[1]?.[1]])));
    expect((await exported(run, records)).equals(readFileSync(paths[0] ?? ''))).toBe(true);
  });
});

test.each(['sql', 'module'] as const)(
  'rows of Parquet come back with their values and types, of several files with the same columns in one (%s)',
  async (process) => {
    const files = [0, 1].map((i) => join(base, `rows-${process}-${i}.parquet`));
    const connection = await (await DuckDBInstance.create()).connect();
    for (const [i, file] of files.entries()) {
      await connection.run(`COPY (SELECT CASE WHEN range % 1000 = 7 THEN NULL ELSE range END::BIGINT AS amount, 1.10::DECIMAL(18,2) AS price,
      TIMESTAMP '2026-01-02 03:04:05.678901' AS at, {'a': [range, NULL], 'b': 'x"\u2028'} AS nested, '\\xFF\\x00'::BLOB AS bytes, uuid() AS id, ${i} AS f
      FROM range(5000)) TO '${file}' (ROW_GROUP_SIZE 2048)`);
    }
    const schema = { type: 'object', properties: { amount: { type: 'integer' } }, required: ['amount'] };
    const spec = { input: { prefix: 'incoming/', format: 'parquet' }, process: PROCESSES[process], errors: { skipLimit: 100 } };
    await withRun({ files: files.map((file) => readFileSync(file)), spec, schemas: { input: schema }, jobsFolder: base }, async (run) => {
      expect(await run.work()).toBe(0);
      const records = await recordsOf(run);

      const { paths, records: total } = await replay(run, records);

      expect([paths.length, total]).toEqual([1, 10]);
      const rowsOf = async (sql: string) => (await connection.runAndReadAll(sql)).getRowsJson();
      const expected = `SELECT * FROM read_parquet(['${files.join("', '")}'], file_row_number = true, filename = true) WHERE amount IS NULL`;
      const inOrder = `SELECT * EXCLUDE (file_row_number, filename) FROM (${expected}) ORDER BY filename, file_row_number`;
      expect(await rowsOf(`FROM '${paths[0]}'`)).toEqual(await rowsOf(inOrder));
      expect(await rowsOf(`SELECT column_name, column_type FROM (DESCRIBE FROM '${paths[0]}')`)).toEqual(
        await rowsOf(`SELECT column_name, column_type FROM (DESCRIBE FROM '${files[0]}')`),
      );
    });
  },
);

test('a record that was cut is never replayed: its version is gone, or holds other bytes', async () => {
  const text = TEXTS['a record too long to be kept'] as Text;
  await withRun(await aTask(text), async (run) => {
    expect(await run.work()).toBe(0);
    const records = await recordsOf(run);
    const moved = records.map((record) => ({ ...record, offset: record.offset - 1 }));

    await expect(replay(run, moved)).rejects.toThrow(
      /the record at offset \d+ of s3:\/\/input\/incoming\/file-0 is not what was kept of it/,
    );
    run.input.remove('incoming/file-0', records[0]?.versionId ?? '');
    await expect(exported(run, records)).rejects.toThrow(
      /has no version v1 any more, so the record at offset \d+ of .*, \d+ bytes, is lost: it was too long to be kept whole/,
    );
  });
});
