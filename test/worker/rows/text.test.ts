import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { byteOrderMark, headerEnd, OUTPUT_DIALECT } from '../../../core/records';
import { JobSpec } from '../../../core/spec/schema';
import type { Reading, ReadRecord } from '../../../worker/rows/records';
import { textRecords } from '../../../worker/rows/text';
import type { ChunkWork, TextSource } from '../../../worker/work';

/** All records of a text, which is a file with a header where it is delimited. */
function readAll(text: string | Buffer, { format = 'csv', header }: { format?: string; header?: string[] } = {}): ReadRecord[] {
  const bytes = Buffer.from(text);
  const spec = JobSpec.parse({ name: 'job', input: { prefix: 'in/', format }, process: { module: 'm.ts' }, output: { format: 'jsonl' } });
  const body = format === 'csv' ? Math.max(headerEnd(bytes, OUTPUT_DIALECT), 0) : byteOrderMark(bytes);
  const source = { kind: 'text', object: { header }, bytes, origin: 1000, body, end: bytes.length } as unknown as TextSource;
  const work = { config: { spec, schemas: {} } } as unknown as ChunkWork;
  const reading: Reading = { work, validate: () => undefined, forSql: false, number: 0 };
  return [...textRecords(reading, source)].flat();
}

const field = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 12 }),
  fc.constantFrom('', '"', 'a,b', 'two\nlines', '\r\n', '""', '\0', 'é😀', 'x'.repeat(300)),
);
const quoted = (value: string): string => `"${value.replaceAll('"', '""')}"`;

test('any file is read as csv-parse reads it, and every record is found where it lies', () => {
  const rows = fc.array(fc.tuple(field, field, field, fc.boolean()), { maxLength: 30 });
  fc.assert(
    fc.property(rows, fc.constantFrom('\n', '\r\n'), fc.boolean(), (all, newline, mark) => {
      const lines = all.map(([a, b, c, always]) =>
        [a, b, c].map((value) => (always || /["\r\n,]/.test(value) ? quoted(value) : value)).join(','),
      );
      const text = `${mark ? '\ufeff' : ''}a,b,c${newline}${lines.map((line) => line + newline).join('')}`;
      const expected = parse(text, { columns: true, bom: true, record_delimiter: newline }) as Record<string, string>[];

      const records = readAll(text, { header: ['a', 'b', 'c'] });

      expect(records.map(({ value }) => Object.fromEntries(Object.entries(value!).map(([name, text]) => [name, text ?? ''])))).toEqual(
        expected,
      );
      expect(records.map(({ raw }) => raw().toString())).toEqual(lines);
      expect(records.every(({ offset, raw }) => Buffer.from(text).indexOf(raw(), offset - 1000) === offset - 1000)).toBe(true);
    }),
    { numRuns: 500 },
  );
});

test('batches of many and of large records lose none, and number all', () => {
  const sizes = [...Array.from({ length: 2500 }, () => 1), 200_000, 10, 70_000, 70_000, 5];
  const text = `a\n${sizes.map((size, i) => `${String(i).padEnd(size, i % 7 === 0 ? 'é' : 'x')}\n`).join('')}`;

  const records = readAll(text, { header: ['a'] });

  expect(records.map(({ number }) => number)).toEqual(sizes.map((_, i) => i));
  expect(records.every(({ value }, i) => value!.a === String(i).padEnd(sizes[i]!, i % 7 === 0 ? 'é' : 'x'))).toBe(true);
});

test('bytes that are not UTF-8 cost the records that hold them, wherever they lie', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom('ok', 'é', '\xff', '\xc3\x28', '"q"', 'x'), { minLength: 1, maxLength: 20 }), (pieces) => {
      const isBad = (piece: string): boolean => /[\xff\xc3]/.test(piece);
      const file = Buffer.concat([
        Buffer.from('a\n'),
        ...pieces.map((piece) => Buffer.concat([Buffer.from(piece, isBad(piece) ? 'latin1' : 'utf8'), Buffer.from('\n')])),
      ]);

      const records = readAll(file, { header: ['a'] });

      expect(records.map(({ value, fault }) => value?.a ?? fault!.reason)).toEqual(
        pieces.map((piece) => (isBad(piece) ? 'is not valid UTF-8' : piece.replaceAll('"', ''))),
      );
    }),
  );
});

test('lines of JSON are what JSON.parse makes of them, ASCII or not', () => {
  fc.assert(
    fc.property(fc.array(fc.jsonValue(), { minLength: 1, maxLength: 20 }), (values) => {
      const records = readAll(values.map((value) => `${JSON.stringify(value)}\n`).join(''), { format: 'jsonl' });

      const isObject = (value: unknown): boolean => typeof value === 'object' && value !== null && !Array.isArray(value);
      expect(records.map(({ value, fault }) => JSON.stringify(value) ?? fault!.reason)).toEqual(
        values.map((value) => (isObject(value) ? JSON.stringify(JSON.parse(JSON.stringify(value))) : 'is not a JSON object')),
      );
    }),
  );
});
