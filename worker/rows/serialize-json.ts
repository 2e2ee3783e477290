import { KIB } from '../../core/units';

export type Row = Readonly<Record<string, unknown>>;

const FIRST_CAPACITY = 64 * KIB;
/** A longer string is written faster by the engine's own code than one character after the other. */
const LONG_STRING = 96;
/** A number, true, false, null and what stands around a row take less. */
const SPARE_BYTES = 64;
/** A UTF-16 unit takes at most three bytes of UTF-8, be it alone or half of a pair. */
const BYTES_PER_UNIT = 3;

const QUOTE = 34;
const MINUS = 45;
const ZERO = 48;
const BACKSLASH = 92;
const OPEN = 123;
const CLOSE = 125;
const LINE_FEED = 10;
const FIRST_PRINTABLE = 32;
const FIRST_TWO_BYTES = 0x80;
const FIRST_THREE_BYTES = 0x800;
const FIRST_SURROGATE = 0xd800;
const LAST_SURROGATE = 0xdfff;

const bytesOf = (text: string): Uint8Array => new Uint8Array(Buffer.from(text));
const NULL = bytesOf('null');
const TRUE = bytesOf('true');
const FALSE = bytesOf('false');

/** A name with what stands before its value. */
interface Label {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** Whether the enumerable properties that a loop meets are the object's own, which is what JSON takes. */
const isPlain = (row: Row): boolean => {
  const prototype: unknown = Object.getPrototypeOf(row);
  return (prototype === Object.prototype || prototype === null) && row.toJSON === undefined;
};

/**
 * Rows as lines of JSON, byte for byte what `JSON.stringify` gives, written straight into a buffer. It is one object with
 * a position that moves, not one string per value: it runs over every row of every chunk.
 */
export class JsonLines {
  private bytes = Buffer.allocUnsafe(FIRST_CAPACITY);
  private at = 0;
  private readonly labels = new Map<string, Label>();
  /** The names of the row before: most rows have the same in the same order. */
  private expected: Label[] = [];

  /** Bytes gathered. */
  get length(): number {
    return this.at;
  }

  /** Adds a row as a line; one that throws leaves nothing behind. */
  add(row: Row): void {
    const begun = this.at;
    try {
      if (isPlain(row)) this.plain(row);
      else this.text(JSON.stringify(row));
      this.reserve(SPARE_BYTES);
      this.bytes[this.at++] = LINE_FEED;
    } catch (thrown) {
      this.at = begun;
      throw thrown;
    }
  }

  /** Adds a row that is JSON already, in one line. */
  addText(row: string): void {
    this.text(row);
    this.bytes[this.at++] = LINE_FEED;
  }

  /** Hands over what was gathered and begins anew. */
  take(): Buffer {
    const taken = this.bytes.subarray(0, this.at);
    this.bytes = Buffer.allocUnsafe(this.bytes.length);
    this.at = 0;
    return taken;
  }

  private plain(row: Row): void {
    const begun = this.at;
    let index = 0;
    for (const name in row) {
      const value = row[name];
      const label = this.expected[index]?.name === name ? (this.expected[index] as Label) : this.learn(index, name);
      index += 1;
      this.property(label, value);
    }
    this.reserve(SPARE_BYTES);
    if (this.at === begun) this.bytes[this.at++] = OPEN;
    else this.bytes[begun] = OPEN;
    this.bytes[this.at++] = CLOSE;
  }

  private learn(index: number, name: string): Label {
    const label = this.labels.get(name) ?? { name, bytes: bytesOf(`,${JSON.stringify(name)}:`) };
    this.labels.set(name, label);
    this.expected[index] = label;
    return label;
  }

  private property(label: Label, value: unknown): void {
    switch (typeof value) {
      case 'string':
        this.copy(label.bytes);
        this.string(value);
        return;
      case 'number':
        this.copy(label.bytes);
        this.number(value);
        return;
      case 'boolean':
        this.copy(label.bytes);
        this.copy(value ? TRUE : FALSE);
        return;
      case 'undefined':
      case 'function':
      case 'symbol':
        return;
      default:
        if (value === null) {
          this.copy(label.bytes);
          this.copy(NULL);
        } else this.nested(label.name, value);
    }
  }

  /** Within an object of its own, so that `toJSON` is told the name, may answer nothing, and a bigint is refused. */
  private nested(name: string, value: unknown): void {
    const text = JSON.stringify({ [name]: value });
    if (text !== '{}') this.text(`,${text.slice(1, -1)}`);
  }

  private copy(from: Uint8Array): void {
    this.reserve(from.length + SPARE_BYTES);
    const { bytes } = this;
    let at = this.at;
    for (let i = 0; i < from.length; i += 1) bytes[at++] = from[i] as number;
    this.at = at;
  }

  private text(text: string): void {
    this.reserve(text.length * BYTES_PER_UNIT + SPARE_BYTES);
    this.at += this.bytes.write(text, this.at, 'utf8');
  }

  private string(value: string): void {
    if (value.length > LONG_STRING || !this.written(value)) this.text(JSON.stringify(value));
  }

  /** Writes a string that needs no escapes; false when it does, and then nothing is written. */
  private written(value: string): boolean {
    this.reserve(value.length * BYTES_PER_UNIT + SPARE_BYTES);
    const { bytes } = this;
    let at = this.at;
    bytes[at++] = QUOTE;
    for (let i = 0; i < value.length; i += 1) {
      const unit = value.charCodeAt(i);
      if (unit < FIRST_TWO_BYTES) {
        if (unit < FIRST_PRINTABLE || unit === QUOTE || unit === BACKSLASH) return false;
        bytes[at++] = unit;
      } else if (unit < FIRST_THREE_BYTES) {
        bytes[at++] = 0xc0 | (unit >> 6);
        bytes[at++] = 0x80 | (unit & 0x3f);
      } else {
        if (unit >= FIRST_SURROGATE && unit <= LAST_SURROGATE) return false;
        bytes[at++] = 0xe0 | (unit >> 12);
        bytes[at++] = 0x80 | ((unit >> 6) & 0x3f);
        bytes[at++] = 0x80 | (unit & 0x3f);
      }
    }
    bytes[at++] = QUOTE;
    this.at = at;
    return true;
  }

  private number(value: number): void {
    if ((value | 0) === value) this.integer(value);
    else if (Number.isFinite(value)) this.at += this.bytes.write(String(value), this.at, 'latin1');
    else this.copy(NULL);
  }

  private integer(value: number): void {
    const { bytes } = this;
    let rest = value;
    if (rest < 0) {
      bytes[this.at++] = MINUS;
      rest = -rest;
    }
    let digits = 1;
    for (let power = 10; power <= rest; power *= 10) digits += 1;
    for (let i = this.at + digits - 1; i >= this.at; i -= 1) {
      const tenth = Math.floor(rest / 10);
      bytes[i] = ZERO + rest - tenth * 10;
      rest = tenth;
    }
    this.at += digits;
  }

  private reserve(more: number): void {
    if (this.at + more <= this.bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.bytes.length * 2, this.at + more));
    this.bytes.copy(larger, 0, 0, this.at);
    this.bytes = larger;
  }
}
