import { type Case, PROCESSORS, verdictOf } from './bad-input';

/** Every case goes through a query, a function and a program: the same records are set aside, for reasons of the same class. */
jest.setTimeout(120_000);

const INTEGER = { properties: { n: { type: 'integer' } } };
const NUMBER = { properties: { n: { type: 'number' } } };
const dated = (format: string) => ({ properties: { d: { type: 'string', format } } });
const JSONL = { format: 'jsonl' };
const deep = (levels: number): string => `${'['.repeat(levels)}${']'.repeat(levels)}`;

interface Expected {
  /** Record numbers and classes of what is set aside. */
  readonly bad: readonly (readonly [record: number, faultClass: string])[];
  readonly rows: readonly Readonly<Record<string, unknown>>[];
  /** Where a query differs: it has whole numbers of 64 bits, and columns only for what its schema names. */
  readonly sql?: Partial<Pick<Expected, 'bad' | 'rows'>>;
}

const CASES: Readonly<Record<string, Case & Expected>> = {
  'a byte order mark': { file: '\ufeffn,s\n1,a\n', schema: INTEGER, rows: [{ n: 1, s: 'a' }], bad: [] },
  'a byte order mark before JSON': { file: '\ufeff{"n":1}\n', input: JSONL, schema: INTEGER, rows: [{ n: 1 }], bad: [] },
  'bytes that are no UTF-8': {
    file: Buffer.from('n,s\n1,a\n2,\xff\xfe\n3,c\n', 'latin1'),
    schema: INTEGER,
    rows: [
      { n: 1, s: 'a' },
      { n: 3, s: 'c' },
    ],
    bad: [[1, 'PARSE']],
  },
  'half a character in UTF-16': {
    file: Buffer.from('n,s\n1,é\n2,\ud800\n3,x\n', 'utf16le'),
    input: { encoding: 'utf-16le' },
    planned: { header: ['n', 's'] },
    schema: INTEGER,
    rows: [
      { n: 1, s: 'é' },
      { n: 3, s: 'x' },
    ],
    bad: [[1, 'PARSE']],
  },
  'a NUL byte in a field': {
    file: 'n,s\n1,a\0b\n',
    schema: INTEGER,
    rows: [{ n: 1, s: 'a\0b' }],
    bad: [],
  },
  'rows with too few fields, too many, and none': {
    file: 'n,s\n1\n2,b\n3,c,d\n\n4,e\n',
    schema: INTEGER,
    rows: [
      { n: 2, s: 'b' },
      { n: 4, s: 'e' },
    ],
    bad: [
      [0, 'PARSE'],
      [2, 'PARSE'],
    ],
  },
  'a column that the schema does not name': { file: 'n,x\n1,b\n', schema: INTEGER, rows: [{ n: 1, x: 'b' }], bad: [] },
  'a quote that is never closed': { file: 'n,s\n1,"a\n2,b\n', schema: INTEGER, rows: [], bad: [[0, 'PARSE']] },
  'text behind a closing quote': {
    file: 'n,s\n1,"a"b\n2,c"d\n',
    schema: INTEGER,
    rows: [{ n: 2, s: 'c"d' }],
    bad: [[0, 'PARSE']],
  },
  'whole numbers of more than 53 and 64 bits': {
    file: 'n\n9007199254740991\n9007199254740992\n9223372036854775808\n-9223372036854775809\n99999999999999999999\n1.5\n1e3\n',
    schema: INTEGER,
    rows: [{ n: 9007199254740991 }],
    bad: [1, 2, 3, 4, 5, 6].map((record) => [record, 'TYPE'] as const),
    sql: {
      rows: [{ n: 9007199254740991 }, { n: 9007199254740992 }],
      bad: [2, 3, 4, 5, 6].map((record) => [record, 'TYPE'] as const),
    },
  },
  'numbers that are too large, none, or written otherwise': {
    file: 'n,s\n1e999,a\n-1e999,b\n1e-999,c\nNaN,d\nInfinity,e\n0x10,f\n1_000,g\n"1,5",h\n+5,i\n',
    schema: NUMBER,
    rows: [
      { n: 0, s: 'c' },
      { n: 5, s: 'i' },
    ],
    bad: [0, 1, 3, 4, 5, 6, 7].map((record) => [record, 'TYPE'] as const),
  },
  'days in another form, and days that there are not': {
    file: 'd\n2026-01-31\n2026-02-30\n2026-13-01\n31.01.2026\n01/02/2026\nyesterday\n2026-01-05T23:00:00\n20260105\n10000-01-01\n',
    schema: dated('date'),
    rows: [{ d: '2026-01-31' }],
    bad: [1, 2, 3, 4, 5, 6, 7, 8].map((record) => [record, 'TYPE'] as const),
  },
  'moments in another form, and moments that there are not': {
    file: 'd\n2026-01-31 25:00:00\n2026-01-31T10:00:61Z\nnow\n1769853600\n',
    schema: dated('date-time'),
    rows: [],
    bad: [0, 1, 2, 3].map((record) => [record, 'TYPE'] as const),
  },
  'column names made to break out of a query': {
    file: `"a""b","c;d--",${'x'.repeat(300)},"'); DROP TABLE x",日本,select,"$1","\\"\n1,2,3,4,5,6,7,8\n`,
    rows: [{ 'a"b': '1', 'c;d--': '2', [`${'x'.repeat(300)}`]: '3', "'); DROP TABLE x": '4', 日本: '5', select: '6', $1: '7', '\\': '8' }],
    bad: [],
  },
  'lines that are no JSON, or no object': {
    file: '[1]\n1\nnull\n{}\n{"n":1} x\n{"n":1,}\n{n:1}\n',
    input: JSONL,
    schema: INTEGER,
    rows: [{}],
    bad: [0, 1, 2, 4, 5, 6].map((record) => [record, 'PARSE'] as const),
    sql: { rows: [{ n: null }] },
  },
  'a key that stands twice': {
    file: '{"n":1,"n":2}\n{"n":3}\n',
    input: JSONL,
    schema: INTEGER,
    rows: [{ n: 3 }],
    bad: [[0, 'PARSE']],
  },
  '__proto__ as a key': {
    file: '{"n":1,"__proto__":{"polluted":1}}\n',
    input: JSONL,
    schema: INTEGER,
    rows: [JSON.parse('{"n":1,"__proto__":{"polluted":1}}')],
    bad: [],
    sql: { rows: [{ n: 1 }] },
  },
  'numbers that JSON has not': {
    file: '{"n":NaN}\n{"n":Infinity}\n{"n":1e999}\n{"n":1}\n',
    input: JSONL,
    schema: NUMBER,
    rows: [{ n: 1 }],
    bad: [0, 1, 2].map((record) => [record, 'PARSE'] as const),
  },
  'values in JSON of another type than the schema says': {
    file: '{"n":1.5}\n{"n":1.0}\n{"n":"7"}\n{"n":true}\n{"n":null}\n{"n":1e19}\n{"n":{}}\n',
    input: JSONL,
    schema: INTEGER,
    rows: [{ n: 1 }, { n: null }],
    bad: [0, 2, 3, 5, 6].map((record) => [record, 'TYPE'] as const),
  },
  'half a character as an escape, and bytes that are none': {
    file: Buffer.from('{"s":"\xff"}\n{"s":"\\ud800"}\n{"s":"a\\u0000b"}\n', 'latin1'),
    input: JSONL,
    schema: { properties: { s: { type: 'string' } } },
    rows: [{ s: 'a\0b' }],
    bad: [
      [0, 'PARSE'],
      [1, 'PARSE'],
    ],
  },
  'a hundred thousand brackets': {
    file: `{"n":1,"v":${deep(100_000)}}\n${deep(100_000)}\n{"n":2}\n`,
    input: JSONL,
    schema: { properties: { n: { type: 'integer' }, v: { type: 'array' } } },
    rows: [{ n: 2 }],
    bad: [
      [0, 'PARSE'],
      [1, 'PARSE'],
    ],
    sql: { rows: [{ n: 2, v: null }] },
  },
};

