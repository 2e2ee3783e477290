import { Chunk } from '../../core/contracts';
import { withRun } from './a-run';

const SCHEMA = {
  type: 'object',
  properties: {
    id: { type: 'integer', minimum: 1 },
    name: { type: 'string', maxLength: 10 },
    day: { type: 'string', format: 'date' },
    amount: { type: 'number' },
    paid: { type: 'boolean' },
  },
  required: ['id', 'day'],
};
const HEADER = 'id,name,day,amount,paid\n';
const csv = (from: number, to: number): string =>
  Array.from(
    { length: to - from },
    (_, i) => `${from + i},name ${from + i},2020-01-${String((i % 28) + 1).padStart(2, '0')},${i}.5,true\n`,
  ).join('');
const sqlSpec = (sql: string, output: Record<string, unknown> = { format: 'parquet' }) => ({
  input: { prefix: 'incoming/', format: 'csv' },
  process: { sql },
  output,
});
const PARQUET = 'SELECT * FROM read_parquet(FILES)';

test('a SELECT over many chunks gives the rows of the whole file in order, typed', async () => {
  await withRun(
    {
      files: [HEADER + csv(1, 501)],
      spec: sqlSpec('SELECT id, amount * 2 AS twice FROM input WHERE id % 2 = 0'),
      schemas: { input: SCHEMA },
      chunkBytes: 2000,
    },
    async (run) => {
      expect(await run.work()).toBe(0);

      expect(run.chunks.length).toBeGreaterThan(5);
      expect(run.counts()).toEqual({ read: 500, written: 250, filtered: 250, quarantined: 0 });
      const rows = await run.rows(PARQUET);
      expect(rows.map(({ id }) => Number(id))).toEqual(Array.from({ length: 250 }, (_, i) => 2 * (i + 1)));
      expect(rows[0]).toEqual({ id: '2', twice: 3 });
    },
  );
});

test('the ranges of the markers tile the object, and each says its checksum', async () => {
  await withRun({ files: [HEADER + csv(1, 201)], spec: sqlSpec('FROM input'), chunkBytes: 1500 }, async (run) => {
    await run.work();

    const read = run.markers().flatMap((marker) => marker.read);
    expect(read[0]!.start).toBe(0);
    expect(read.at(-1)!.end).toBe(run.plan.bytes);
    expect(read.slice(1).map(({ start }) => start)).toEqual(read.slice(0, -1).map(({ end }) => end));
    expect(read.every(({ checksum }) => checksum?.algorithm === 'CRC32')).toBe(true);
  });
});

test('records that are not of their type or break the schema go to quarantine, once each, with offset and reason', async () => {
  const bad = [
    '1.5,fraction,2020-01-01,1,true',
    '-3,negative,2020-01-01,1,true',
    '4,much too long a name,2020-01-01,1,true',
    '5,no day,,1,true',
    'six,two faults,never,1,true',
    '7,infinite,2020-01-01,inf,true',
    '8,few,2020-01-01',
    '9,many,2020-01-01,1,true,more',
    '10,"bad"quotes,2020-01-01,1,true',
    '11,"open,2020-01-01,1,maybe"x,2020-01-01,1,true',
  ];
  const lines = bad.flatMap((line, i) => [`${100 + i},good,2020-01-01,1,true`, line]);
  const file = `${HEADER}${lines.join('\n')}\n200,last,2020-01-02,2,false\n`;
  await withRun({ files: [file], spec: sqlSpec('SELECT id FROM input'), schemas: { input: SCHEMA } }, async (run) => {
    expect(await run.work()).toBe(0);

    expect(run.counts()).toEqual({ read: 21, written: 11, filtered: 0, quarantined: 10 });
    const quarantined = await run.quarantined();
    expect(quarantined.map(({ raw }) => raw)).toEqual(bad);
    expect(quarantined.map(({ record }) => record)).toEqual(bad.map((_, i) => 2 * i + 1));
    for (const { offset, raw } of quarantined) expect(file.slice(offset, offset + raw!.length)).toBe(raw);
    expect(quarantined.map(({ reason }) => reason)).toEqual([
      expect.stringContaining('"id" must be integer'),
      'column "id" must be >= 1',
      'column "name" must have a length <= 10',
      'column "day" must not be empty',
      'column "id" must be integer',
      'column "amount" must be number',
      expect.stringContaining('Expected Number of Columns: 5 Found: 3'),
      expect.stringContaining('Expected Number of Columns: 5 Found: 6'),
      expect.stringContaining('quote'),
      expect.stringContaining('quote'),
    ]);
    expect((await run.rows(PARQUET)).map(({ id }) => Number(id))).toEqual([...bad.map((_, i) => 100 + i), 200]);
  });
});

