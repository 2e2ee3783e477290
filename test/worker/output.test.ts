import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { streams, Type, types } from 'avsc';
import { parse } from 'csv-parse/sync';
import { collect } from '../../adapters/concurrency';
import { countRows } from '../../lambda/shared/count-rows';
import { type ARun, withRun } from './a-run';

/** What is published is read back with the tools that readers use: DuckDB, avsc, csv-parse. */

const OUTPUT = {
  type: 'object',
  properties: {
    id: { type: 'integer' },
    text: { type: 'string' },
    price: { type: 'number', format: 'decimal(12,2)' },
    share: { type: 'number' },
    day: { type: 'string', format: 'date' },
    moment: { type: 'string', format: 'date-time' },
    yes: { type: 'boolean' },
  },
  required: ['id'],
};
const INPUT = { ...OUTPUT, properties: { ...OUTPUT.properties, price: { type: 'number' } } };

const HOSTILE = [
  '=1+1',
  '@cmd',
  '-2',
  "it's",
  'a "quoted" one',
  'a,b;c\td',
  'first\nsecond',
  'ünïcödé 😀',
  '\\',
  '{"a":1}',
  ' ',
  'Infinity',
];
const aRow = (id: number) => ({
  id,
  text: HOSTILE[id % HOSTILE.length] as string,
  price: id + 0.25,
  share: id / 8,
  day: `2020-02-${String((id % 28) + 1).padStart(2, '0')}`,
  moment: `2020-02-01 00:00:${String(id % 60).padStart(2, '0')}`,
  yes: id % 2 === 0,
});
const ROWS = [
  ...Array.from({ length: 40 }, (_, id) => aRow(id)),
  { id: 40, text: null, price: null, share: null, day: null, moment: null, yes: null },
];
const FILE = ROWS.map((row) => `${JSON.stringify(row)}\n`).join('');

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'output-'));
  writeFileSync(path.join(folder, 'copy.js'), 'module.exports = { process: (record) => record };');
  writeFileSync(path.join(folder, 'wide.js'), 'module.exports = { process: (record) => ({ ...record, more: 1 }) };');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const PROCESSES = {
  SQL: { sql: 'SELECT id, text, CAST(price AS DECIMAL(12,2)) AS price, share, day, moment, yes FROM input' },
  'a module': { module: 'copy.ts' },
} as const;
type ProcessName = keyof typeof PROCESSES;

const options = (output: object, process: ProcessName, file = FILE) => ({
  files: [file],
  spec: { input: { prefix: 'incoming/', format: 'jsonl' }, process: PROCESSES[process], output: { schema: 's.json', ...output } },
  schemas: { input: INPUT, output: OUTPUT },
  jobsFolder: folder,
  chunkBytes: 2000,
});

/** The published files, in a folder of their own. */
async function publishedTo(run: ARun): Promise<string> {
  const root = path.join(run.folder, 'published');
  for (const key of await run.publish()) {
    const file = path.join(root, key.slice(run.plan.output.prefix.length));
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, await run.output.read(key));
  }
  return root;
}

async function query(sql: string): Promise<Record<string, unknown>[]> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  const rows = (await connection.runAndReadAll(sql)).getRowObjectsJson();
  connection.closeSync();
  instance.closeSync();
  return rows as Record<string, unknown>[];
}

/** Every part as often counted again as Commit does, from the delivered file. */
async function checkRows(run: ARun): Promise<void> {
  for (const part of run.markers().flatMap(({ parts }) => parts)) {
    const stored = await run.output.head(part.key);
    expect(await countRows(run.output, stored!, run.plan.config.spec.output)).toBe(part.rows);
  }
}

const AS_READ = ROWS.map((row) => ({ ...row, id: String(row.id), price: row.price === null ? null : row.price.toFixed(2) }));
const each = <T>(values: readonly T[]): [ProcessName, T][] =>
  (Object.keys(PROCESSES) as ProcessName[]).flatMap((name) => values.map((value): [ProcessName, T] => [name, value]));

test.each(each(['zstd', 'snappy', 'gzip', 'none']))(
  'Parquet by %s, compressed with %s, has the types of the schema',
  async (name, compression) => {
    await withRun(options({ format: 'parquet', compression }, name), async (run) => {
      expect([await run.work(), run.complaints()]).toEqual([0, []]);

      const root = await publishedTo(run);
      expect(await query(`FROM read_parquet('${root}/*.parquet') ORDER BY id`)).toEqual(AS_READ);
      const types = await query(`SELECT column_name AS name, column_type AS type FROM (DESCRIBE FROM read_parquet('${root}/*.parquet'))`);
      expect(types.map(({ type }) => type)).toEqual(['BIGINT', 'VARCHAR', 'DECIMAL(12,2)', 'DOUBLE', 'DATE', 'TIMESTAMP', 'BOOLEAN']);
      const codecs = await query(`SELECT DISTINCT compression AS c FROM parquet_metadata('${root}/*.parquet')`);
      expect(codecs).toEqual([{ c: compression === 'none' ? 'UNCOMPRESSED' : compression.toUpperCase() }]);
      await checkRows(run);
    });
  },
);

