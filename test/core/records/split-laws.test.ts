import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { tile } from '../../../core/chunking';
import { countRecords, framingOf, OUTPUT_DIALECT, OwnedLines, RecordCursor, splitFields } from '../../../core/records';
import { type Owned, windowStart } from '../../../core/records/owned';
import type { CsvDialect } from '../../../core/spec/schema';

/** What a reader does: a window that grows until the slice's lines are found. */
function read(file: Buffer, range: { start: number; end: number }, dialect: CsvDialect | undefined, proven = false): Owned {
  const slice = { ...range, bytes: file.length, dialect, columns: 2, proven };
  const lines = new OwnedLines(slice);
  for (let extra = 0; ; extra += 3) {
    const owned = lines.find(file.subarray(windowStart(slice), slice.end + extra));
    if (owned) return owned;
  }
}

/** The chain as the run builds it: a slice that does not begin where the one before it ended is read again from there. */
function chain(file: Buffer, chunkBytes: number, dialect: CsvDialect | undefined): Owned[] {
  const owned: Owned[] = [];
  for (const range of tile(file.length, chunkBytes)) {
    const from = owned.at(-1)?.end ?? 0;
    const guess = read(file, range, dialect);
    owned.push(guess.start === from ? guess : read(file, { ...range, start: from }, dialect, true));
  }
  return owned;
}

function recordsOf(file: Buffer, { body, end }: Owned, dialect: CsvDialect): (readonly string[])[] {
  const bytes = file.subarray(0, end);
  const cursor = new RecordCursor(bytes, { start: body, end, framing: framingOf(dialect), complete: true });
  const records: (readonly string[])[] = [];
  while (cursor.next()) records.push(splitFields(bytes.toString('utf8', cursor.start, cursor.end), dialect)!);
  return records;
}

const reference = (file: Buffer, dialect: CsvDialect): string[][] =>
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

const dialects: readonly (readonly [string, CsvDialect])[] = [
  ['doubled quotes', { ...OUTPUT_DIALECT, header: false }],
  ['a header', OUTPUT_DIALECT],
  ['backslash escapes', { ...OUTPUT_DIALECT, header: false, escape: '\\' }],
  ['semicolons and single quotes', { ...OUTPUT_DIALECT, header: false, delimiter: ';', quote: "'", escape: "'" }],
];

const escaped = (text: string, dialect: CsvDialect): string => {
  const { quote } = dialect;
  return `${quote}${text.replaceAll(quote, dialect.escape + quote)}${quote}`;
};

/** Fields with line breaks, quotes, delimiters and wide characters when quoted; with a lone quote in the middle when not. */
const field = (dialect: CsvDialect): fc.Arbitrary<string> => {
  const letters = ['a', 'b', '1', 'é', '😀', ' x', '\n', '\r\n', dialect.quote, dialect.delimiter, `${dialect.delimiter}${dialect.quote}`];
  const quoted = fc.array(fc.constantFrom(...letters), { maxLength: 12 }).map((parts) => escaped(parts.join(''), dialect));
  const plain = fc.array(fc.constantFrom('a', 'b', '7', 'ü', '😀'), { minLength: 1, maxLength: 8 }).map((parts) => parts.join(''));
  const lone = plain.map((text) => `${text}${dialect.quote}${text}`);
  return fc.oneof(quoted, quoted, plain, lone);
};

const csvFile = (dialect: CsvDialect): fc.Arbitrary<Buffer> => {
  const record = fc.tuple(field(dialect), field(dialect)).map((fields) => fields.join(dialect.delimiter));
  const line = fc.tuple(
    fc.oneof({ weight: 9, arbitrary: record }, { weight: 1, arbitrary: fc.constant('') }),
    fc.constantFrom('\n', '\r\n'),
  );
  return fc
    .record({ bom: fc.boolean(), header: record, lines: fc.array(line, { maxLength: 25 }), last: fc.option(record) })
    .map(({ bom, header, lines, last }) => {
      const start = `${bom ? '\ufeff' : ''}${dialect.header ? `${header}\n` : ''}`;
      return Buffer.from(`${start}${lines.map((parts) => parts.join('')).join('')}${last ?? ''}`);
    })
    .filter((file) => file.length > 0);
};

describe.each(dialects)('a delimited file with %s', (_name, dialect) => {
  test('cut anywhere gives the records that csv-parse finds in the whole file, in order', () => {
    fc.assert(
      fc.property(csvFile(dialect), fc.integer({ min: 1, max: 200 }), (file, chunkBytes) => {
        const owned = chain(file, chunkBytes, dialect);

        expect(owned.flatMap((one) => recordsOf(file, one, dialect))).toEqual(reference(file, dialect));
      }),
      { numRuns: 300 },
    );
  });

  test('its chunks tile it, and their counts add up to those of the whole', () => {
    fc.assert(
      fc.property(csvFile(dialect), fc.integer({ min: 1, max: 200 }), (file, chunkBytes) => {
        const owned = chain(file, chunkBytes, dialect);

        expect(owned[0]!.start).toBe(0);
        expect(owned.at(-1)!.end).toBe(file.length);
        expect(owned.slice(1).map(({ start }) => start)).toEqual(owned.slice(0, -1).map(({ end }) => end));
        expect(owned.reduce((sum, { records }) => sum + records, 0)).toBe(countRecords(file, dialect));
      }),
      { numRuns: 300 },
    );
  });
});

test('any bytes, cut anywhere, give exactly their non-empty lines', () => {
  const bytes = fc
    .array(fc.constantFrom(0x0a, 0x0d, 0x22, 0x2c, 0x61, 0xff, 0x00), { minLength: 1, maxLength: 200 })
    .map((all) => Buffer.from(all));
  fc.assert(
    fc.property(bytes, fc.integer({ min: 1, max: 50 }), (file, chunkBytes) => {
      const owned = tile(file.length, chunkBytes).map((range) => read(file, range, undefined));
      const lines = file
        .toString('latin1')
        .split('\n')
        .map((line, i, all) => (i < all.length - 1 ? line.replace(/\r$/, '') : line));

      expect(owned.slice(1).map(({ start }) => start)).toEqual(owned.slice(0, -1).map(({ end }) => end));
      expect(owned.reduce((sum, { records }) => sum + records, 0)).toBe(lines.filter((line) => line !== '').length);
    }),
    { numRuns: 500 },
  );
});