describe.each(Object.keys(PROCESSORS))('%s', (processor) => {
  test.each(Object.keys(CASES))('%s', async (name) => {
    const { rows, bad, sql, ...given } = CASES[name] as Case & Expected;

    const verdict = await verdictOf(given, processor);

    const own = processor === 'sql' ? sql : {};
    expect(verdict.failure).toBeUndefined();
    expect(verdict.code).toBe(0);
    expect(verdict.rows).toEqual(own?.rows ?? rows);
    expect(verdict.bad.map((one) => [one.record, one.class])).toEqual(own?.bad ?? bad);
    for (const { reason } of verdict.bad) expect(reason).toMatch(/\w+ .+/);
  });

  test('a file without a column that every record must have is refused by name', async () => {
    const { code, failure, rows } = await verdictOf({ file: 's\na\n', schema: { ...INTEGER, required: ['n'] } }, processor);

    expect({ code, rows }).toEqual({ code: 78, rows: [] });
    expect(failure).toMatchObject({ class: 'CONFIG', message: 'incoming/file-0 has no column "n", its columns are: s' });
  });

  test('a record that is longer than a record may be is a fault of the file, named by its place', async () => {
    const file = `n,s\n1,a\n2,${'x'.repeat(100_000)}\n3,c\n`;

    const { code, failure } = await verdictOf({ file, input: { maxRecordBytes: 1000 } }, processor);

    expect(code).toBe(65);
    expect(failure).toMatchObject({
      class: 'DATA',
      message: 'the record of incoming/file-0 that begins at byte 8 is longer than input.maxRecordBytes allows, 1000 bytes',
      hint: expect.stringContaining('input.maxRecordBytes'),
    });
  });

  test('a field of 100 MB is one field where records may be as long', async () => {
    const file = Buffer.concat([Buffer.from('n,s\n1,'), Buffer.alloc(100e6, 'x'), Buffer.from('\n2,b\n')]);

    const { code, rows, failure } = await verdictOf({ file, input: { maxRecordBytes: '128MiB' } }, processor);

    expect(failure).toBeUndefined();
    expect(code).toBe(0);
    expect(rows.map(({ n, s }) => [n, String(s).length])).toEqual([
      ['1', 100e6],
      ['2', 1],
    ]);
  });
});