test.each(each([2048, 4096]))('Parquet by %s has row groups of %i rows', async (name, rowGroupSize) => {
  const file = Array.from({ length: 9000 }, (_, id) => `{"id":${id}}\n`).join('');
  await withRun({ ...options({ format: 'parquet', rowGroupSize }, name, file), chunkBytes: file.length }, async (run) => {
    expect([await run.work(), run.complaints()]).toEqual([0, []]);

    const root = await publishedTo(run);
    const groups = await query(
      `SELECT DISTINCT row_group_id, row_group_num_rows AS rows FROM parquet_metadata('${root}/*.parquet') ORDER BY 1`,
    );
    expect(groups.map(({ rows }) => Number(rows))).toEqual(rowGroupSize === 2048 ? [2048, 2048, 2048, 2048, 808] : [4096, 4096, 808]);
  });
});

test.each(each(['gzip', 'zstd', 'none']))('JSON lines by %s, compressed with %s', async (name, compression) => {
  await withRun(options({ format: 'jsonl', compression }, name), async (run) => {
    expect([await run.work(), run.complaints()]).toEqual([0, []]);

    const root = await publishedTo(run);
    const ending = { gzip: 'jsonl.gz', zstd: 'jsonl.zst', none: 'jsonl' }[compression];
    const types =
      "{id: 'BIGINT', text: 'VARCHAR', price: 'DECIMAL(12,2)', share: 'DOUBLE', day: 'DATE', moment: 'TIMESTAMP', yes: 'BOOLEAN'}";
    expect(await query(`FROM read_json('${root}/part-*.${ending}', columns = ${types}) ORDER BY id`)).toEqual(AS_READ);
    await checkRows(run);
  });
});

test.each(each(['gzip', 'zstd', 'none']))('CSV by %s, compressed with %s', async (name, compression) => {
  await withRun(options({ format: 'csv', compression, csv: { escapeFormulas: false } }, name), async (run) => {
    expect([await run.work(), run.complaints()]).toEqual([0, []]);

    const root = await publishedTo(run);
    const ending = { gzip: 'csv.gz', zstd: 'csv.zst', none: 'csv' }[compression];
    const read = await query(
      `FROM read_csv('${root}/part-*.${ending}', all_varchar = true, header = true, quote = '"', escape = '"', delim = ',') ORDER BY CAST(id AS INT)`,
    );
    expect(read.map(({ text }) => text)).toEqual(ROWS.map(({ text }) => text));
    expect(read.map(({ day }) => day)).toEqual(ROWS.map(({ day }) => day));
    await checkRows(run);
  });
});

test.each(each([true, false]))('CSV by %s for people (%s) escapes formulas; for programs it does not', async (name, escapeFormulas) => {
  await withRun(options({ format: 'csv', csv: { escapeFormulas, header: false, delimiter: ';' } }, name), async (run) => {
    expect([await run.work(), run.complaints()]).toEqual([0, []]);

    const keys = await run.publish();
    const rows = keys.flatMap((key) => parse(run.output.text(key), { delimiter: ';' }) as string[][]);
    const expected = ROWS.map(({ text }) => (escapeFormulas && text !== null && /^[=@-]/.test(text) ? `'${text}` : (text ?? '')));
    expect(rows.map((row) => row[1])).toEqual(expected);
    await checkRows(run);
  });
});

const EPOCH = Date.UTC(1970, 0, 1);

async function readAvro(file: Buffer): Promise<Record<string, unknown>[]> {
  const decoder = new streams.BlockDecoder({ parseHook: undefined });
  const rows: Record<string, unknown>[] = [];
  decoder.end(file);
  for await (const row of decoder) rows.push({ ...(row as Record<string, unknown>) });
  return rows;
}

test.each(each(['deflate', 'none']))('Avro by %s with the codec %s, by the types of the schema', async (name, compression) => {
  await withRun(options({ format: 'avro', compression }, name), async (run) => {
    expect([await run.work(), run.complaints()]).toEqual([0, []]);

    const keys = await run.publish();
    expect(keys.every((key) => key.endsWith('.avro'))).toBe(true);
    const files = await Promise.all(keys.map(async (key) => readAvro(await run.output.read(key))));
    const cents = (price: Buffer | null) =>
      price && Number(price.toString('hex') === '' ? 0 : BigInt.asIntN(8 * price.length, BigInt(`0x${price.toString('hex')}`)));
    expect(files.flat().map((row) => ({ ...row, price: cents(row.price as Buffer | null) }))).toEqual(
      ROWS.map((row) => ({
        ...row,
        price: row.price === null ? null : row.price * 100,
        day: row.day === null ? null : (Date.parse(row.day) - EPOCH) / 86_400_000,
        moment: row.moment === null ? null : Date.parse(`${row.moment}Z`) * 1000,
      })),
    );
    await checkRows(run);
  });
});

