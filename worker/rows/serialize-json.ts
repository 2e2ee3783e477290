import { type Label, labelOf, writeLabel } from './label';
import { LineBuffer } from './line-buffer';
import { BYTES_PER_UNIT, LONG_STRING, NOT_WRITTEN, writeBytes, writeInteger, writeString } from './write-values';

export type Row = Readonly<Record<string, unknown>>;

/** What stands around a row, and the last word of a label beyond its end, take less. */
const SPARE_BYTES = 64;
/** A short string in its quotes, the longest value that is not given room of its own. */
const VALUE_BYTES = LONG_STRING * BYTES_PER_UNIT + 2;

const OPEN = 123;
const CLOSE = 125;
const LINE_FEED = 10;

const bytesOf = (text: string): Uint8Array => new Uint8Array(Buffer.from(text));
const NULL = bytesOf('null');
const TRUE = bytesOf('true');
const FALSE = bytesOf('false');

/** Whether the enumerable properties that a loop meets are the object's own, which is what JSON takes. */
const isPlain = (row: Row): boolean => {
  const prototype: unknown = Object.getPrototypeOf(row);
  return (prototype === Object.prototype || prototype === null) && row.toJSON === undefined;
};

/**
 * Rows as lines of JSON, byte for byte what `JSON.stringify` gives, written straight into a buffer. It is one object with
 * a position that moves, not one string per value: it runs over every row of every chunk.
 */
export class JsonLines extends LineBuffer {
  private readonly labels = new Map<string, Label>();
  /** The names of the row before: most rows have the same in the same order. */
  private readonly expected: Label[] = [];
  /** What a row of short values takes at most. */
  private rowBytes = SPARE_BYTES;
  private longestLabel = 0;

  /** Adds a row as a line; one that throws leaves nothing behind. */
  add(row: Row): void {
    const before = this.length;
    try {
      this.reserveRow();
      this.at = isPlain(row) ? this.plain(row) : this.text(this.at, JSON.stringify(row));
      this.bytes[this.at++] = LINE_FEED;
    } catch (thrown) {
      this.at = this.from + before;
      throw thrown;
    }
  }

  /** Adds a row that is JSON already, in one line. */
  addText(row: string): void {
    this.at = this.text(this.at, row);
    this.bytes[this.at++] = LINE_FEED;
  }

  /** These answer where they ended; only what moves the bytes to another slab needs `this.at`. */
  private plain(row: Row): number {
    const before = this.length;
    let at = this.at;
    let index = 0;
    for (const name in row) {
      let label = this.expected[index];
      if (label === undefined || label.name !== name) {
        this.at = at;
        label = this.learn(index, name);
        at = this.at;
      }
      index += 1;
      at = this.property(label, at, row[name]);
    }
    const begun = this.from + before;
    if (at === begun) at += 1;
    // In place of the first label's comma.
    this.bytes[begun] = OPEN;
    this.bytes[at] = CLOSE;
    return at + 1;
  }

  private learn(index: number, name: string): Label {
    const label = this.labels.get(name) ?? labelOf(name);
    this.labels.set(name, label);
    this.expected[index] = label;
    this.longestLabel = Math.max(this.longestLabel, label.length);
    this.rowBytes = SPARE_BYTES + this.expected.length * (this.longestLabel + VALUE_BYTES);
    this.reserveRow();
    return label;
  }

  private property(label: Label, at: number, value: unknown): number {
    const from = writeLabel(this.view, at, label);
    if (typeof value === 'string') {
      const end = writeString(this.bytes, from, value);
      return end === NOT_WRITTEN ? this.text(from, JSON.stringify(value)) : end;
    }
    if (typeof value === 'number') return this.number(from, value);
    if (typeof value === 'boolean') return writeBytes(this.bytes, from, value ? TRUE : FALSE);
    if (value === null) return writeBytes(this.bytes, from, NULL);
    return typeof value === 'object' || typeof value === 'bigint' ? this.nested(label.name, at, value) : at;
  }

  private number(at: number, value: number): number {
    if ((value | 0) === value) return writeInteger(this.bytes, at, value);
    return Number.isFinite(value) ? at + this.bytes.write(String(value), at, 'latin1') : writeBytes(this.bytes, at, NULL);
  }

  /** Within an object of its own, so that `toJSON` is told the name, may answer nothing, and a bigint is refused. */
  private nested(name: string, at: number, value: unknown): number {
    const text = JSON.stringify({ [name]: value });
    return text === '{}' ? at : this.text(at, `,${text.slice(1, -1)}`);
  }

  private text(at: number, text: string): number {
    this.at = at;
    this.reserve(text.length * BYTES_PER_UNIT + this.rowBytes);
    return this.at + this.bytes.write(text, this.at, 'utf8');
  }

  private reserveRow(): void {
    this.reserve(this.rowBytes);
  }
}
