import fc from 'fast-check';
import { Fault } from '../../../core/fault';
import { explained, inferSchema, isInferred, type Sample, wantsInference } from '../../../core/inference/infer-schema';
import { Input } from '../../../core/spec/sections/input';

const CSV = Input.parse({ prefix: 'in/', format: 'csv' });
const TSV = Input.parse({ prefix: 'in/', format: 'tsv' });
const NO_HEADER = Input.parse({ prefix: 'in/', format: 'csv', csv: { header: false } });
const JSONL = Input.parse({ prefix: 'in/', format: 'jsonl' });

const whole = (text: string): Sample => ({ bytes: Buffer.from(text), complete: true });
const beginning = (text: string): Sample => ({ bytes: Buffer.from(text), complete: false });
const integer = { type: 'integer' };
const number = { type: 'number' };
const text = { type: 'string' };

const propertiesOf = (samples: readonly Sample[], input = CSV): unknown => inferSchema(samples, input)?.properties;

describe('inferSchema', () => {
  test('a delimited file tells a type for every column', () => {
    const file =
      'id,zip,amount,paid,day,moment,note\n1,02134,1,true,2024-01-01,2024-01-01 10:00,a\n2,10001,1.5,false,2024-01-02,2024-01-02,\n';

    expect(propertiesOf([whole(file)])).toEqual({
      id: integer,
      zip: text,
      amount: number,
      paid: { type: 'boolean' },
      day: { type: 'string', format: 'date' },
      moment: { type: 'string', format: 'date-time' },
      note: text,
    });
  });

  test.each([
    ['tabs', TSV, 'a\tb\n1\tx\n', { a: integer, b: text }],
    ['no header', NO_HEADER, '1,x\n2,y\n', { column0: integer, column1: text }],
    ['quoted line breaks, CRLF and a byte order mark', CSV, '\ufeffa,b\r\n1,"x\r\n2,y"\r\n', { a: integer, b: text }],
    ['a column that is always empty', CSV, 'a,b\n1,\n2,\n', { a: integer, b: text }],
    ['records of another width', CSV, 'a,b\n1,x\noops\n2,y,z\n', { a: integer, b: text }],
    ['a header alone', CSV, 'a,b\n', { a: text, b: text }],
  ])('a file with %s', (_name, input, file, properties) => {
    expect(propertiesOf([whole(file)], input)).toEqual(properties);
  });

  test('the last record of a beginning may be cut, and tells nothing', () => {
    expect(propertiesOf([beginning('a,b\n1,2\n3,4.')])).toEqual({ a: integer, b: integer });
    expect(propertiesOf([whole('a,b\n1,2\n3,4.5')])).toEqual({ a: integer, b: number });
  });

  test('files are looked at together: each may have columns of its own, and the wider type wins', () => {
    expect(propertiesOf([whole('a,b\n,2\n'), whole('b,c\n2.5,x\n'), whole('a\n7\n')])).toEqual({ a: integer, b: number, c: text });
  });

  test('JSON lines tell their keys, and a key that was not seen is refused', () => {
    const schema = inferSchema([whole('{"n":1,"s":"x","o":{"a":1}}\n{"n":2.5,"m":1,"z":null}\nnot json\n[1]\n{"m":"two"}\n')], JSONL);

    expect(schema).toMatchObject({ type: 'object', additionalProperties: false });
    expect(schema?.properties).toEqual({ n: number, s: text, o: { type: ['object', 'array'] }, m: {}, z: {} });
  });

  test('nothing is inferred from nothing', () => {
    expect(inferSchema([], CSV)).toBeUndefined();
    expect(inferSchema([whole('')], JSONL)).toBeUndefined();
  });

  test('more of a file never narrows a type', () => {
    const WIDTH = { integer: 0, number: 1, string: 2 } as const;
    const value = fc.oneof(fc.integer().map(String), fc.float({ noNaN: true }).map(String), fc.constantFrom('', 'x', '007'));
    fc.assert(
      fc.property(fc.array(value, { minLength: 1 }), fc.array(value), (first, more) => {
        const typeOf = (rows: readonly string[]): keyof typeof WIDTH => {
          const properties = propertiesOf([whole(`a,b\n${rows.map((row) => `${row},1\n`).join('')}`)]) as Record<'a', { type: 'integer' }>;
          return properties.a.type;
        };
        const known = first.some((row) => row !== '');
        if (known) expect(WIDTH[typeOf([...first, ...more])]).toBeGreaterThanOrEqual(WIDTH[typeOf(first)]);
      }),
    );
  });
});

test('only a query over text without a schema wants one inferred', () => {
  const sql = { sql: 'FROM input' };
  expect(wantsInference({ input: CSV, process: sql })).toBe(true);
  expect(wantsInference({ input: JSONL, process: sql })).toBe(true);
  expect(wantsInference({ input: { ...CSV, schema: 's.json' }, process: sql })).toBe(false);
  expect(wantsInference({ input: Input.parse({ prefix: 'in/', format: 'parquet' }), process: sql })).toBe(false);
  expect(wantsInference({ input: CSV, process: { module: 'm.ts' } })).toBe(false);
});

test('a misfit says that its type was inferred, and what to do; other faults and written schemas do not', () => {
  const inferred = inferSchema([whole('a,b\n1,2\n')], CSV);
  const misfit = new Fault('TYPE', 'column "a" must be integer');

  expect(isInferred(inferred)).toBe(true);
  expect(explained(misfit, inferred).reason).toMatch(/^column "a" must be integer; .*inferred.*input\.schema/);
  expect(explained(misfit, { type: 'object' })).toBe(misfit);
  expect(explained(new Fault('PARSE', 'has malformed quotes'), inferred).reason).toBe('has malformed quotes');
});