test.each(each(['parquet', 'jsonl', 'csv', 'avro']))(
  'partitions by %s as %s: a folder for each value, whatever it holds',
  async (name, format) => {
    await withRun({ ...options({ format, partitionBy: ['text', 'yes'] }, name), chunkBytes: 100_000 }, async (run) => {
      expect([await run.work(), run.complaints()]).toEqual([0, []]);

      const root = await publishedTo(run);
      expect(
        run.output
          .keys()
          .map((key) => key.slice(run.plan.output.prefix.length))
          .filter((key) => key.includes('%')),
      ).toEqual(
        [
          `text=%3D1+1/yes=true/part-0000000.${format}`,
          `text=%5C/yes=true/part-0000000.${format}`,
          `text=a %22quoted%22 one/yes=true/part-0000000.${format}`,
          `text=a,b;c%09d/yes=false/part-0000000.${format}`,
          `text=first%0Asecond/yes=true/part-0000000.${format}`,
          `text=it%27s/yes=false/part-0000000.${format}`,
          `text=%7B%22a%22%3A1}/yes=false/part-0000000.${format}`,
        ]
          .map((key) => key.replace('}', '%7D'))
          .toSorted(),
      );
      expect(run.output.keys().filter((key) => key.includes('__HIVE_DEFAULT_PARTITION__/yes=__HIVE_DEFAULT_PARTITION__/'))).toHaveLength(1);
      await checkRows(run);
      expect(
        run
          .markers()
          .flatMap(({ parts }) => parts)
          .reduce((sum, { rows }) => sum + rows, 0),
      ).toBe(ROWS.length);
      if (format !== 'parquet') return;
      const types = "hive_types = {'text': VARCHAR, 'yes': VARCHAR}";
      const read = await query(
        `SELECT id, text, yes, share FROM read_parquet('${root}/**/*.parquet', hive_partitioning = true, ${types}) ORDER BY id`,
      );
      expect(read).toEqual(
        ROWS.map(({ id, text, yes, share }) => ({ id: String(id), text, yes: yes === null ? null : String(yes), share })),
      );
      const names = await query(`DESCRIBE FROM read_parquet('${root}/text=it%27s/yes=false/*.parquet', hive_partitioning = false)`);
      expect(names.map(({ column_name }) => column_name)).toEqual(['id', 'price', 'share', 'day', 'moment']);
    });
  },
);

test.each(each([7]))('a chunk by %s with more partitions than allowed (%i) fails by name', async (name, maxPartitions) => {
  await withRun(options({ format: 'csv', partitionBy: ['text'], maxPartitions }, name), async (run) => {
    expect(await run.work()).toBe(78);

    expect(run.complaints()[0]!.failure.message).toBe(`a chunk has more than 7 partitions by text, allowed: 7 (output.maxPartitions)`);
    expect(await collect(run.uploads.pending(''))).toEqual([]);
  });
});

test.each(each([1000]))('records keep their order within a partition by %s, with %i of them', async (name, partitions) => {
  const file = Array.from({ length: 25_000 }, (_, id) => `{"id":${id},"text":"${(id * 7919) % partitions}"}\n`).join('');
  await withRun(
    { ...options({ format: 'jsonl', partitionBy: ['text'], maxPartitions: partitions }, name, file), chunkBytes: file.length },
    async (run) => {
      expect([await run.work(), run.complaints()]).toEqual([0, []]);

      await run.publish();
      expect(run.output.keys()).toHaveLength(partitions);
      const ids = run.output
        .text(`${run.plan.output.prefix}text=7/part-0000000.jsonl`)
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line).id as number);
      expect(ids).toEqual(Array.from({ length: 25_000 }, (_, id) => id).filter((id) => (id * 7919) % partitions === 7));
    },
  );
});

