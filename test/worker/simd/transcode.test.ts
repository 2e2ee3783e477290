import fc from 'fast-check';
import { Fault } from '../../../core/fault';
import { OUTPUT_DIALECT } from '../../../core/records';
import type { CsvDialect } from '../../../core/spec/sections/csv';
import { DelimitedParser } from '../../../worker/rows/delimited';
import { columnsOf } from '../../../worker/schema/columns';
import { Transcoder } from '../../../worker/simd/transcode';

const DIALECTS = [OUTPUT_DIALECT, { ...OUTPUT_DIALECT, escape: '\\' }, { ...OUTPUT_DIALECT, delimiter: ';', quote: "'", escape: "'" }];

/** Records behind each other, each with a line feed, and where they lie. */
function placed(records: readonly string[]) {
  const lines = records.map((record) => Buffer.from(`${record}\n`));
  const bytes = Buffer.concat(lines);
  const ends = Int32Array.from(lines, () => 0);
  let at = 0;
  const starts = Int32Array.from(lines, (line, i) => {
    const start = at;
    at += line.length;
    ends[i] = at - 1;
    return start;
  });
  return { bytes, starts, ends, count: records.length };
}

/** Every record's line, undefined for those that are left to others. */
function transcoded(records: readonly string[], names: readonly string[], dialect: CsvDialect = OUTPUT_DIALECT) {
  const transcoder = Transcoder.of(names, dialect);
  if (!transcoder) throw new RangeError('no transcoder');
  transcoder.load(placed(records));
  const lines: (string | undefined)[] = [];
  while (lines.length < records.length) {
    const { next, lines: bytes } = transcoder.write(lines.length);
    const texts = Buffer.from(bytes).toString('utf8').split('\n').slice(0, -1);
    expect(texts).toHaveLength(next - lines.length);
    if (texts.length === 0) lines.push(undefined);
    lines.push(...texts);
  }
  return lines;
}

/** What the record is to those who make values of it. */
function expected(record: string, names: readonly string[], dialect: CsvDialect): string | undefined {
  const bytes = Buffer.from(record);
  const parser = new DelimitedParser(columnsOf(names, undefined), dialect);
  parser.load(bytes, 0, bytes.length);
  const parsed = parser.parse(0, bytes.length);
  return parsed instanceof Fault ? undefined : JSON.stringify(parsed);
}

const names = (count: number): readonly string[] => Array.from({ length: count }, (_, i) => `c${i}`);

test('plain records become what parsing and JSON.stringify make of them; an empty field is null', () => {
  expect(transcoded(['1,two,"three, 3"', ',"",é😀', 'a long field with more than sixteen bytes,,x'], ['a', 'b"', 'ü'])).toEqual([
    '{"a":"1","b\\"":"two","ü":"three, 3"}',
    '{"a":null,"b\\"":null,"ü":"é😀"}',
    '{"a":"a long field with more than sixteen bytes","b\\"":null,"ü":"x"}',
  ]);
});

test.each(['1', '1,2,3', 'a"b,1', '"a""b",1', '"a",1,', 'a\\b,1', 'a\tb,1', '"a"b,1', '"a,1', '"a', '"', 'a\rb,1', ''])(
  '%j is left to others, and the records around it are written',
  (record) => {
    expect(transcoded(['1,2', record, '3,4'], ['a', 'b'])).toEqual(['{"a":"1","b":"2"}', undefined, '{"a":"3","b":"4"}']);
  },
);

test('law: what is written of any record is what parsing it gives, in any dialect', () => {
  const tricky = fc
    .array(fc.constantFrom('"', "'", '\\', ',', ';', 'a', '12', 'é', '😀', ' ', '\0', '""', '","', "';'", 'sixteen bytes and more'), {
      minLength: 1,
      maxLength: 12,
    })
    .map((pieces) => pieces.join(''));
  fc.assert(
    fc.property(
      fc.array(tricky, { minLength: 1, maxLength: 6 }),
      fc.integer({ min: 1, max: 4 }),
      fc.constantFrom(...DIALECTS),
      (records, columns, dialect) => {
        for (const [i, line] of transcoded(records, names(columns), dialect).entries()) {
          if (line !== undefined) expect(line).toBe(expected(records[i] as string, names(columns), dialect));
        }
      },
    ),
    { numRuns: 3000 },
  );
});

test('law: records of plain text are all written, however many and long they are', () => {
  const field = fc.oneof(
    fc.string({ unit: fc.constantFrom('a', 'é', ' ', '.'), maxLength: 40 }),
    fc.integer({ min: 1000, max: 100_000 }).map((length) => 'x'.repeat(length)),
  );
  fc.assert(
    fc.property(fc.array(fc.tuple(field, field), { minLength: 1, maxLength: 12 }), fc.integer({ min: 1, max: 40 }), (pairs, times) => {
      const records = Array.from({ length: times }, () => pairs.map((pair) => pair.join(',')))
        .flat()
        .slice(0, 1000);
      const all = transcoded(records, names(2));

      for (const [i, line] of all.entries()) {
        if (line === undefined) expect((records[i] as string).length).toBeGreaterThan(100_000);
        else expect(line).toBe(expected(records[i] as string, names(2), OUTPUT_DIALECT));
      }
    }),
    { numRuns: 20 },
  );
});

test('names that JSON cannot tell apart, or that find no room, are left to others', () => {
  expect(Transcoder.of(['a', 'a'], OUTPUT_DIALECT)).toBeUndefined();
  expect(Transcoder.of(names(10_000), OUTPUT_DIALECT)).toBeUndefined();
  expect(Transcoder.of([], OUTPUT_DIALECT)).toBeUndefined();
});
