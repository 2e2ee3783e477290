import { runInNewContext } from 'node:vm';
import { type DuckDBConnection, DuckDBInstance, LIST, listValue, VARCHAR } from '@duckdb/node-api';
import Ajv2020 from 'ajv/dist/2020';
import addFormats from 'ajv-formats';
import fc from 'fast-check';
import { FORMAT_NAMES, FORMATS } from '../../../core/json-schema/formats';
import { CONVERTERS, NOT_A_VALUE } from '../../../worker/rows/convert';
import { compileText } from '../../../worker/schema/checks';
import { columnsOf, type Schema } from '../../../worker/schema/columns';
import { ALL_TEXT } from '../../../worker/schema/reading';
import { validatorOf } from '../../../worker/schema/validator';

/** SQL and the validator say of every value what ajv with ajv-formats says, which are taken straight from their packages as the judge. */

let connection: DuckDBConnection;
beforeAll(async () => {
  connection = await (await DuckDBInstance.create(':memory:')).connect();
});
afterAll(() => connection.closeSync());

const recordOf = (column: Schema): Schema => ({ type: 'object', properties: { c: column }, required: ['c'] });

const judge = new Ajv2020({ allErrors: true, strictTypes: false, multipleOfPrecision: 8 });
addFormats(judge, { mode: 'full', keywords: false });

/** What a field of a delimited file is to functions. */
function converted(column: Schema, text: string): unknown {
  const [{ kind }] = columnsOf(['c'], recordOf(column)) as [ReturnType<typeof columnsOf>[number]];
  return CONVERTERS[kind](text);
}

function byJudge(column: Schema, texts: readonly string[]): readonly boolean[] {
  const validate = judge.compile(recordOf(column));
  return texts.map((text) => converted(column, text)).map((c) => c !== NOT_A_VALUE && validate({ c }));
}

function byValidator(column: Schema, texts: readonly string[]): readonly boolean[] {
  const validate = validatorOf(recordOf(column), 'input');
  return texts.map((text) => converted(column, text)).map((c) => c !== NOT_A_VALUE && validate({ c }) === undefined);
}

/** Undefined where SQL leaves it to the validator. */
async function bySql(column: Schema, texts: readonly string[]): Promise<readonly boolean[] | undefined> {
  const schema = recordOf(column);
  const compiled = compileText(columnsOf(['c'], schema), { schema, modes: ALL_TEXT, dirty: true });
  if (!compiled) return undefined;
  const [{ cast }] = compiled.readings as [(typeof compiled.readings)[number]];
  const casts = cast ? `, ${cast.sql} AS ${cast.alias}` : '';
  const rows = `SELECT unnest($1::VARCHAR[]) AS c, unnest(range(len($1::VARCHAR[]))) AS i`;
  const accept = compiled.checks.flatMap(({ sql, accept: verdict = sql }) => verdict ?? []).join(' AND ');
  const sql = `SELECT CASE WHEN ${accept} THEN true ELSE false END AS ok FROM (SELECT *${casts} FROM (${rows})) ORDER BY i`;
  const read = await connection.runAndReadAll(sql, [listValue([...texts])], [LIST(VARCHAR)]);
  return read.getRowsJson().map(([ok]) => Boolean(ok));
}

async function expectAgreement(column: Schema, texts: readonly string[], wanted = byJudge(column, texts)): Promise<void> {
  const named = (verdicts: readonly boolean[] | undefined) => verdicts && texts.filter((_, i) => verdicts[i]);
  const sql = await bySql(column, texts);

  expect({ column, validator: named(byValidator(column, texts)) }).toEqual({ column, validator: named(wanted) });
  expect({ column, sql: named(sql ?? wanted) }).toEqual({ column, sql: named(wanted) });
}