test.each([
  ['CRLF', 'a,b\r\n1,x\r\n2,y\r\n', 2],
  ['mixed line breaks', 'a,b\r\n1,x\n2,y\r\n3,z\n', 3],
  ['a lone carriage return in a field', 'a,b\n1,x\ry\n2,z\n', 2],
  ['a byte order mark and no final line break', '\ufeffa,b\n1,x\n2,y', 2],
  ['empty lines', 'a,b\n\n1,x\n\n\n2,y\n', 2],
  ['a quoted field after a space', 'a,b\n1, "x"\n2,y\n', 2],
  ['quoted line breaks', 'a,b\n1,"x\n\ny"\n2,y\n', 2],
])('a file with %s is read whole', async (_name, file, records) => {
  await withRun({ files: [file], spec: sqlSpec('SELECT a FROM input') }, async (run) => {
    expect(await run.work()).toBe(0);

    expect(run.counts()).toEqual({ read: records, written: records, filtered: 0, quarantined: 0 });
    expect((await run.rows(PARQUET)).map(({ a }) => a)).toEqual(Array.from({ length: records }, (_, i) => String(i + 1)));
  });
});

test('a single column with empty lines and empty fields is counted alike by splitter and engine', async () => {
  await withRun({ files: ['a\nx\n\n""\ny\n'], spec: sqlSpec('SELECT * FROM input', { format: 'csv' }) }, async (run) => {
    expect(await run.work()).toBe(0);

    expect(run.counts()).toEqual({ read: 3, written: 3, filtered: 0, quarantined: 0 });
    await run.publish();
    expect(run.output.text(run.output.keys()[0]!)).toBe('a\nx\n""\ny\n');
  });
});

test('bytes that are not UTF-8 cost their record only, whether or not the query reads the column', async () => {
  const file = Buffer.concat([Buffer.from('a,b\n1,x\n2,'), Buffer.from([0xff, 0xfe]), Buffer.from('\n3,z\n')]);
  await withRun({ files: [file], spec: sqlSpec('SELECT a FROM input') }, async (run) => {
    expect(await run.work()).toBe(0);

    expect(run.counts()).toEqual({ read: 3, written: 2, filtered: 0, quarantined: 1 });
    expect((await run.quarantined())[0]).toMatchObject({ record: 1, rawBase64: Buffer.from([0x32, 0x2c, 0xff, 0xfe]).toString('base64') });
  });
});

test.each([
  ['a syntax error', 'SELEC 1', /Parser Error: syntax error/],
  ['an unknown column', 'SELECT nothing FROM input', /nothing/],
  ['more rows than records', 'SELECT a FROM input, range(3)', /made 6 rows of 2 records/],
  ['two statements', 'SELECT 1; SELECT 2', /exactly one SELECT/],
  ['a file outside', "SELECT * FROM read_csv('/etc/passwd')", /read_csv\(\) is neither `input` nor a lookup/],
  ['a statement that leaves the COPY', "SELECT 1) TO '/tmp/x' (FORMAT csv); --", /SQL/],
])('SQL with %s stops the task as a fault of the configuration', async (_name, sql, message) => {
  await withRun({ files: ['a,b\n1,x\n2,y\n'], spec: sqlSpec(sql) }, async (run) => {
    expect(await run.work()).toBe(78);

    expect(run.markers()).toEqual([]);
    const [complaint] = run.complaints();
    expect(complaint!.failure).toMatchObject({ class: 'CONFIG', message: expect.stringMatching(message) });
    expect(complaint!.failure.hint).not.toBe('');
  });
});

test('a query that stops before the end of its chunk is refused, whatever it wrote', async () => {
  await withRun({ files: [HEADER + csv(1, 20_000)], spec: sqlSpec('SELECT id FROM input LIMIT 1') }, async (run) => {
    expect(await run.work()).toBe(78);

    expect(run.complaints()[0]!.failure.hint).toContain('take LIMIT out of it');
  });
});

