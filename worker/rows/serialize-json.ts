import { type CompiledRow, compileRow, REFUSED, type RowTarget } from './compile-row';
import { type Label, labelOf, writeLabel } from './label';
import { LineBuffer } from './line-buffer';
import { BYTES_PER_UNIT, LONG_STRING, NOT_WRITTEN, writeBytes, writeDecimal, writeInteger, writeString } from './write-values';

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

/** Whether a row has these columns in this order, and no others. */
function hasJust(row: Row, names: readonly string[]): boolean {
  let index = 0;
  for (const name in row) if (names[index++] !== name) return false;
  return index === names.length;
}

/** A row of more columns is written by a loop: its code would be large. */
const MOST_COLUMNS = 200;
/** Rows that keep changing their columns, or hold what only a loop can write, are not worth more. */
const MOST_COMPILATIONS = 16;

/**
 * Rows as lines of JSON, byte for byte what `JSON.stringify` gives, written straight into a buffer. It is one object with
 * a position that moves, not one string per value: it runs over every row of every chunk.
 */
export class JsonLines extends LineBuffer implements RowTarget {
  private readonly labels = new Map<string, Label>();
  /** The names of the row before: most rows have the same in the same order. */
  private readonly expected: Label[] = [];
  /** A writer of rows with the columns of the last ones. */
  private compiled: { readonly names: readonly string[]; readonly write: CompiledRow } | undefined;
  private compilations = 0;
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
    const { compiled } = this;
    if (!compiled || !hasJust(row, compiled.names)) return this.loop(row);
    const before = this.length;
    const end = compiled.write(row, this, this.at);
    if (end !== REFUSED) return end;
    // It may hold objects, and then the others do as well.
    this.compiled = undefined;
    this.at = this.from + before;
    return this.loop(row);
  }

  private loop(row: Row): number {
    const before = this.length;
    let at = this.at;
    let index = 0;
    let isNew = false;
    for (const name in row) {
      let label = this.expected[index];
      if (label === undefined || label.name !== name) {
        isNew = true;
        this.at = at;
        label = this.learn(index, name);
        at = this.at;
      }
      index += 1;
      at = this.property(label, at, row[name]);
    }
    if (!isNew) this.compile(index);
    const begun = this.from + before;
    if (at === begun) at += 1;
    // In place of the first label's comma.
    this.bytes[begun] = OPEN;
    this.bytes[at] = CLOSE;
    return at + 1;
  }

  /** Where a row has no columns that those before had not, others will have the same. */
  private compile(columns: number): void {
    if (columns === 0 || columns > MOST_COLUMNS || this.compilations === MOST_COMPILATIONS) return;
    this.compilations += 1;
    const names = this.expected.slice(0, columns).map(({ name }) => name);
    this.compiled = { names, write: compileRow(names) };
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
    if (typeof value === 'number')
      return (value | 0) === value ? writeInteger(this.bytes, from, value) : writeDecimal(this.bytes, from, value);
    if (typeof value === 'boolean') return writeBytes(this.bytes, from, value ? TRUE : FALSE);
    if (value === null) return writeBytes(this.bytes, from, NULL);
    return typeof value === 'object' || typeof value === 'bigint' ? this.nested(label.name, at, value) : at;
  }

  /** Within an object of its own, so that `toJSON` is told the name, may answer nothing, and a bigint is refused. */
  private nested(name: string, at: number, value: unknown): number {
    const text = JSON.stringify({ [name]: value });
    return text === '{}' ? at : this.text(at, `,${text.slice(1, -1)}`);
  }

  /** Also moves the bytes to another slab where a text finds no room; a compiled row calls it for what is long or needs escapes. */
  text(at: number, text: string): number {
    this.at = at;
    this.reserve(text.length * BYTES_PER_UNIT + this.rowBytes);
    return this.at + this.bytes.write(text, this.at, 'utf8');
  }

  private reserveRow(): void {
    this.reserve(this.rowBytes);
  }
}