const SAMPLES: Readonly<Record<string, readonly string[]>> = {
  date: [
    '2024-02-29',
    '2024-02-30',
    '2023-02-29',
    '0000-02-29',
    '2024/02/29',
    '2024-2-29',
    ' 999-01-02',
    '2024-02-29 ',
    '2024-02-29T00:00:00Z',
    '12024-01-01',
    '0999-12-31',
    '9999-12-31',
    '2024-00-10',
    '2024--1-02',
    '+024-01-02',
    '2024-01-0a',
  ],
  'date-time': [
    '2024-02-29T12:30:00Z',
    '2024-02-29t12:30:00z',
    '2016-12-31T23:59:60Z',
    '2024-02-30T00:00:00Z',
    '2024-02-29 12:30',
    '2024-02-29T12:30:00+01:00',
  ],
  time: [
    '12:30:00Z',
    '12:30:00',
    '23:59:60Z',
    '12:59:60Z',
    '00:29:60+00:30',
    '23:29:60-00:30',
    '12:30:00.123+05',
    '12:30:00z',
    '24:00:00Z',
    '12:30:00+24:00',
    '12:60:00Z',
    '12:30:00 Z',
  ],
  'iso-time': ['12:30:00Z', '12:30:00', '23:59:60', '12:30'],
  'iso-date-time': ['2024-02-29T12:30:00Z', '2024-02-29 12:30:00', '2024-02-29t12:30:00', '2024-02-30T00:00:00'],
  duration: ['P1W', 'P1DT12H', 'P', 'PT', 'P1DT', 'PT1S', 'P1Y2M3DT4H5M6S', 'P1W2D', 'P1.5D', '-P1D', 'p1d', 'PT0S'],
  email: [
    'joe@example.com',
    'j.o.e+x@example.co.uk',
    'jöe@example.com',
    'joe@exämple.com',
    'joe@localhost',
    '.joe@example.com',
    'joe@-a.com',
    'JOE@EXAMPLE.COM',
    '"joe"@example.com',
    'joe@example.com\n',
    'ſ@example.com',
    'joe@example.K',
  ],
  hostname: [
    'example.com',
    'example.com.',
    'a'.repeat(63),
    'a'.repeat(64),
    `${'a.'.repeat(126)}a`,
    `${'a.'.repeat(126)}a.`,
    `${'a.'.repeat(127)}`,
    '-a.com',
    'a-.com',
    'EXAMPLE',
    'xn--e1a.com',
    'ä.com',
    '',
    'K.com',
  ],
  ipv4: ['192.0.2.1', '256.0.0.1', '01.2.3.4', '1.2.3', '0.0.0.0', '255.255.255.255', '1.2.3.4 '],
  ipv6: [
    '::',
    '::1',
    '2001:db8::1',
    'fe80::1%eth0',
    '::ffff:192.0.2.1',
    '1:2:3:4:5:6:7:8',
    '1:2:3:4:5:6:7',
    '1::2::3',
    '2001:DB8::A',
    '12345::',
    '1:2:3:4:5:6:7:8:9',
    '::192.0.2.256',
  ],
  uri: [
    'https://example.com/a?b#c',
    '//example.com',
    '/a',
    'a:',
    'a:b',
    'urn:x',
    'http://[::1]:80/',
    'http://exa mple.com',
    'http:',
    'http://a/%zz',
    'HTTP://A',
    '1a:b',
    'mailto:joe@example.com',
    'http://a"b/',
    'http://ä/',
    'a:b%20c',
    'ſ:b',
    'a://[v1.x]',
  ],
  'uri-reference': ['', 'a', '/a', '//a', '#f', '?q', 'a:b', ':a', 'a b', '\\a', 'http://[::1]', 'a%2', 'ä', '#a#b'],
  'uri-template': ['/a/{b}', '{', '}', '{+a,b*}', '{a:3}', '{a:30000}', '/a b', '{?q}', '<', 'é/{x}', '😀', '%2', '%20', '{#}'],
  url: [
    'http://example.com',
    'https://joe:x@example.com:8080/a?b',
    'http://10.0.0.1',
    'http://127.0.0.1',
    'http://169.254.1.1',
    'http://169.253.1.1',
    'http://192.168.1.1',
    'http://192.167.1.1',
    'http://172.16.0.1',
    'http://172.15.0.1',
    'http://172.32.1.1',
    'http://223.1.1.1',
    'http://224.1.1.1',
    'http://1.1.1.255',
    'http://1.1.1.0',
    'ftp://ä.de',
    'http://localhost',
    'http://a b.de',
    'http\u017f://example.com',
    'http://a-b.de',
    'http://-a.de',
    'http://a.d',
    'http://1.2.3.4@5.6.7.8',
    'http://x@10.1.1.1@5.5.5.5/',
    'http://😀.de',
    'http://a.K',
    'http://01.2.3.4',
    'http://1.002.3.4',
    'http://a.de:1',
    'http://a.de:123456',
  ],
  uuid: [
    '123e4567-e89b-12d3-a456-426614174000',
    '123E4567-E89B-12D3-A456-426614174000',
    'urn:uuid:123e4567-e89b-12d3-a456-426614174000',
    '123e4567e89b12d3a456426614174000',
    '{123e4567-e89b-12d3-a456-426614174000}',
  ],
  'json-pointer': ['', '/', '/a/0', 'a', '/~0~1', '/~2', '/ä/😀', '/a\n'],
  'json-pointer-uri-fragment': ['#', '#/a', '#/%20', '#/%2', '/a', '#/A'],
  'relative-json-pointer': ['0', '1/a', '01', '0#', '2/~', '-1'],
  regex: ['a+', '(', '\\d', '[', 'a\\Z', '(?<a>b)'],
  byte: ['', 'AAAA', 'AAA=', 'AA==', 'A===', 'AAAAA', 'AAAA\nBBBB', 'x\nAAAA', 'AA\nA', 'AA_A'],
  int32: ['0', '2147483647', '2147483648', '-2147483648', '-2147483649', '1.5', '1e3', '1e10', '-0'],
  int64: ['0', '1.5', '9007199254740991', '1e20', '-1.0'],
  float: ['0', '1.5', '1e300'],
  double: ['0', '1e308'],
  password: ['', 'x', '😀'],
  binary: ['', 'x'],
};
const NUMERIC = ['int32', 'int64', 'float', 'double'];
const typeOf = (format: string): string => (NUMERIC.includes(format) ? 'number' : 'string');
/** The one format that is wider than the package's: see the table of formats. */
const JUDGED = FORMAT_NAMES.filter((name) => name !== 'date-time');

