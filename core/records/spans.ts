import type { CsvDialect } from '../spec/sections/csv';
import { framingOf } from './framing';

/** What the bytes of a field are beside plain ASCII: some are not ASCII; some are escapes to be taken off. */
export const NOT_ASCII = 1;
export const ESCAPED = 2;

const HIGH_BIT = 0x80;

/**
 * Where the fields of a record lie in its bytes, quotes already left out: what `splitFields` does, without making a text of
 * any field. It is one object that is filled anew, not one value per field: it runs over every record of every file.
 */
export class FieldSpans {
  readonly starts: Int32Array;
  readonly ends: Int32Array;
  readonly marks: Uint8Array;
  /** Fields of the record; those beyond the capacity are counted only. */
  count = 0;
  private readonly delimiter: number;
  private readonly quote: number;
  private readonly escape: number;

  constructor(
    dialect: CsvDialect,
    private readonly capacity: number,
  ) {
    const framing = framingOf(dialect);
    this.delimiter = framing.delimiter;
    this.quote = framing.quote;
    this.escape = framing.escape;
    this.starts = new Int32Array(capacity);
    this.ends = new Int32Array(capacity);
    this.marks = new Uint8Array(capacity);
  }

  /** Splits the record `bytes[start, end)`, without its line break; false when its quotes are malformed. */
  split(bytes: Uint8Array, start: number, end: number): boolean {
    this.count = 0;
    let at = start;
    while (at <= end) {
      const next = at < end && bytes[at] === this.quote ? this.quoted(bytes, at + 1, end) : this.bare(bytes, at, end);
      if (next === -1) return false;
      at = next;
    }
    return true;
  }

  /** Answers where the next field begins: behind the delimiter, or behind the record's end. */
  private bare(bytes: Uint8Array, start: number, end: number): number {
    const { delimiter } = this;
    let seen = 0;
    let at = start;
    for (; at < end; at += 1) {
      const byte = bytes[at] as number;
      if (byte === delimiter) break;
      seen |= byte;
    }
    this.keep(start, at, seen & HIGH_BIT ? NOT_ASCII : 0);
    return at + 1;
  }

  /** -1 when the quotes are malformed. */
  private quoted(bytes: Uint8Array, start: number, end: number): number {
    let mark = 0;
    let seen = 0;
    let at = start;
    for (; at < end; at += 1) {
      const byte = bytes[at] as number;
      seen |= byte;
      if (byte === this.escape && this.escapes(bytes, at + 1, end)) {
        mark = ESCAPED;
        at += 1;
        seen |= bytes[at] ?? 0;
      } else if (byte === this.quote) break;
    }
    const next = at + 1;
    if (at >= end || (next < end && bytes[next] !== this.delimiter)) return -1;
    this.keep(start, at, mark | (seen & HIGH_BIT ? NOT_ASCII : 0));
    return next + 1;
  }

  /** Whether an escape before this place escapes what stands there; a quote that is its own escape does so for quotes only. */
  private escapes(bytes: Uint8Array, at: number, end: number): boolean {
    return this.escape !== this.quote || (at < end && bytes[at] === this.quote);
  }

  private keep(start: number, end: number, mark: number): void {
    const { count, capacity } = this;
    this.count = count + 1;
    if (count >= capacity) return;
    this.starts[count] = start;
    this.ends[count] = end;
    this.marks[count] = mark;
  }
}
