import { isUtf8 } from 'node:buffer';
import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { Fault } from '../../../core/fault';
import { FieldSpans, OUTPUT_DIALECT, splitFields } from '../../../core/records';
import { DelimitedParser } from '../../../worker/rows/delimited';
import { columnsOf } from '../../../worker/schema/columns';

const BACKSLASH = { ...OUTPUT_DIALECT, escape: '\\' };
const SEMICOLONS = { ...OUTPUT_DIALECT, delimiter: ';', quote: "'", escape: "'" };
const DIALECTS = [OUTPUT_DIALECT, BACKSLASH, SEMICOLONS];

/** Text made of what matters to a delimited record, so that quotes and escapes meet often; never empty, never a line break outside. */
const trickyRecord = fc
  .array(fc.constantFrom('"', "'", '\\', ',', ';', 'a', '12', 'é', '😀', ' ', '\0', '""', '\\"', '","', '\r'), {
    minLength: 1,
    maxLength: 14,
  })
  .map((pieces) => pieces.join(''));
const names = (count: number): readonly string[] => Array.from({ length: count }, (_, i) => `c${i}`);

function recordOf(text: string | Buffer, columns: ReturnType<typeof columnsOf>, dialect = OUTPUT_DIALECT) {
  const parser = new DelimitedParser(columns, dialect);
  const bytes = Buffer.concat([Buffer.from('é before'), Buffer.from(text)]);
  parser.load(bytes, 3, bytes.length);
  return parser.parse(9, bytes.length);
}

test('the fields of any record are those of its text', () => {
  fc.assert(
    fc.property(trickyRecord, fc.constantFrom(...DIALECTS), (text, dialect) => {
      const fields = splitFields(text, dialect);
      const record = recordOf(text, columnsOf(names(fields?.length ?? 3), undefined), dialect);

      if (fields) expect(Object.values(record)).toEqual(fields.map((field) => (field === '' ? null : field)));
      else expect(record).toEqual(new Fault('PARSE', 'has malformed quotes'));
    }),
    { numRuns: 5000 },
  );
});

test('any fields that were quoted where they must be are read as csv-parse reads them', () => {
  const field = fc.oneof(fc.string({ unit: 'grapheme' }), fc.constantFrom('', '"', 'a,b', 'two\nlines', 'two\r\nlines', ' x ', '""', '\0'));
  fc.assert(
    fc.property(fc.array(field, { minLength: 1, maxLength: 6 }), (fields) => {
      const text = fields.map((value) => (/["\r\n,]/.test(value) || value === '' ? `"${value.replaceAll('"', '""')}"` : value)).join(',');
      const [expected] = parse(text, { relax_quotes: false }) as string[][];

      const record = recordOf(text, columnsOf(names(fields.length), undefined));

      expect(Object.values(record).map((value) => value ?? '')).toEqual(expected);
    }),
    { numRuns: 2000 },
  );
});

test('bytes that are not UTF-8 make no field end elsewhere', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 20 }), (bytes) => {
      const clean = Buffer.from(bytes.filter((byte) => byte !== 10));
      const spans = new FieldSpans(OUTPUT_DIALECT, 30);

      const fields = splitFields(clean.toString('latin1'), OUTPUT_DIALECT);

      expect(spans.split(clean, 0, clean.length)).toBe(fields !== undefined);
      if (fields) expect(spans.count).toBe(fields.length);
      if (fields && isUtf8(clean)) expect(recordOf(clean, columnsOf(names(spans.count), undefined))).not.toBeInstanceOf(Fault);
    }),
    { numRuns: 2000 },
  );
});

/** How values were typed before numbers were read from bytes: the meaning, in few words. */
function typed(text: string, kind: string): unknown {
  if (text === '') return null;
  if (kind === 'integer') return /^\s*[+-]?\d+\s*$/.test(text) && Number.isSafeInteger(Number(text)) ? Number(text) : 'no';
  const isNumber = /^\s*[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?\s*$/.test(text);
  return isNumber && Number.isFinite(Number(text)) ? Number(text) : 'no';
}

const numberText = fc.oneof(
  fc.maxSafeInteger().map(String),
  fc.double().map(String),
  fc.tuple(fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n }), fc.nat(18)).map(([digits, places]) => {
    const text = String(digits);
    const at = Math.max(text.startsWith('-') ? 1 : 0, text.length - places);
    return `${text.slice(0, at)}.${text.slice(at)}`;
  }),
  fc.array(fc.constantFrom('-', '+', '.', '0', '1', '9', 'e', ' ', 'x'), { maxLength: 6 }).map((pieces) => pieces.join('')),
  fc.constantFrom('-0', '-0.0', '.', '-', '-.', '5.', '.5', '-.5', '9007199254740993', '0.1', '1e3', '999999999999999', '-00012'),
);

test.each(['integer', 'number'])('any text is, or is not, a value of kind %s by its own words', (kind) => {
  const columns = columnsOf(['n'], { properties: { n: { type: kind } } });
  fc.assert(
    fc.property(numberText, (text) => {
      const record = recordOf(text, columns);
      const value = record instanceof Fault ? 'no' : record.n;

      expect(Object.is(value, typed(text, kind))).toBe(true);
    }),
    { numRuns: 5000 },
  );
});

test.each([
  ['yes', true],
  ['FALSE', false],
  ['1', true],
  ['constructor', undefined],
  ['2', undefined],
])('%s as a boolean is %s', (text, value) => {
  const record = recordOf(text, columnsOf(['b'], { properties: { b: { type: 'boolean' } } }));

  expect(record instanceof Fault ? undefined : record.b).toBe(value);
});

test('a record is a plain object, whatever its columns are called', () => {
  const columns = columnsOf(['b', '10', '9', '__proto__', 'toString', '"];throw 1;["', '\u2028'], undefined);

  const record = recordOf('1,2,3,4,5,6,7', columns) as Record<string, unknown>;

  expect(Object.getPrototypeOf(record)).toBe(Object.prototype);
  expect(Object.keys(record)).toEqual(['9', '10', 'b', '__proto__', 'toString', '"];throw 1;["', '\u2028']);
  expect(JSON.stringify({ ...record })).toBe(
    '{"9":"3","10":"2","b":"1","__proto__":"4","toString":"5","\\"];throw 1;[\\"":"6","\u2028":"7"}',
  );
});

test('a record with more fields than columns is told by their number', () => {
  expect(recordOf('1,2,3', columnsOf(['a'], undefined))).toEqual(new Fault('PARSE', 'has 3 fields, expected 1'));
});