/** An empty field is null, which is another matter. */
const isThere = (text: string): boolean => text !== '';
const ALPHABET = [...'aAzZ019.:-/@+%#?[]{}~_=TPWx \n', 'ä', 'ſ', 'K', '😀', '\u2028', '\u00a0', '٣'];

/** Samples with some characters taken out, put in or replaced. */
const mutated = (samples: readonly string[]): fc.Arbitrary<string> =>
  fc
    .tuple(
      fc.constantFrom(...samples),
      fc.array(fc.tuple(fc.nat(40), fc.constantFrom('', ...ALPHABET), fc.integer({ min: 0, max: 2 })), { maxLength: 3 }),
    )
    .map(([sample, edits]) =>
      edits.reduce((text, [at, put, taken]) => {
        const characters = Array.from(text);
        return characters.toSpliced(at % (characters.length + 1), taken, put).join('');
      }, sample),
    );

test.each(JUDGED)('format %s is what the judge says it is', async (format) => {
  const samples = (SAMPLES[format] as readonly string[]).filter(isThere);
  const column = { type: typeOf(format), format };

  await expectAgreement(column, samples);
  await fc.assert(
    fc.asyncProperty(fc.array(mutated(samples).filter(isThere), { minLength: 100, maxLength: 100 }), (texts) =>
      expectAgreement(column, texts),
    ),
    { numRuns: 10 },
  );
});

test('format int32 of whole numbers', () => expectAgreement({ type: 'integer', format: 'int32' }, SAMPLES.int32 as readonly string[]));

test('date-time takes what the judge takes, but for leap seconds and small letters', async () => {
  const column = { type: 'string', format: 'date-time' };
  const texts = [
    '2024-02-29T12:30:00Z',
    '2024-02-29T12:30:00.123456Z',
    '2024-02-29T12:30:00+01:00',
    '2024-02-29T12:30:00-0830',
    '2024-02-30T00:00:00Z',
    '2024-02-29T25:00:00Z',
    '2024-02-29T12:30:00+1',
    'x',
  ];

  await expectAgreement(column, texts);
  await expectAgreement(column, ['2016-12-31T23:59:60Z', '2024-02-29t12:30:00z'], [false, false]);
  await expectAgreement(column, ['2024-02-29 12:30', '2024-02-29', '2024/02/29 12:30'], [true, true, true]);
});

test('every format that SQL is said to check is checked by SQL', async () => {
  const left = [];
  for (const name of FORMAT_NAMES) if (!(await bySql({ type: typeOf(name), format: name }, ['1']))) left.push(name);

  expect(left).toEqual(FORMAT_NAMES.filter((name) => FORMATS[name].by === 'validator'));
});