test('nothing of a hostile key reaches the prototype of other objects', async () => {
  await verdictOf({ file: '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}\n', input: JSONL }, 'module');

  expect(({} as { polluted?: number }).polluted).toBeUndefined();
});

test('columns that only their case tells apart are refused by name where SQL is to read them', async () => {
  const { code, failure } = await verdictOf({ file: 'a,A\n1,2\n' }, 'sql');

  expect(code).toBe(78);
  expect(failure).toMatchObject({
    class: 'CONFIG',
    message: expect.stringContaining('names the columns "a" and "A", which SQL cannot tell apart'),
  });
  expect((await verdictOf({ file: 'a,A\n1,2\n' }, 'module')).rows).toEqual([{ a: '1', A: '2' }]);
});

test('whole numbers of 64 bits are exact in SQL', async () => {
  const file = '{"n":9223372036854775807}\n{"n":-9223372036854775808}\n{"n":9223372036854775808}\n';

  const { rows, bad } = await verdictOf({ file, input: JSONL, schema: INTEGER, query: 'SELECT n::VARCHAR AS n FROM input' }, 'sql');

  expect(rows).toEqual([{ n: '9223372036854775807' }, { n: '-9223372036854775808' }]);
  expect(bad.map(({ record }) => record)).toEqual([2]);
});

test('a query that meets a value which it cannot take is a fault of the data, one that is wrong is one of the job', async () => {
  const file = 'n\n1\nx\n';

  expect(await verdictOf({ file, query: 'SELECT n::INTEGER AS n FROM input' }, 'sql')).toMatchObject({
    code: 65,
    failure: { class: 'DATA', hint: expect.stringContaining('TRY_CAST') },
  });
  expect(await verdictOf({ file, query: 'SELECT no_such FROM input' }, 'sql')).toMatchObject({ code: 78, failure: { class: 'CONFIG' } });
});