test('a query that reads its input twice is refused before any record, with its place', async () => {
  const sql = 'SELECT id FROM input\nWHERE amount > (SELECT avg(amount) FROM input)';
  await withRun({ files: [HEADER + csv(1, 101)], spec: sqlSpec(sql), schemas: { input: SCHEMA } }, async (run) => {
    expect(await run.work()).toBe(78);

    expect(run.markers()).toEqual([]);
    expect(run.complaints()[0]!.failure.message).toMatch(/a sub-query over input would see .* \(line 2, column \d+ of the query\)/);
  });
});

test('an aggregate that only the bound plan shows is refused by the columns that the file has', async () => {
  // `amount` is a column of input alone, so the aggregate is computed over it.
  const sql = 'SELECT (SELECT sum(amount) FROM range(1)) AS s FROM input';
  await withRun({ files: ['id,amount\n1,5\n'], spec: sqlSpec(sql) }, async (run) => {
    expect(await run.work()).toBe(78);

    expect(run.complaints()[0]!.failure).toMatchObject({ class: 'CONFIG', message: expect.stringMatching(/aggregate|GROUP BY|SQL/i) });
  });
});

describe('every row carries the number of its record', () => {
  const lists = (...values: string[]): string => `id,l\n${values.map((l, i) => `${i + 1},"${l}"\n`).join('')}`;
  const UNNEST = 'SELECT id, unnest(CAST(l AS INTEGER[])) AS n FROM input';

  test('a record of several rows is written once, one of none is filtered', async () => {
    const file = lists('[1,2,3]', '[]', '[]', '[4]', '[]');
    await withRun({ files: [file], spec: sqlSpec(UNNEST) }, async (run) => {
      expect(await run.work()).toBe(0);

      expect(run.marker()).toMatchObject({ counts: { read: 5, written: 2, filtered: 3, quarantined: 0, rows: 4 }, identity: 'observed' });
      expect((await run.rows(PARQUET)).map(({ id, n }) => [Number(id), n])).toEqual([
        [1, 1],
        [1, 2],
        [1, 3],
        [4, 4],
      ]);
    });
  });

  test('through several small files of one chunk with columns in other orders, and a record that is set aside', async () => {
    const files = ['id,x,y\n1,a,q\n2,b,q\n', 'id,y,x\n3,q,c\nbad,q,d\n', 'y,x,id\nq,e,5\n'];
    const chunks = [Chunk.parse({ id: '0000000', ranges: files.map((file, object) => ({ object, start: 0, end: file.length })) })];
    const schema = { type: 'object', properties: { id: { type: 'integer' } }, required: ['id'] };
    const spec = sqlSpec('SELECT id, x, y FROM input WHERE id <> 2');
    await withRun({ files, spec, chunks, schemas: { input: schema } }, async (run) => {
      expect(await run.work()).toBe(0);

      expect(run.marker()).toMatchObject({ counts: { read: 5, written: 3, filtered: 1, quarantined: 1 }, identity: 'observed' });
      expect((await run.rows(PARQUET)).map(({ id, x }) => [Number(id), x])).toEqual([
        [1, 'a'],
        [3, 'c'],
        [5, 'e'],
      ]);
    });
  });

  test.each([
    ['parquet', { format: 'parquet' }, PARQUET],
    ['csv', { format: 'csv' }, 'SELECT * FROM read_csv(FILES, all_varchar = true)'],
    ['jsonl', { format: 'jsonl' }, 'SELECT * FROM read_json(FILES)'],
  ])('and no number is in the output as %s, whatever stars and names the query has', async (_name, output, reader) => {
    const sql = `WITH t AS (SELECT *, upper(a) AS batchwright_record FROM input)
      SELECT s.*, COLUMNS(* EXCLUDE (batchwright_record)) FROM (SELECT * FROM t i) AS s`;
    await withRun({ files: ['a,batchwright_input\nx,1\ny,2\n'], spec: sqlSpec(sql, output) }, async (run) => {
      expect(await run.work()).toBe(0);

      expect(run.marker()).toMatchObject({ counts: { read: 2, written: 2, filtered: 0 }, identity: 'observed' });
      const [row] = await run.rows(reader);
      expect(Object.keys(row!)).toEqual(['a', 'batchwright_input', 'batchwright_record', 'a_1', 'batchwright_input_1']);
    });
  });

  test.each([
    ['COLUMNS with a pattern', "SELECT COLUMNS('a|b') FROM input"],
    ['a whole record as a value', 'SELECT input FROM input'],
  ])('and where it cannot, for %s, rows are counted, which is said', async (_name, sql) => {
    await withRun({ files: ['a,b\nx,1\ny,2\n'], spec: sqlSpec(`${sql} WHERE b = '2'`) }, async (run) => {
      expect(await run.work()).toBe(0);

      expect(run.marker()).toMatchObject({ counts: { read: 2, written: 1, filtered: 1 }, identity: 'computed' });
      expect(JSON.stringify(await run.rows(PARQUET))).not.toContain('batchwright');
    });
  });

  test('and a query that may multiply records but cannot show them is refused', async () => {
    const sql = "SELECT COLUMNS('a|b'), unnest([1]) AS n FROM input";
    await withRun({ files: ['a,b\nx,1\n'], spec: sqlSpec(sql) }, async (run) => {
      expect(await run.work()).toBe(78);

      expect(run.complaints()[0]!.failure.message).toMatch(/must show which record each row belongs to/);
    });
  });
});

