import type { Encoding } from '../spec/sections/encoding';

/** Turns text of an encoding into UTF-8 as its bytes come. */
export interface Utf8Converter {
  /** What can be said of the bytes so far. */
  push(bytes: Buffer): Buffer;
  /** What is left when no more bytes come. */
  end(): Buffer;
  /** Bytes that were pushed and are not converted yet. */
  readonly held: number;
}

/**
 * No UTF-8 holds these bytes: they begin what stands for no character, so that its record, and no other, is set aside. The
 * two bytes behind them say what it was, so that `fromUtf8` gives back exactly what was converted.
 */
export const LONE_HALF = 0xff;
export const LONE_BYTE = 0xfe;
/** No line break, delimiter or quote is above this. */
const HIGH_BIT = 0x80;

const loneHalf = (unit: number): Buffer => Buffer.from([LONE_HALF, HIGH_BIT | ((unit >> 6) & 0x1f), HIGH_BIT | (unit & 0x3f)]);
const loneByte = (byte: number): Buffer => Buffer.from([LONE_BYTE, HIGH_BIT | (byte >> 4), HIGH_BIT | (byte & 0x0f)]);

/** Half of a character that takes two units of UTF-16, without its other half. */
const LONE_HALVES = /(\p{Surrogate})/u;
const UNIT_BYTES = 2;

const NOTHING = Buffer.alloc(0);

function utf8Of(text: string): Buffer {
  if (!LONE_HALVES.test(text)) return Buffer.from(text, 'utf8');
  // The pattern captures, so that every other piece is a lone half.
  const pieces = text.split(LONE_HALVES);
  return Buffer.concat(pieces.map((piece, i) => (i % 2 === 0 ? Buffer.from(piece, 'utf8') : loneHalf(piece.charCodeAt(0)))));
}

const isFirstHalf = (unit: number): boolean => unit >= 0xd800 && unit <= 0xdbff;

class Utf16Converter implements Utf8Converter {
  private rest = NOTHING;

  constructor(private readonly bigEndian: boolean) {}

  push(bytes: Buffer): Buffer {
    const all = this.rest.length === 0 ? bytes : Buffer.concat([this.rest, bytes]);
    const units = this.ordered(all.subarray(0, all.length - (all.length % UNIT_BYTES)));
    const isOpen = units.length > 0 && isFirstHalf(units.readUInt16LE(units.length - UNIT_BYTES));
    const end = isOpen ? units.length - UNIT_BYTES : units.length;
    this.rest = Buffer.from(all.subarray(end));
    return utf8Of(units.toString('utf16le', 0, end));
  }

  end(): Buffer {
    const whole = this.rest.length - (this.rest.length % UNIT_BYTES);
    const text = utf8Of(this.ordered(this.rest.subarray(0, whole)).toString('utf16le'));
    const odd = this.rest[whole];
    this.rest = NOTHING;
    return odd === undefined ? text : Buffer.concat([text, loneByte(odd)]);
  }

  get held(): number {
    return this.rest.length;
  }

  private ordered(units: Buffer): Buffer {
    return this.bigEndian ? Buffer.from(units).swap16() : units;
  }
}

const latin1: Utf8Converter = { push: (bytes) => Buffer.from(bytes.toString('latin1'), 'utf8'), end: () => NOTHING, held: 0 };

/** Starts to convert a text of an encoding. */
export function toUtf8(encoding: Exclude<Encoding, 'utf-8'>): Utf8Converter {
  return encoding === 'latin1' ? latin1 : new Utf16Converter(encoding === 'utf-16be');
}
