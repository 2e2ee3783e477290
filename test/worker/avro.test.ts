import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { type AvroSchema, avroFile, avscFile, readWithAvsc } from '../support/avro';
import { type RunOptions, withRun } from './a-run';

const input = { prefix: 'incoming/', format: 'avro' };
const folder = mkdtempSync(path.join(os.tmpdir(), 'avro-'));
writeFileSync(path.join(folder, 'echo.js'), 'module.exports = { process: (record) => record };');
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const aTask = (file: Buffer, spec: Record<string, unknown> = {}, chunkBytes?: number): RunOptions => ({
  files: [file],
  spec: { input, process: { module: 'echo.ts' }, output: { format: 'jsonl' }, ...spec },
  chunkBytes,
  jobsFolder: folder,
});

const ORDER: AvroSchema = {
  type: 'record',
  name: 'Order',
  fields: [
    { name: 'id', type: 'long' },
    { name: 'name', type: ['null', 'string'] },
    { name: 'tags', type: { type: 'array', items: 'string' } },
  ],
};
const orders = (count: number) =>
  Array.from({ length: count }, (_, id) => ({
    id,
    name: id % 3 === 0 ? null : `name ${id}\n"quoted"`,
    tags: ['a', `t${id}`].slice(0, id % 3),
  }));

async function written(options: RunOptions): Promise<unknown[]> {
  return withRun(options, async (run) => {
    expect(await run.work()).toBe(0);
    const reads = run.markers().flatMap(({ read }) => read);
    expect(reads.at(-1)!.end).toBe(run.plan.bytes);
    expect(reads.slice(1).map(({ start }) => start)).toEqual(reads.slice(0, -1).map(({ end }) => end));
    const keys = await run.publish();
    const parts = await Promise.all(keys.map((key) => run.output.read(key)));
    return Buffer.concat(parts)
      .toString()
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line));
  });
}

const plainUnions = (record: unknown) => {
  const { name, ...rest } = record as { name: { string: string } | string | null };
  return { ...rest, name: typeof name === 'object' && name ? name.string : name };
};

test.each(['null', 'deflate'] as const)(
  'a file of avsc in codec %s, in chunks of any size, gives the records that avsc reads, in order',
  async (codec) => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: 200 }),
        fc.integer({ min: 20, max: 2000 }),
        fc.integer({ min: 500, max: 3000 }),
        async (count, blockSize, chunkBytes) => {
          const file = await avscFile(ORDER, orders(count), { codec, blockSize });
          const expected = (await readWithAvsc(file)).map(plainUnions);

          expect(await written(aTask(file, {}, chunkBytes))).toEqual(expected);
          expect(expected).toHaveLength(count);
        },
      ),
      { numRuns: 20 },
    );
  },
);

test.each(['null', 'deflate', 'snappy', 'zstandard', 'bzip2'])('codec %s is understood', async (codec) => {
  const records = orders(300);
  const { file } = await avroFile(ORDER, [records.slice(0, 100), [], records.slice(100)], codec);

  expect(await written(aTask(file, {}, 1000))).toEqual(records);
});

test('SQL sees the columns of the file with their types, and its checksum is proven', async () => {
  const { file } = await avroFile(ORDER, [orders(100), orders(50)]);
  const sql = 'SELECT id * 2 AS twice, name, tags[2] AS tag, typeof(id) AS kind FROM input WHERE id >= 10';
  await withRun(aTask(file, { process: { sql }, output: { format: 'parquet' } }), async (run) => {
    expect(await run.work()).toBe(0);

    expect(run.marker()).toMatchObject({
      counts: { read: 150, written: 130, filtered: 20, quarantined: 0 },
      read: [{ start: 0, end: file.length, checksum: run.plan.objects[0]!.checksum }],
    });
    const [row] = await run.rows(
      'SELECT sum(twice)::INT AS sum, max(tag) AS tag, any_value(kind) AS kind, count(name)::INT AS names FROM read_parquet(FILES)',
    );
    expect(row).toEqual({ sum: 9810 + 2360, tag: 't98', kind: 'BIGINT', names: 60 + 27 });
  });
});