test('a folder name that makes a key too long for S3 fails the chunk and leaves no upload', async () => {
  const file = `{"id":1,"text":"short"}\n{"id":2,"text":"${'x'.repeat(1100)}"}\n`;
  await withRun({ ...options({ format: 'jsonl', partitionBy: ['text'] }, 'a module', file), chunkBytes: 5000 }, async (run) => {
    expect(await run.work()).toBe(65);

    expect(run.complaints()[0]!.failure.message).toMatch(/^the key of a part has 11\d\d bytes, S3 allows 1024: it begins with "job\//);
    expect(await collect(run.uploads.pending(''))).toEqual([]);
  });
});

test.each([
  ['a column that the query does not give', ['nope'], /gives no column "nope" to partition by, its columns are: id, text/],
  ['a list', ['list'], /"list" of output.partitionBy is of type INTEGER\[\]/],
  ['every column', ['id', 'text', 'list'], /is of type|every column/],
])('partitions by %s are refused', async (_name, partitionBy, message) => {
  const { spec, ...rest } = options({ format: 'parquet', partitionBy, schema: undefined }, 'SQL');
  const run = { ...rest, schemas: { input: INPUT }, spec: { ...spec, process: { sql: 'SELECT id, text, [1] AS list FROM input' } } };
  await withRun(run, async (run) => {
    expect(await run.work()).toBe(78);

    expect(run.complaints()[0]!.failure.message).toMatch(message);
  });
});

test('a query whose values do not fit the types of the output schema fails instead of rounding', async () => {
  const { spec, ...rest } = options({ format: 'parquet' }, 'SQL');
  await withRun({ ...rest, spec: { ...spec, process: { sql: 'SELECT id + 0.5 AS id FROM input' } } }, async (run) => {
    expect(await run.work()).toBe(65);

    expect(run.complaints()[0]!.failure.message).toMatch(/a value of the column "id" is no BIGINT, which output.schema says it is/);
  });
});

test('a number with more digits than its decimal is no output, and a text with as many is', async () => {
  const file = '{"id":1,"price":1.255}\n{"id":2,"price":1.25}\n{"id":3,"price":99999999999}\n';
  await withRun(options({ format: 'parquet' }, 'a module', file), async (run) => {
    expect([await run.work(), run.complaints()]).toEqual([0, []]);

    expect((await run.quarantined()).map(({ record, class: fault, reason }) => [record, fault, reason])).toEqual([
      [0, 'OUTPUT', 'output: column "price" must be a number of the digits that its format names'],
      [2, 'OUTPUT', 'output: column "price" must be a number of the digits that its format names'],
    ]);
  });
});

test('a module that writes a column which Avro has no place for fails by name', async () => {
  const { spec, ...rest } = options({ format: 'avro' }, 'a module');
  await withRun({ ...rest, spec: { ...spec, process: { module: 'wide.ts' } } }, async (run) => {
    expect(await run.work()).toBe(70);

    expect(run.complaints()[0]!.failure.message).toMatch(/wrote a column "more", the columns of this Avro are: id, text/);
  });
});

test('whole numbers beyond 2^53 and nested values keep every digit in Avro', async () => {
  const nested = {
    type: 'object',
    properties: {
      big: { type: 'integer' },
      moment: { type: 'string', format: 'date-time' },
      tags: { type: 'array', items: { type: 'string' } },
      inner: { type: 'object', properties: { n: { type: ['integer', 'null'] }, free: {} }, required: ['n'] },
    },
    required: ['big', 'inner', 'tags', 'moment'],
  };
  const sql =
    "SELECT 9007199254740993 AS big, TIMESTAMP '0001-02-03 04:05:06.789012' AS moment, ['a', 'b'] AS tags, {n: NULL::INT, free: {x: 1}} AS inner FROM input";
  const run = { ...options({ format: 'avro' }, 'SQL', '{"id":1}\n'), schemas: { input: INPUT, output: nested } };
  await withRun({ ...run, spec: { ...run.spec, process: { sql } } }, async (one) => {
    expect([await one.work(), one.complaints()]).toEqual([0, []]);

    const root = await publishedTo(one);
    const file = await readFile(path.join(root, 'part-0000000.avro'));
    expect(file.includes(Buffer.from('"logicalType":"timestamp-micros"'))).toBe(true);
    const long = bigLong();
    const typeHook = (schema: { type?: unknown }) => (schema.type === 'long' ? long : undefined);
    const decoder = new streams.BlockDecoder({
      parseHook: (schema: never) => Type.forSchema(schema, { registry: { long }, typeHook } as never),
    } as never);
    decoder.end(file);
    const rows: unknown[] = [];
    for await (const row of decoder) rows.push({ ...row });
    const micros = BigInt(Date.parse('0001-02-03T04:05:06Z')) * 1000n + 789_012n;
    expect(rows).toEqual([{ big: 9007199254740993n, moment: micros, tags: ['a', 'b'], inner: { n: null, free: '{"x":1}' } }]);
  });
});

function bigLong() {
  return types.LongType.__with({
    fromBuffer: (bytes: Buffer) => bytes.readBigInt64LE(),
    toBuffer: () => Buffer.alloc(8),
    fromJSON: BigInt,
    toJSON: Number,
    isValid: (value: unknown) => typeof value === 'bigint',
    compare: () => 0,
  });
}
