import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { withRun } from '../a-run';

/** A record is good or bad, whatever processes it: SQL's compiled checks and the validator say the same of every one. */

type Schema = Record<string, unknown>;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'parity-'));
  writeFileSync(path.join(folder, 'copy.js'), 'module.exports = { process: (record) => ({ n: record.n }) };');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Numbers of the records that a processor does not get to see. */
async function badRecords(process: Schema, schema: Schema, file: string): Promise<readonly number[]> {
  const spec = { input: { prefix: 'incoming/', format: 'csv' }, process, output: { format: 'jsonl' }, errors: { skipLimit: '100%' } };
  return withRun({ files: [file], spec, schemas: { input: schema }, jobsFolder: folder }, async (run) => {
    expect({ code: await run.work(), complaints: run.complaints() }).toEqual({ code: 0, complaints: [] });
    return (await run.quarantined()).map(({ record }) => record).toSorted((a, b) => a - b);
  });
}

interface Verdicts {
  readonly sql: readonly number[];
  readonly module: readonly number[];
}

/** `n` numbers the records; `c` is the column in question. */
async function verdicts(column: Schema, values: readonly string[], { required = false, closed = false } = {}): Promise<Verdicts> {
  const schema = {
    type: 'object',
    properties: { n: { type: 'integer' }, c: column },
    required: required ? ['n', 'c'] : ['n'],
    ...(closed && { additionalProperties: false }),
  };
  const cell = (value: string): string => (/[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value);
  const file = `n,c\n${values.map((value, n) => `${n},${cell(value)}\n`).join('')}`;
  const sql = await badRecords({ sql: 'SELECT n FROM input' }, schema, file);
  return { sql, module: await badRecords({ module: 'copy.ts' }, schema, file) };
}

const VALUES = [
  ...['', '0', '1', '-1', '+5', ' 7 ', '007', '1.0', '1.5', '0.1', '0.3', '1e3', '1_000', '0x10', '1e999', '-0', '.5', '5.', '+-1', '--1'],
  ...['9007199254740991', '99999999999999999999', 'NaN', 'nan', 'Infinity', '-inf', 'null', 'true', 'TRUE', 'False', 'yes', 't', '2'],
  ...[
    '2024-02-29',
    '2023-02-29',
    '2024/1/2',
    '2024-01-02 03:04',
    '2024-01-02T03:04:05Z',
    '2024-01-02T03:04:05.5+02:00',
    '24-01-02',
    'today',
  ],
  ...[
    'a',
    'abc',
    'ABC',
    'ä',
    'ß',
    '😀',
    '😀😀',
    'a b',
    ' a',
    'a\nb',
    'x"y',
    'z,z',
    'a\u2028b',
    '\u00a0',
    'é',
    'e\u0301',
    '%',
    '_',
    '(',
    '$',
  ],
];

const bound = fc.constantFrom(-1, 0, 1, 2, 1.5, 1000);
const maybe = <T>(values: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(values, { nil: undefined, freq: 1 });

const numeric = fc.record({
  minimum: maybe(bound),
  maximum: maybe(bound),
  exclusiveMinimum: maybe(bound),
  exclusiveMaximum: maybe(bound),
  multipleOf: maybe(fc.constantFrom(1, 2, 0.1, 0.5, 3)),
  enum: maybe(fc.constantFrom([1, 2, null], [0, 'x'], [1.5], [null])),
  const: maybe(fc.constantFrom(1, 0, 'x')),
});
const PATTERNS = [
  '^a',
  'c$',
  '^[a-c]+$',
  '^\\w+$',
  '^\\s',
  '.',
  '^.$',
  '^..$',
  '\\d{2,3}',
  '(ab|😀)',
  '^[^a]*$',
  '\\p{L}',
  '[\\s\\S]',
  '^\\u00e4$',
  '\\$',
];
const textual = fc.record({
  minLength: maybe(fc.nat(3)),
  maxLength: maybe(fc.nat(3)),
  pattern: maybe(fc.constantFrom(...PATTERNS)),
  enum: maybe(fc.constantFrom(['a', 'abc', null], ['1'], [1])),
  const: maybe(fc.constantFrom('a', '😀')),
});
const typed = (type: string, keywords: fc.Arbitrary<Schema>): fc.Arbitrary<Schema> =>
  fc.tuple(fc.constantFrom<unknown>(type, [type, 'null'], [type]), keywords).map(([of, more]) => ({ type: of, ...more }));

const columns: fc.Arbitrary<Schema> = fc.oneof(
  typed('integer', numeric),
  typed('number', numeric),
  typed('string', textual),
  typed('boolean', fc.record({ const: maybe(fc.constantFrom(true, false)), enum: maybe(fc.constantFrom([true], [false, null])) })),
  typed(
    'string',
    fc.record({ format: fc.constantFrom('email', 'uuid', 'ipv4', 'time', 'uri-reference'), maxLength: maybe(fc.constant(9)) }),
  ),
  typed('string', fc.record({ format: fc.constantFrom('date', 'date-time'), minLength: maybe(fc.constant(10)) })),
  fc.constantFrom<Schema>(
    {},
    { anyOf: [{ const: 'a' }, { maxLength: 1 }] },
    { type: 'string', not: { pattern: 'b' } },
    { minLength: 2 },
    { type: 'null' },
    { type: ['integer', 'boolean'] },
  ),
);

/** Keywords that were not drawn are not there. */
const defined = (schema: Schema): Schema => Object.fromEntries(Object.entries(schema).filter(([, value]) => value !== undefined));

test('SQL and functions refuse the same records, for any column schema and any text', async () => {
  await fc.assert(
    fc.asyncProperty(
      columns.map(defined),
      fc.shuffledSubarray(VALUES, { minLength: 12, maxLength: 30 }),
      fc.record({ required: fc.boolean(), closed: fc.boolean() }),
      async (column, values, how) => {
        const { sql, module } = await verdicts(column, values, how);

        expect({ column, bad: sql.map((n) => values[n]) }).toEqual({ column, bad: module.map((n) => values[n]) });
      },
    ),
    { numRuns: 60 },
  );
}, 180_000);

const MOMENTS = [
  ...[
    '2024-02-29',
    '2023-02-29',
    '2024/1/2',
    '2024-01-02 03:04',
    '2024-01-02T03:04:05Z',
    '2024-01-02 03:04:05.123456',
    '24-01-02',
    '999-01-02',
  ],
  ...[
    '12024-01-02',
    '2024-13-01',
    '2024-01-32',
    '2024-01-02 24:00:00',
    '2024-01-02 25:00',
    '2024-01-02 3:4:5',
    '2024-1-2T3',
    'today',
    'infinity',
  ],
  ...[
    '2024-01-02 03:04:05 UTC',
    '9999-12-31 23:59:59',
    '1000-01-01',
    '10000-01-01',
    '2024-01-02 ',
    '2024-01-02 03:04:61',
    '20240102',
    '2024-01',
    '',
  ],
];
/** Each of them has the engine read moments as text. */
const SHIFTS = [
  '0999-12-31',
  '2024-01-02 03:04:05+02',
  '2024-01-02 03:04:05-02:00',
  ' 2024-01-02',
  '-2024-01-02',
  '+2024-01-02',
  'epoch',
  '2024-01-02 (BC)',
  '002024-01-02',
  '\t2024-01-02',
];

test.each([...SHIFTS, ''])('moments beside %j are what they are to functions', async (shift) => {
  const values = [...MOMENTS, shift];

  const { sql, module } = await verdicts({ type: 'string', format: 'date-time' }, values);

  expect(sql.map((n) => values[n])).toEqual(module.map((n) => values[n]));
  expect(sql.length).toBeGreaterThan(8);
});

test.each<[string, Schema, readonly string[], readonly string[]]>([
  ['a length counts code points', { type: 'string', maxLength: 1 }, ['😀', 'ä', '😀😀'], ['😀😀']],
  ['a tenth is a multiple of a tenth', { type: 'number', multipleOf: 0.1 }, ['0.1', '0.2', '0.25'], ['0.25']],
  ['a whole number is written without a point', { type: 'integer' }, ['1', '1.0', '1.5', '1_000'], ['1.0', '1.5', '1_000']],
  ['a dot takes no line separator', { type: 'string', pattern: '^a.b$' }, ['axb', 'a\u2028b', 'a\nb'], ['a\u2028b', 'a\nb']],
  ['null is in an enum that says so', { type: ['string', 'null'], enum: ['a', null] }, ['a', '', 'b'], ['b']],
  [
    'what SQL cannot check is checked all the same',
    { type: 'string', format: 'time' },
    ['12:00:00Z', '12:00:00', '25:00:00Z'],
    ['12:00:00', '25:00:00Z'],
  ],
  [
    'a day has no time',
    { type: 'string', format: 'date' },
    ['2024-02-29', '2023-02-29', '2024-01-02 03:04'],
    ['2023-02-29', '2024-01-02 03:04'],
  ],
])('%s', async (_name, column, values, bad) => {
  const { sql, module } = await verdicts(column, values, { required: false });

  const named = (numbers: readonly number[]) => numbers.map((n) => values[n]);
  expect({ sql: named(sql), module: named(module) }).toEqual({ sql: bad, module: bad });
});