const EVERYTHING: AvroSchema = {
  type: 'record',
  name: 'Everything',
  fields: [
    { name: 'big', type: 'long' },
    { name: 'float', type: 'double' },
    { name: 'bytes', type: 'bytes' },
    { name: 'day', type: { type: 'int', logicalType: 'date' } as never },
    { name: 'at', type: { type: 'long', logicalType: 'timestamp-micros' } as never },
    { name: 'wall', type: { type: 'long', logicalType: 'local-timestamp-millis' } as never },
    { name: 'clock', type: { type: 'int', logicalType: 'time-millis' } as never },
    { name: 'price', type: ['null', { type: 'bytes', logicalType: 'decimal', precision: 6, scale: 2 } as never] },
    { name: 'huge', type: { type: 'bytes', logicalType: 'decimal', precision: 30, scale: 3 } as never },
    { name: 'key', type: { type: 'string', logicalType: 'uuid' } as never },
    { name: 'odd', type: { type: 'string', logicalType: 'date' } as never },
    { name: 'many', type: ['null', 'int', 'string'] },
    { name: 'map', type: { type: 'map', values: 'float' } },
    { name: 'kind', type: { type: 'enum', name: 'Kind', symbols: ['A', 'B'] } },
    { name: 'next', type: ['null', 'Everything'] },
  ],
};

const inner = {
  big: -1,
  float: Number.NaN,
  bytes: Buffer.from([0, 255]),
  day: -1,
  at: -1,
  wall: 0,
  clock: 0,
  price: null,
  huge: Buffer.alloc(0),
  key: '',
  odd: 'x',
  many: null,
  map: {},
  kind: 'B',
  next: null,
};
const outer = {
  ...inner,
  big: 2 ** 50,
  float: 0.5,
  day: 19_724,
  at: 1_704_164_645_123_456,
  wall: 1_704_164_645_123,
  clock: 86_399_999,
  price: Buffer.from([0xff, 0x85]),
  huge: Buffer.from('01000000000000000000', 'hex'),
  many: 7,
  map: { a: 1.5 },
  kind: 'A',
  next: inner,
};

test('values that JSON has no type for are given as text, or as numbers where these are exact', async () => {
  const { file } = await avroFile(EVERYTHING, [[outer]]);

  const [record] = await written(aTask(file));

  const next = {
    big: -1,
    float: 'NaN',
    bytes: 'AP8=',
    day: '1969-12-31',
    at: '1969-12-31T23:59:59.999999Z',
    wall: '1970-01-01T00:00:00.000',
    clock: '00:00:00.000',
    price: null,
    huge: '0.000',
    key: '',
    odd: 'x',
    many: null,
    map: {},
    kind: 'B',
    next: null,
  };
  expect(record).toEqual({
    ...next,
    big: 2 ** 50,
    float: 0.5,
    day: '2024-01-02',
    at: '2024-01-02T03:04:05.123456Z',
    wall: '2024-01-02T03:04:05.123',
    clock: '23:59:59.999',
    price: -1.23,
    huge: '4722366482869645213.696',
    many: 7,
    map: { a: 1.5 },
    kind: 'A',
    next,
  });
});

test('SQL reads them as what they are', async () => {
  const { file } = await avroFile(EVERYTHING, [[outer, inner]]);
  const sql = `SELECT * EXCLUDE ("map", next), "map"['a'] AS a, next->>'day' AS inner_day FROM input`;
  await withRun(aTask(file, { process: { sql }, output: { format: 'parquet' } }), async (run) => {
    expect(await run.work()).toBe(0);

    const [first, second] = await run.rows('SELECT * FROM read_parquet(FILES)');
    expect(first).toMatchObject({
      big: '1125899906842624',
      float: 0.5,
      at: '2024-01-02 03:04:05.123456',
      wall: '2024-01-02 03:04:05.123',
      clock: '23:59:59.999',
      price: '-1.23',
      huge: '4722366482869645213.696',
      a: 1.5,
      inner_day: '1969-12-31',
    });
    expect(second).toMatchObject({ big: '-1', float: 'NaN', many: null });
  });
});

test('a whole number beyond what JSON holds exactly is neither rounded nor lost', async () => {
  const schema: AvroSchema = { type: 'record', name: 'R', fields: [{ name: 'n', type: 'long' }] };
  const { file, starts } = await avroFile(schema, [[{ n: 0 }]]);
  const largest = Buffer.from('feffffffffffffffff01', 'hex');
  const made = Buffer.concat([file.subarray(0, starts[0]), Buffer.from([2, 20]), largest, file.subarray(-16)]);

  expect(await written(aTask(made))).toEqual([{ n: '9223372036854775807' }]);
  await withRun(aTask(made, { process: { sql: 'SELECT n - 1 AS n FROM input' }, output: { format: 'parquet' } }), async (run) => {
    expect(await run.work()).toBe(0);
    expect(await run.rows('SELECT n FROM read_parquet(FILES)')).toEqual([{ n: '9223372036854775806' }]);
  });
});

