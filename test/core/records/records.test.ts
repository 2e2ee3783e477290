import {
  countRecords,
  dialectOf,
  findRecordStart,
  framingOf,
  nothingAt,
  OUTPUT_DIALECT,
  OwnedLines,
  parseHeader,
  splitFields,
} from '../../../core/records';

const BACKSLASH = { ...OUTPUT_DIALECT, escape: '\\' };

test.each([
  ['plain', 'a,b,c', ['a', 'b', 'c']],
  ['empty fields', ',,', ['', '', '']],
  ['a quoted delimiter', '"a,b",c', ['a,b', 'c']],
  ['doubled quotes', '"say ""hi""",x', ['say "hi"', 'x']],
  ['an empty quoted field', '"",x', ['', 'x']],
  ['a quoted line break', '"a\r\nb",c', ['a\r\nb', 'c']],
  ['a quote in the middle, which is a character', '5" tall,x', ['5" tall', 'x']],
  ['a quote after a space, which opens nothing', ' "a",b', [' "a"', 'b']],
])('fields of a record with %s', (_name, record, fields) => {
  expect(splitFields(record, OUTPUT_DIALECT)).toEqual(fields);
});

test.each([
  ['text after the closing quote', '"a"b,c'],
  ['a quote that is never closed', 'a,"b'],
])('a record with %s is malformed', (_name, record) => {
  expect(splitFields(record, OUTPUT_DIALECT)).toBeUndefined();
});

test.each([
  ['an escaped quote', '"say \\"hi\\"",x', ['say "hi"', 'x']],
  ['an escaped escape before the closing quote', '"a\\\\",x', ['a\\', 'x']],
  ['an escape before something else', '"a\\n",x', ['a\\n', 'x']],
])('with backslashes: %s', (_name, record, fields) => {
  expect(splitFields(record, BACKSLASH)).toEqual(fields);
});

describe('the header', () => {
  const header = (text: string) => parseHeader(Buffer.from(text), OUTPUT_DIALECT, { complete: true });

  test.each([
    ['LF', 'a,b\n1,2\n', ['a', 'b']],
    ['CRLF', 'a,b\r\n1,2\r\n', ['a', 'b']],
    ['a byte order mark', '\ufeffa,b\n', ['a', 'b']],
    ['no line break at all', 'a,b', ['a', 'b']],
    ['a quoted name with a line break', '"a\nx",b\n', ['a\nx', 'b']],
    ['hostile names', '"a""; DROP TABLE x; --",b\n', ['a"; DROP TABLE x; --', 'b']],
  ])('with %s', (_name, text, names) => {
    expect(header(text)).toEqual(names);
  });

  test('that is not yet whole is undefined', () => {
    expect(parseHeader(Buffer.from('a,b'), OUTPUT_DIALECT)).toBeUndefined();
  });

  test.each([
    ['a,b,a\n', /"a" twice/],
    ['a,,c\n', /column 2 of the header has no name/],
    ['\na,b\n', /column 1 of the header has no name/],
    ['"a"x,b\n', /malformed quotes/],
    ['__proto__,b\n', /cannot be a property/],
  ])('%j is refused', (text, message) => {
    expect(() => header(text)).toThrow(message);
  });
});

test.each([
  ['nothing', '', 0],
  ['a header only', 'a,b\n', 0],
  ['a header without a line break', 'a,b', 0],
  ['empty lines', 'a,b\n\n1,2\n\r\n3,4\n\n', 2],
  ['no final line break', 'a,b\n1,2', 1],
  ['quoted line breaks', 'a,b\n"1\n\n2",3\n', 1],
  ['a quote that is never closed', 'a,b\n1,"2\n3,4\n', 1],
])('records of a file with %s', (_name, text, count) => {
  expect(countRecords(Buffer.from(text), OUTPUT_DIALECT)).toBe(count);
});

test('lines are counted without a dialect', () => {
  expect(countRecords(Buffer.from('{"a":"\\""}\n\n{}\n'))).toBe(2);
});

describe('the first record after a cut', () => {
  const framing = framingOf(OUTPUT_DIALECT);
  const rest = '1,x\n2,"y\nz"\n3,w\n';

  test('is found outside quotes', () => {
    expect(findRecordStart(Buffer.from(`tail,of it\n${rest}`), framing, 2)).toBe(11);
  });

  test('is found although the cut lies inside a quoted field full of lines', () => {
    const inside = 'first line of a note\nsecond, with, commas\nthird';

    expect(findRecordStart(Buffer.from(`${inside}",5\n${rest}`), framing, 2)).toBe(inside.length + 4);
  });

  test('is unknown when the bytes end before it', () => {
    expect(findRecordStart(Buffer.from('no line break'), framing, 2)).toBe(-1);
  });
});

describe('a slice', () => {
  const file = Buffer.from('k,v\n1,aaaaaaaaaaaaaaaaaaaa\n2,b\n');
  const find = (start: number, end: number) =>
    new OwnedLines({ start, end, bytes: file.length, dialect: OUTPUT_DIALECT }).find(file.subarray(Math.max(0, start - 1)));

  test('with the header covers it and does not count it', () => {
    expect(find(0, 5)).toEqual({ start: 0, end: 27, body: 4, records: 1, longest: { start: 4, end: 26 } });
  });

  test('inside one long record is empty and stands where the next record begins', () => {
    expect(find(8, 16)).toEqual(nothingAt(27));
  });

  test('that begins exactly at a record owns it', () => {
    expect(find(27, 31)).toEqual({ start: 27, end: 31, body: 27, records: 1, longest: { start: 27, end: 30 } });
  });

  test('whose known start lies past its end owns nothing, and stands there', () => {
    const lines = new OwnedLines({ start: 27, end: 16, bytes: file.length, dialect: OUTPUT_DIALECT, proven: true });

    expect(lines.find(Buffer.alloc(0))).toEqual(nothingAt(27));
  });

  test('whose window is too short says so', () => {
    const lines = new OwnedLines({ start: 0, end: 6, bytes: file.length, dialect: OUTPUT_DIALECT });

    expect(lines.find(file.subarray(0, 6))).toBeUndefined();
    expect(lines.find(file.subarray(0, 27))?.end).toBe(27);
  });
});

describe('the dialect', () => {
  const input = { prefix: 'in/', format: 'csv' as const };

  test('of tsv is tabs, whatever else it says', () => {
    expect(dialectOf({ ...input, format: 'tsv', csv: OUTPUT_DIALECT })?.delimiter).toBe('\t');
  });

  test('of other formats is none', () => {
    expect(dialectOf({ ...input, format: 'jsonl' })).toBeUndefined();
    expect(dialectOf({ ...input, format: 'parquet' })).toBeUndefined();
  });

  test('must be ASCII', () => {
    expect(() => framingOf({ ...OUTPUT_DIALECT, delimiter: '§' })).toThrow(/csv.delimiter is "§", allowed: one ASCII character/);
  });
});
