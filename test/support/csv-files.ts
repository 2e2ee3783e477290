import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { framingOf, OUTPUT_DIALECT, RecordCursor, splitFields } from '../../core/records';
import type { CsvDialect } from '../../core/spec/sections/csv';

/** Delimited files that are hard to cut, and what csv-parse finds in them. */

export const DIALECTS: readonly (readonly [string, CsvDialect])[] = [
  ['doubled quotes', { ...OUTPUT_DIALECT, header: false }],
  ['a header', OUTPUT_DIALECT],
  ['backslash escapes', { ...OUTPUT_DIALECT, header: false, escape: '\\' }],
  ['semicolons and single quotes', { ...OUTPUT_DIALECT, header: false, delimiter: ';', quote: "'", escape: "'" }],
];

/** A field in quotes, whatever it holds. */
export function escaped(text: string, { quote, escape: mark }: CsvDialect): string {
  const doubled = mark === quote ? text : text.replaceAll(mark, mark + mark);
  return `${quote}${doubled.replaceAll(quote, mark + quote)}${quote}`;
}

const joined = (pieces: readonly string[], lengths: fc.ArrayConstraints): fc.Arbitrary<string> =>
  fc.array(fc.constantFrom(...pieces), lengths).map((all) => all.join(''));

const plain = joined(['a', 'b', '7', 'ü', '😀'], { minLength: 1, maxLength: 8 });

/** Text full of what a splitter could take for structure: delimiters, quotes and line breaks in every order. */
const treacherous = ({ quote, delimiter }: CsvDialect): fc.Arbitrary<string> =>
  joined(['a', '1', 'é', '😀', ' ', '\n', '\r\n', quote, delimiter, `${delimiter}${quote}`, `${quote}${delimiter}`, `${quote}\n${quote}`], {
    maxLength: 12,
  });

/** A field that is itself a small CSV file, whose lines look like the records around it. */
const nested = (dialect: CsvDialect): fc.Arbitrary<string> => {
  const { quote, delimiter } = dialect;
  const inner = fc.constantFrom(`a${delimiter}b`, `${quote}a${quote}${delimiter}${quote}b${quote}`, `${quote}x\ny${quote}${delimiter}1`);
  return fc.array(inner, { minLength: 1, maxLength: 12 }).map((lines) => escaped(lines.join('\n'), dialect));
};

/** A field longer than any chunk that the laws cut, with line breaks and quotes all over it. */
const giant = (dialect: CsvDialect): fc.Arbitrary<string> => {
  const { quote, delimiter } = dialect;
  const pattern = fc.constantFrom('x\n', `${quote}\n`, `a${delimiter}b\r\n`, `${quote}${delimiter}${quote}\n`, '😀');
  return fc.tuple(pattern, fc.integer({ min: 60, max: 300 })).map(([text, times]) => escaped(text.repeat(times), dialect));
};

const field = (dialect: CsvDialect): fc.Arbitrary<string> => {
  const quoted = treacherous(dialect).map((text) => escaped(text, dialect));
  const lone = plain.map((text) => `${text}${dialect.quote}${text}`);
  return fc.oneof(quoted, quoted, nested(dialect), plain, lone);
};

/** Two columns of everything, empty lines in between, with or without a byte order mark and a final line break. */
export const csvFile = (dialect: CsvDialect, maxRecords = 25): fc.Arbitrary<Buffer> => fileOf(field(dialect), dialect, maxRecords);

/** A few records, some of them longer than any chunk. */
export const csvFileWithGiants = (dialect: CsvDialect): fc.Arbitrary<Buffer> =>
  fileOf(fc.oneof({ weight: 3, arbitrary: field(dialect) }, { weight: 1, arbitrary: giant(dialect) }), dialect, 6);

const fileOf = (fields: fc.Arbitrary<string>, dialect: CsvDialect, maxRecords: number): fc.Arbitrary<Buffer> => {
  const record = fc.tuple(fields, fields).map((both) => both.join(dialect.delimiter));
  const content = fc.oneof({ weight: 9, arbitrary: record }, { weight: 1, arbitrary: fc.constant('') });
  const line = fc.tuple(content, fc.constantFrom('\n', '\r\n')).map((parts) => parts.join(''));
  return fc
    .record({ bom: fc.boolean(), header: record, lines: fc.array(line, { maxLength: maxRecords }), last: fc.option(record) })
    .map(({ bom, header, lines, last }) => {
      const start = `${bom ? '\ufeff' : ''}${dialect.header ? `${header}\n` : ''}`;
      return Buffer.from(`${start}${lines.join('')}${last ?? ''}`);
    })
    .filter((file) => file.length > 0);
};

/** The records of a file as csv-parse reads them, its header left out. */
export const referenceRecords = (file: Buffer, dialect: CsvDialect): string[][] =>
  parse(file, {
    bom: true,
    delimiter: dialect.delimiter,
    quote: dialect.quote,
    escape: dialect.escape,
    from: dialect.header ? 2 : 1,
    relax_quotes: true,
    relax_column_count: true,
    skip_empty_lines: true,
    record_delimiter: ['\r\n', '\n'],
  });

/** The records of bytes [body, end) of a file, as fields. */
export function recordsOf(file: Buffer, { body, end }: { body: number; end: number }, dialect: CsvDialect): (readonly string[])[] {
  const bytes = file.subarray(0, end);
  const cursor = new RecordCursor(bytes, { start: body, end, framing: framingOf(dialect), complete: true });
  const records: (readonly string[])[] = [];
  while (cursor.next()) records.push(splitFields(bytes.toString('utf8', cursor.start, cursor.end), dialect)!);
  return records;
}