test('a record that breaks the input schema is set aside, found at its block', async () => {
  const { file, starts } = await avroFile(ORDER, [orders(10), orders(3)]);
  const schema = { type: 'object', properties: { id: { type: 'integer', maximum: 8 } } };
  await withRun({ ...aTask(file, { process: { sql: 'SELECT id FROM input' } }), schemas: { input: schema } }, async (run) => {
    expect(await run.work()).toBe(0);

    expect(run.counts()).toEqual({ read: 13, written: 12, filtered: 0, quarantined: 1 });
    expect(await run.quarantined()).toMatchObject([
      { offset: starts[0], record: 9, reason: 'column "id" must be <= 8', raw: expect.stringContaining('"id":9') },
    ]);
  });
});

test('a date that no calendar has costs its record, not its chunk', async () => {
  const schema: AvroSchema = { type: 'record', name: 'R', fields: [{ name: 'day', type: { type: 'int', logicalType: 'date' } as never }] };
  const { file } = await avroFile(schema, [[{ day: 1 }, { day: 2 ** 31 - 1 }, { day: 3 }]]);
  await withRun(aTask(file, { process: { sql: 'SELECT day FROM input' } }), async (run) => {
    expect(await run.work()).toBe(0);

    expect(run.counts()).toEqual({ read: 3, written: 2, filtered: 0, quarantined: 1 });
  });
});

describe('a file without records', () => {
  test.each([
    ['without blocks', []],
    ['with an empty block', [[]]],
  ])('%s is read to its end', async (_name, blocks) => {
    const { file } = await avroFile(ORDER, blocks);
    await withRun(aTask(file, { process: { sql: 'SELECT id FROM input' } }), async (run) => {
      expect(await run.work()).toBe(0);

      expect(run.marker()).toMatchObject({
        counts: { read: 0, written: 0 },
        read: [{ start: 0, end: file.length, records: 0 }],
        parts: [],
      });
    });
  });
});

describe('a fault of the data is named', () => {
  const fails = async (file: Buffer): Promise<string> =>
    withRun(aTask(file), async (run) => {
      expect(await run.work()).toBe(65);
      return run.complaints()[0]!.failure.message;
    });

  test('a block that does not expand', async () => {
    const { file, starts } = await avroFile(ORDER, [orders(5), orders(50)], 'deflate');
    const bad = Buffer.from(file);
    bad.fill(0xff, starts[1]! + 10, starts[1]! + 30);

    expect(await fails(bad)).toMatch(`incoming/file-0 cannot be read as Avro: the block that begins at byte ${starts[1]} is corrupt`);
  });

  test('a block with more bytes, or fewer, than its records take', async () => {
    const { file, starts } = await avroFile(ORDER, [orders(5)]);
    const more = Buffer.from(file);
    more[starts[0]!] = 8;
    const fewer = Buffer.from(file);
    fewer[starts[0]!] = 12;

    expect(await fails(more)).toMatch(/its 4 records take \d+ of its \d+ bytes/);
    expect(await fails(fewer)).toMatch(/record 5 of 6 ends behind it/);
  });

  test('a marker that is not there', async () => {
    const { file, starts } = await avroFile(ORDER, [orders(5), orders(5)]);
    const bad = Buffer.from(file);
    bad[starts[1]! - 1]! ^= 1;

    expect(await fails(bad)).toMatch(`the block that begins at byte ${starts[0]} does not end with the sync marker`);
  });

  test('a codec that nobody knows', async () => {
    expect(await fails((await avroFile(ORDER, [orders(1)], 'xz')).file)).toMatch(
      'its codec is "xz", allowed: null, deflate, snappy, zstandard, bzip2',
    );
  });

  test('a schema of no records', async () => {
    expect(await fails((await avroFile('string', [['a']])).file)).toMatch('its schema is of type string, expected record');
  });

  test('a block that claims records without bytes', async () => {
    const empty: AvroSchema = { type: 'record', name: 'R', fields: [] };
    const { file, starts } = await avroFile(empty, [[{}]]);
    const many = Buffer.concat([file.subarray(0, starts[0]), Buffer.from('8094ebdc03', 'hex'), Buffer.from([0]), file.subarray(-16)]);

    expect(await fails(many)).toMatch(/0 bytes hold 500000000 records/);
  });
});
