import fc from 'fast-check';
import { JsonLines, type Row } from '../../../worker/rows/serialize-json';

const linesOf = (rows: readonly unknown[]): string => {
  const lines = new JsonLines();
  for (const row of rows) lines.add(row as Row);
  return lines.take().toString('utf8');
};
const expected = (rows: readonly unknown[]): string => rows.map((row) => `${JSON.stringify(row)}\n`).join('');

/** Strings of all sorts: any UTF-16, also halves of pairs, controls, quotes, and long ones. */
const anyString = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: 'grapheme' }),
  fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 8 }).map((units) => String.fromCharCode(...units)),
  fc.string({ minLength: 90, maxLength: 300 }),
);
const anyValue = fc.oneof(
  anyString,
  fc.double(),
  fc.integer(),
  fc.maxSafeInteger(),
  fc.boolean(),
  fc.constantFrom(
    null,
    undefined,
    Number.NaN,
    -0,
    2 ** 31,
    -(2 ** 31),
    new Date(0),
    Symbol('s'),
    () => 1,
    [1, undefined],
    new Date(Number.NaN),
  ),
  fc.jsonValue(),
);

test('any rows are written as JSON.stringify writes them', () => {
  fc.assert(
    fc.property(fc.array(fc.dictionary(anyString, anyValue), { maxLength: 6 }), (rows) => {
      expect(linesOf(rows)).toBe(expected(rows));
    }),
    { numRuns: 1000 },
  );
});

test('rows of one shape and values of any type are written as JSON.stringify writes them', () => {
  const row = fc.record({ a: anyValue, 'b"ü': anyValue, c: anyValue }, { requiredKeys: [] });
  fc.assert(
    fc.property(fc.array(row, { maxLength: 20 }), (rows) => {
      expect(linesOf(rows)).toBe(expected(rows));
    }),
    { numRuns: 1000 },
  );
});

class Point {
  constructor(readonly x: number) {}
  get twice(): number {
    return 2 * this.x;
  }
}
const inherited = Object.create({ a: 1 }, { b: { value: 2, enumerable: true }, hidden: { value: 3 } }) as Row;
const bare = Object.assign(Object.create(null), { a: 1 }) as Row;

test.each<[string, unknown]>([
  ['an empty row', {}],
  ['values that JSON leaves out only', { a: undefined, b: () => 1 }],
  ['the first value left out', { a: undefined, b: 1 }],
  ['an instance of a class', new Point(1)],
  ['inherited and hidden properties', inherited],
  ['no prototype', bare],
  ['numbers as names', { b: 1, 2: 'x', 1: 'y' }],
  ['__proto__ as a name', JSON.parse('{"__proto__": {"a": 1}, "b": 2}')],
  ['a row that tells itself how it is written', { toJSON: () => ({ told: 1 }) }],
  ['a value that asks for its name', { a: { toJSON: (name: string) => `I am ${name}` } }],
  ['a value that is nothing in JSON', { a: { toJSON: () => undefined }, b: 1 }],
  ['boxed values', { a: new String('s'), b: new Number(1), c: new Boolean(false) }],
  [
    'getters',
    {
      get a() {
        return 'got';
      },
    },
  ],
  ['the ends of 32 bits', { a: 2147483647, b: -2147483648, c: 2147483648, d: 1e21, e: 1e-7, f: 0.1 }],
  ['a pair and its halves', { a: '😀', b: '\ud83d', c: '\ude00', d: 'é€' }],
  ['line separators', { '\u2028': '\u2029' }],
])('%s', (_, row) => {
  expect(linesOf([{ z: 1 }, row, { z: 2 }])).toBe(expected([{ z: 1 }, row, { z: 2 }]));
});

test('a row that cannot be written leaves nothing behind', () => {
  const lines = new JsonLines();
  lines.add({ a: 1 });

  expect(() => lines.add({ a: 'begun', b: 1n })).toThrow(/BigInt/);
  lines.add({ a: 2 });

  expect(lines.take().toString()).toBe('{"a":1}\n{"a":2}\n');
});

test('what is taken stays as it is, and a value larger than the buffer fits', () => {
  const lines = new JsonLines();
  lines.add({ a: 1 });
  const first = lines.take();
  lines.add({ a: 'é'.repeat(200_000), b: 'x' });

  expect(lines.length).toBe(400_017);
  expect(lines.take().toString()).toBe(`{"a":"${'é'.repeat(200_000)}","b":"x"}\n`);
  expect(first.toString()).toBe('{"a":1}\n');
});

test('rows larger than what was set aside for them, of changing shapes, are whole wherever a slab ends', () => {
  const rows = Array.from({ length: 400 }, (_, row) =>
    Object.fromEntries(
      Array.from({ length: (row * 7) % 150 }, (_, column) => [
        `${'n'.repeat((row * column) % 120)}${column}`,
        (row + column) % 5 === 0 ? 'é'.repeat((row * column) % 200) : (row + column) % 3 ? row * column : `"${'x'.repeat(column % 97)}`,
      ]),
    ),
  );

  const text = expected(rows);

  expect(Buffer.byteLength(text)).toBeGreaterThan(3 * 1024 * 1024);
  expect(linesOf(rows) === text).toBe(true);
});

test('law: rows that keep their columns are written alike, whatever their values turn into, and columns may change again', () => {
  const long = fc.integer({ min: 90, max: 400_000 }).map((length) => 'é"'.repeat(length / 2));
  const scalar = fc.oneof(
    { weight: 20, arbitrary: fc.oneof(fc.string(), fc.integer(), fc.double(), fc.boolean(), fc.constant(null)) },
    long,
  );
  const value = fc.oneof({ weight: 20, arbitrary: scalar }, anyValue);
  const keys = fc.uniqueArray(fc.oneof(fc.string(), fc.constantFrom('__proto__', 'a"\u2028', '1', 'é')), { minLength: 1, maxLength: 4 });
  const shape = keys.chain((names) =>
    fc
      .array(fc.array(value, { minLength: names.length, maxLength: names.length }), { minLength: 1, maxLength: 12 })
      .map((all) => all.map((values) => Object.fromEntries(names.map((name, i) => [name, values[i]])))),
  );
  fc.assert(
    fc.property(fc.array(shape, { maxLength: 4 }), (shapes) => {
      const rows = shapes.flat();

      expect(linesOf(rows)).toBe(expected(rows));
    }),
    { numRuns: 200 },
  );
});

test('a row that throws in its middle leaves nothing of it behind, also when its columns are known', () => {
  const lines = new JsonLines();
  const row = { id: 1, name: 'x' };
  for (let i = 0; i < 3; i += 1) lines.add(row);

  expect(() => lines.add({ id: 1, name: 1n })).toThrow(/BigInt/);
  lines.add(row);

  expect(lines.take().toString('utf8')).toBe(expected([row, row, row, row]));
});
