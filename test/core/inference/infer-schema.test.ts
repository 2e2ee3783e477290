import fc from 'fast-check';
import { Fault } from '../../../core/fault';
import { explained, inferSchema, isInferred, readAsText, type Sample, wantsInference } from '../../../core/inference/infer-schema';
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

describe('a column with a value that is a slip', () => {
  const amounts = (rows: number, ...bad: readonly string[]): Sample =>
    whole(`id,amount\n${Array.from({ length: rows }, (_, i) => `${i},${bad[i] ?? `${i}.5`}\n`).join('')}`);
  const typeOf = (sample: Sample, skipLimit: number | string, bytesPerSampled = 1) =>
    (inferSchema([sample], CSV, { skipLimit, bytesPerSampled })?.properties as Record<string, unknown> | undefined)?.amount;

  test.each<[string, Sample, number | string, number, unknown]>([
    ['within a share', amounts(1000, 'n/a'), '0.1%', 1, number],
    ['within a count', amounts(100, 'n/a', '12x'), 2, 1, number],
    ['of a sample too small to tell the share, in a run that may have it', amounts(100, 'n/a'), '0.1%', 20, number],
    ['that is one of four', amounts(4, 'n/a'), 1, 1, number],
    ['that is one of three', amounts(3, 'n/a'), 1, 1, text],
    ['beyond a count', amounts(100, 'n/a', '12x'), 1, 1, text],
    ['beyond a share', amounts(100, 'n/a', '12x'), '1%', 100, text],
    ['in a run that may have none', amounts(100, 'n/a'), '0.1%', 1, text],
    ['that nothing allows', amounts(1000, 'n/a'), 0, 1, text],
    ['that is a number to people: a leading zero', amounts(1000, '007'), '50%', 1, text],
    ['that is a number to people: a comma', amounts(1000, '"1,5"'), '50%', 1, text],
    ['with more digits than a number keeps', amounts(1000, '0.12345678901234567'), '50%', 1, text],
    ['among too many of its kind', amounts(50, ...Array(6).fill('n/a')), '100%', 1, text],
  ])('%s', (_, sample, skipLimit, bytesPerSampled, type) => {
    expect(typeOf(sample, skipLimit, bytesPerSampled)).toEqual(type);
  });

  test('slips of all columns are within the limit together, or the column with more of them is text', () => {
    const rows = ['1,n/a', 'x,2', '3,-', ...Array.from({ length: 97 }, (_, i) => `${i},${i}`)];
    const file = whole(`a,b\n${rows.join('\n')}\n`);

    expect(inferSchema([file], CSV, { skipLimit: 3 })?.properties).toEqual({ a: integer, b: integer });
    expect(inferSchema([file], CSV, { skipLimit: 2 })?.properties).toEqual({ a: integer, b: text });
  });

  test('JSON lines have the same rule', () => {
    const lines = ['{"n":"n/a"}', ...Array.from({ length: 99 }, (_, i) => `{"n":${i}}`)].join('\n');
    const zeros = lines.replace('n/a', '007');

    expect(inferSchema([whole(`${lines}\n`)], JSONL, { skipLimit: '1%' })?.properties).toEqual({ n: integer });
    expect(inferSchema([whole(`${lines}\n`)], JSONL)?.properties).toEqual({ n: {} });
    expect(inferSchema([whole(`${zeros}\n`)], JSONL, { skipLimit: '1%' })?.properties).toEqual({ n: {} });
  });

  test('a column that is text for a few of its values says why, and how to decide', () => {
    const inferred = inferSchema([{ ...amounts(500, '1', '2', 'n/a', '?'), key: 'in/a.csv' }], CSV);

    expect(readAsText(inferred, 'SELECT Amount * 2 FROM input')).toBe(
      'the column "amount" was read as text, because 2 of 500 sampled values are no numbers, as they are written, the first being "n/a" in record 3 of in/a.csv: write input.schema to decide, or raise errors.skipLimit to set such records aside',
    );
    expect(readAsText(inferred, 'SELECT id FROM input')).toBeUndefined();
    expect(readAsText(inferSchema([amounts(20, 'n/a', '?', '-')], CSV, { skipLimit: '50%' }), 'SELECT amount * 2 FROM input')).toMatch(
      /3 of 20 .*: write input.schema to decide$/,
    );
    expect(readAsText(inferSchema([whole('id,amount\n1,\n')], CSV), 'SELECT amount * 2 FROM input')).toMatch(
      /none of the sampled records has a value/,
    );
  });
});