const NUMBERS = [
  '0',
  '-0',
  '1',
  '1.0',
  '1.5',
  '0.1',
  '0.2',
  '0.3',
  '0.7',
  '1.1',
  '-2',
  '2',
  '3',
  '1e3',
  '1e-3',
  '1e308',
  '-1e308',
  '4503599627370497',
  '9007199254740991',
  '-9007199254740991',
  '0.30000000000000004',
  '100',
  '33',
  '1e22',
  '.5',
  '5.',
];
const TEXTS = [
  'a',
  'ab',
  'abc',
  'é',
  'e\u0301',
  '😀',
  '😀😀',
  '👩‍👩‍👧',
  'a\nb',
  ' ',
  '1',
  '1.0',
  'true',
  'null',
  'x"y',
  "it's",
  '\\',
  'ſ',
  'a\u0000b',
  '%',
  '_',
];
const limit = fc.constantFrom(-2, -0.5, 0, 0.1, 0.3, 1, 1.5, 2, 3, 1e22, 9007199254740991, 4503599627370497);
const step = fc.constantFrom(1, 2, 3, 0.1, 0.01, 0.5, 1.5, 1e-3, 7);
const maybe = <T>(values: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(values, { nil: undefined, freq: 1 });
const ofNumber = fc.record({
  type: fc.constantFrom('number', 'integer', ['number', 'null'], ['integer', 'number']),
  minimum: maybe(limit),
  maximum: maybe(limit),
  exclusiveMinimum: maybe(limit),
  exclusiveMaximum: maybe(limit),
  multipleOf: maybe(step),
  enum: maybe(fc.constantFrom([1, 2, 3], [0.3, 'a'], [1.5, null], ['1'])),
  const: maybe(fc.constantFrom(1, 0.1, '1', null)),
  format: maybe(fc.constantFrom('int32', 'int64', 'float', 'double')),
});
const ofText = fc.record({
  type: fc.constantFrom('string', ['string', 'null'], ['integer', 'string']),
  minLength: maybe(fc.nat(3)),
  maxLength: maybe(fc.nat(3)),
  pattern: maybe(fc.constantFrom('a', '^a', 'b$', '^.$', '\\s', '^\\w+$', '^(?:a|b){1,3}$', "'", '\\p{L}', '\\u0000')),
  enum: maybe(fc.constantFrom(['a', '1'], [1, 'é'], ["it's", '\\'], ['a\u0000b'])),
  const: maybe(fc.constantFrom('a', 1, '😀')),
});
const defined = (schema: Schema): Schema => Object.fromEntries(Object.entries(schema).filter(([, value]) => value !== undefined));

test.each([
  ['numbers', ofNumber, NUMBERS],
  ['texts', ofText, TEXTS],
] as const)('keywords of %s are what the judge says they are', async (_, columns, values) => {
  await fc.assert(
    fc.asyncProperty(columns, async (column) => expectAgreement(defined(column), values)),
    { numRuns: 150 },
  );
});

test.each<[string, Schema, readonly string[], readonly string[]]>([
  [
    'a limit beyond 2^53 is exact for whole numbers',
    { type: 'integer', maximum: 2 ** 53 },
    ['9007199254740992', '9007199254740993'],
    ['9007199254740992'],
  ],
  ['odd numbers beyond 2^53 are odd', { type: 'integer', multipleOf: 2 }, ['9007199254740992', '9007199254740993'], ['9007199254740992']],
])('%s, in SQL, which alone holds them', async (_, column, texts, good) => {
  const verdicts = await bySql(column, texts);

  expect(texts.filter((__, i) => verdicts?.[i])).toEqual(good);
});

/** A backtracking engine takes minutes or years for these; a machine that is busy does not take so long. */
const GENEROUS_MS = 20_000;
const LONG = 100_000;

test.each(FORMAT_NAMES.filter((name) => typeOf(name) === 'string'))('format %s takes linear time on texts made to be slow', (format) => {
  const validate = validatorOf(recordOf({ type: 'string', format }), 'input');
  const units = ['a', 'a:', 'a.', 'a@', '-', 'a-', '1', '/', '//a', '%20', 'AAA\n', '{a}', ':', '?', ' '];
  const heads = ['', 'http://', 'a@', 'a:', '#/', 'P', '2024-01-01T', '::'];
  const texts = heads.flatMap((head) =>
    units.flatMap((unit) => ['!', '\n'].map((tail) => `${head}${unit.repeat(LONG / unit.length)}${tail}`)),
  );
  const work = (): void => {
    for (const c of texts) validate({ c });
  };

  expect(() => runInNewContext('work()', { work }, { timeout: GENEROUS_MS })).not.toThrow();
});