test('a file without a required column is refused by the column’s name', async () => {
  await withRun({ files: ['id,name\n1,x\n'], spec: sqlSpec('FROM input'), schemas: { input: SCHEMA } }, async (run) => {
    expect(await run.work()).toBe(78);

    expect(run.complaints()[0]!.failure.message).toBe('incoming/file-0 has no column "day", its columns are: id, name');
  });
});

test('hostile column names and values stay data', async () => {
  const file = `"a""; DROP TABLE input; --","x'y"\n1,"it's"\n2,=SUM(A1)\n`;
  await withRun({ files: [file], spec: sqlSpec('SELECT * FROM input', { format: 'csv' }) }, async (run) => {
    expect(await run.work()).toBe(0);

    await run.publish();
    expect(run.output.text(run.output.keys()[0]!)).toBe(`"a""; DROP TABLE input; --",x'y\n1,it's\n2,'=SUM(A1)\n`);
  });
});

test('JSON lines are validated and quarantined one by one', async () => {
  const schema = {
    type: 'object',
    properties: { n: { type: 'integer' }, moment: { type: 'string', format: 'date-time' } },
    required: ['n'],
  };
  const file = '{"n":1,"moment":"2020-01-01T10:00:00Z"}\nnot json\n{"n":"two"}\n\n[3]\n{"n":4}\n{"moment":null}\n';
  const spec = { ...sqlSpec('SELECT n, moment FROM input'), input: { prefix: 'incoming/', format: 'jsonl' } };
  await withRun({ files: [file], spec, schemas: { input: schema } }, async (run) => {
    expect(await run.work()).toBe(0);

    expect(run.counts()).toEqual({ read: 6, written: 2, filtered: 0, quarantined: 4 });
    expect((await run.quarantined()).map(({ record }) => record)).toEqual([1, 2, 3, 5]);
    expect(await run.rows(PARQUET)).toEqual([
      { n: '1', moment: '2020-01-01 10:00:00' },
      { n: '4', moment: null },
    ]);
  });
});

test.each([
  ['jsonl', { format: 'jsonl' }, 'SELECT * FROM read_json(FILES)', 'part-0000000.jsonl'],
  ['jsonl.gz', { format: 'jsonl', compression: 'gzip' }, 'SELECT * FROM read_json(FILES)', 'part-0000000.jsonl.gz'],
  ['csv.gz', { format: 'csv', compression: 'gzip' }, 'SELECT * FROM read_csv(FILES)', 'part-0000000.csv.gz'],
  ['snappy parquet', { format: 'parquet', compression: 'snappy' }, PARQUET, 'part-0000000.parquet'],
])('output as %s', async (_name, output, reader, part) => {
  await withRun({ files: ['a,b\n1,x\n2,y\n'], spec: sqlSpec('SELECT a::INT AS a, b FROM input', output) }, async (run) => {
    expect(await run.work()).toBe(0);

    expect((await run.rows(reader)).map(({ a, b }) => [Number(a), b])).toEqual([
      [1, 'x'],
      [2, 'y'],
    ]);
    expect(run.output.keys()[0]).toMatch(new RegExp(`/${part}$`));
    expect(run.marker().parts[0]).toMatchObject({ rows: 2, bytes: run.marker().bytes.written });
  });
});

test('a header alone is read, and writes nothing', async () => {
  await withRun({ files: ['a,b\n'], spec: sqlSpec('FROM input') }, async (run) => {
    expect(await run.work()).toBe(0);

    expect(run.marker()).toMatchObject({ counts: { read: 0, written: 0 }, parts: [], read: [{ start: 0, end: 4 }] });
  });
});
