import fc from 'fast-check';
import { countRecords, OUTPUT_DIALECT } from '../../../core/records';
import type { CsvDialect } from '../../../core/spec/sections/csv';
import { type ChainRun, runChain } from '../../support/chain-run';
import { csvFile, DIALECTS, escaped, recordsOf, referenceRecords } from '../../support/csv-files';

const PLAIN: CsvDialect = { ...OUTPUT_DIALECT, header: false };
const LINES_ONLY: CsvDialect = { ...PLAIN, quotedNewlines: false };

const everySize = (file: Buffer): readonly number[] => Array.from({ length: file.length }, (_, i) => i + 1);

/** The records of a run, as fields. */
const fieldsOf = (file: Buffer, { owned }: ChainRun, dialect: CsvDialect) => owned.flatMap((one) => recordsOf(file, one, dialect));

const tiles = (file: Buffer, { owned }: ChainRun): boolean =>
  [...owned.map(({ start }) => start), file.length].every((start, i) => start === (owned[i - 1]?.end ?? 0));

/** Cut at every possible place, by every possible chunk size, one byte included. */
describe.each([
  ['LF', 'a,1\nb,2\nc,3\n'],
  ['CRLF, split between its two bytes', 'a,1\r\nb,2\r\nc,3\r\n'],
  ['no final line break', 'a,1\nb,2'],
  ['no final line break after CRLF', 'a,1\r\nb,2\r'],
  ['a byte order mark', '\ufeffa,1\nb,2\n'],
  ['a byte order mark that is not at the beginning, which is text', 'a,1\n\ufeffb,2\n'],
  ['characters of four bytes', '😀,😀\n😀😀,1\n'],
  ['empty lines', '\n\na,1\n\r\n\nb,2\n\n'],
  ['nothing but line breaks', '\n\r\n\n'],
  ['one record without a line break', 'a'],
  ['quoted line breaks', '"a\nb",1\n"\n",2\n3,"\r\n\r\n"\n'],
  ['a quoted line break at the very end', 'a,"1\n"'],
  ['doubled quotes before a line break', '"a""\n""b",1\n"""",2\n'],
  ['fields full of quotes', '"""""""""",""""\n"""\n""","\n"\n'],
  ['lone quotes inside fields', 'a"b,1\n5" tall,2\nx"",3\n'],
  ['a table inside a field', 'a,"1,x\n2,y\n3,z\n4,w"\nb,2\n'],
  ['a record longer than most chunks', `a,"${'x,y\n'.repeat(20)}"\nb,2\n`],
])('a file with %s', (_name, text) => {
  const file = Buffer.from(text);

  test('gives its records, in order, whatever the chunk size', () => {
    for (const chunkBytes of everySize(file)) {
      const run = runChain(file, { chunkBytes, dialect: PLAIN });

      expect([chunkBytes, fieldsOf(file, run, PLAIN)]).toEqual([chunkBytes, referenceRecords(file, PLAIN)]);
      expect([chunkBytes, tiles(file, run)]).toEqual([chunkBytes, true]);
    }
  });

  test('gives its lines where line breaks are never quoted, without any chunk read again', () => {
    const lines = text
      .split('\n')
      .slice(0, -1)
      .map((line) => line.replace(/\r$/, ''));
    const last = text.slice(text.lastIndexOf('\n') + 1);
    const records = [...lines, last].filter((line) => line !== '' && line !== '\ufeff').length;
    for (const chunkBytes of everySize(file)) {
      const run = runChain(file, { chunkBytes, dialect: LINES_ONLY });

      expect([chunkBytes, run.redone.length]).toEqual([chunkBytes, 0]);
      expect(run.owned.reduce((sum, one) => sum + one.records, 0)).toBe(records);
      expect(tiles(file, run)).toBe(true);
    }
  });
});

test('the header belongs to the first chunk, even where it is longer than that', () => {
  const file = Buffer.from('"first\nname","second name"\n1,2\n3,4\n');
  for (const chunkBytes of everySize(file)) {
    const run = runChain(file, { chunkBytes, dialect: OUTPUT_DIALECT });

    expect(run.owned[0]).toMatchObject({ start: 0, body: 27 });
    expect(fieldsOf(file, run, OUTPUT_DIALECT)).toEqual([
      ['1', '2'],
      ['3', '4'],
    ]);
  }
});

test('the chunks that a long record covers are empty, and stand where the next record begins', () => {
  const file = Buffer.from(`a,1\nb,${'x'.repeat(60)}\nc,3\n`);

  const { owned } = runChain(file, { chunkBytes: 10, dialect: PLAIN });

  expect(owned.map(({ start, end, records }) => [start, end, records])).toEqual([
    [0, 67, 2],
    ...Array.from({ length: 6 }, () => [67, 67, 0]),
    [67, 71, 1],
  ]);
});

describe.each(DIALECTS)('with %s', (_name, dialect) => {
  test('a quoted line break at every possible cut of a small file is found', () => {
    const [d, newline] = [dialect.delimiter, escaped('a\nb\r\nc', dialect)];
    const head = dialect.header ? `h${d}i\n` : '';
    const file = Buffer.from(`${head}1${d}${newline}\n${newline}${d}2\n${escaped(`${newline}${d}\n`, dialect)}${d}3\n`);
    for (const chunkBytes of everySize(file)) {
      const run = runChain(file, { chunkBytes, dialect });

      expect([chunkBytes, fieldsOf(file, run, dialect)]).toEqual([chunkBytes, referenceRecords(file, dialect)]);
    }
  });

  test('quotedNewlines: false cuts at every line break, and nothing is ever read again', () => {
    const lines = { ...dialect, quotedNewlines: false };
    fc.assert(
      fc.property(csvFile(dialect), fc.integer({ min: 1, max: 100 }), (file, chunkBytes) => {
        const run = runChain(file, { chunkBytes, dialect: lines });

        expect(run.redone).toEqual([]);
        expect(tiles(file, run)).toBe(true);
        expect(run.owned.reduce((sum, one) => sum + one.records, 0)).toBe(countRecords(file, lines));
      }),
    );
  });
});

test('any delimiter, quote and escape that a spec may name gives the records of csv-parse', () => {
  const characters = fc.uniqueArray(fc.constantFrom(',', ';', '|', '\t', '"', "'", '`', '~', '^', '\\'), { minLength: 3, maxLength: 3 });
  const dialects = fc.tuple(characters, fc.boolean(), fc.boolean()).map(
    ([[delimiter, quote, mark], doubled, header]): CsvDialect => ({
      header,
      delimiter: delimiter!,
      quote: quote!,
      escape: doubled ? quote! : mark!,
      quotedNewlines: true,
    }),
  );
  const files = dialects.chain((dialect) => fc.tuple(fc.constant(dialect), csvFile(dialect)));
  fc.assert(
    fc.property(files, fc.integer({ min: 1, max: 200 }), ([dialect, file], chunkBytes) => {
      const run = runChain(file, { chunkBytes, dialect });

      expect(fieldsOf(file, run, dialect)).toEqual(referenceRecords(file, dialect));
    }),
    { numRuns: 500 },
  );
});
