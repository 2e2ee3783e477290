import { Fault } from '../../core/fault';
import { ESCAPED, FieldSpans, NOT_ASCII, unescaped } from '../../core/records';
import type { CsvDialect } from '../../core/spec/sections/csv';
import type { Column, ColumnKind } from '../schema/columns';
import { CONVERTERS, type Converted, NOT_A_VALUE, shortNumber, type TypedRecord } from './convert';

const MALFORMED_QUOTES = new Fault('PARSE', 'has malformed quotes');

/** What is tried on a column's bytes before its text is looked at; most columns are text, and then there is nothing to try. */
const Reading = { Text: 0, Word: 1, Integer: 2, Number: 3 } as const;
type Reading = (typeof Reading)[keyof typeof Reading];

const READINGS: Readonly<Record<ColumnKind, Reading>> = {
  string: Reading.Text,
  date: Reading.Text,
  timestamp: Reading.Text,
  json: Reading.Text,
  boolean: Reading.Word,
  integer: Reading.Integer,
  number: Reading.Number,
};

const notOfType = ({ name, kind }: Column): Fault => new Fault('TYPE', `column ${JSON.stringify(name)} must be ${kind}`);

type Make = (values: readonly unknown[]) => TypedRecord;

/**
 * A function that makes plain records of a file's columns. It is compiled as one object literal, so that all records share
 * their shape from the beginning; names stand in it as JSON texts, and so as data, whatever they hold.
 */
function literalOf(columns: readonly Column[]): Make {
  const properties = columns.map(({ name }, index) => {
    const key = JSON.stringify(name);
    // As a plain key it would set the prototype.
    return `${name === '__proto__' ? `[${key}]` : key}: values[${index}]`;
  });
  return new Function('values', `return { ${properties.join(', ')} };`) as Make;
}

/** Makes typed records of the lines of a delimited file; an empty field is null. */
export class DelimitedParser {
  private readonly spans: FieldSpans;
  private readonly make: Make;
  private readonly values: unknown[];
  private readonly readings: Uint8Array;
  private bytes: Buffer = Buffer.alloc(0);
  private text = '';
  private base = 0;

  constructor(
    private readonly columns: readonly Column[],
    private readonly dialect: CsvDialect,
  ) {
    this.spans = new FieldSpans(dialect, columns.length);
    this.make = literalOf(columns);
    this.values = columns.map(() => null);
    this.readings = Uint8Array.from(columns, ({ kind }) => READINGS[kind]);
  }

  /** Makes the bytes `[start, end)` ready, in which the next records lie: one text for all of them, of which fields are slices. */
  load(bytes: Buffer, start: number, end: number): void {
    this.bytes = bytes;
    this.base = start;
    this.text = bytes.toString('latin1', start, end);
  }

  parse(start: number, end: number): TypedRecord | Fault {
    const { spans, columns, values } = this;
    if (!spans.split(this.bytes, start, end)) return MALFORMED_QUOTES;
    if (spans.count !== columns.length) return new Fault('PARSE', `has ${spans.count} fields, expected ${columns.length}`);
    for (let i = 0; i < columns.length; i += 1) {
      const value = this.value(i);
      if (value === NOT_A_VALUE) return notOfType(columns[i] as Column);
      values[i] = value;
    }
    return this.make(values);
  }

  private value(index: number): Converted {
    const start = this.spans.starts[index] as number;
    const end = this.spans.ends[index] as number;
    if (start === end) return null;
    const reading = this.readings[index] as Reading;
    if (reading === Reading.Text) return this.field(index, start, end);
    if (reading !== Reading.Word) {
      const short = shortNumber(this.bytes, { start, end, point: reading === Reading.Number });
      if (short !== undefined) return short;
    }
    return CONVERTERS[(this.columns[index] as Column).kind](this.field(index, start, end));
  }

  /** ASCII is the same in Latin-1, byte by byte, so such a field is found in the text where its bytes are. */
  private field(index: number, start: number, end: number): string {
    const mark = this.spans.marks[index] as number;
    const content = mark & NOT_ASCII ? this.bytes.toString('utf8', start, end) : this.text.substring(start - this.base, end - this.base);
    return mark & ESCAPED ? unescaped(content, this.dialect) : content;
  }
}
