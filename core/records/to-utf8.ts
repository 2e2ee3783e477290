import type { Encoding } from '../spec/sections/encoding';

/** Turns text of an encoding into UTF-8 as its bytes come. */
export interface Utf8Converter {
  /** What can be said of the bytes so far. */
  push(bytes: Buffer): Buffer;
  /** What is left when no more bytes come. */
  end(): Buffer;
}

/** No UTF-8 holds this byte: it stands for what is no character, so that its record, and no other, is set aside. */
const NO_CHARACTER = Buffer.from([0xff]);
/** Half of a character that takes two units of UTF-16, without its other half. */
const LONE_HALVES = /\p{Surrogate}/u;
const UNIT_BYTES = 2;

const NOTHING = Buffer.alloc(0);

function utf8Of(text: string): Buffer {
  if (!LONE_HALVES.test(text)) return Buffer.from(text, 'utf8');
  const pieces = text.split(LONE_HALVES).flatMap((piece) => [Buffer.from(piece, 'utf8'), NO_CHARACTER]);
  return Buffer.concat(pieces.slice(0, -1));
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
    return this.rest.length === 0 ? NOTHING : NO_CHARACTER;
  }

  private ordered(units: Buffer): Buffer {
    return this.bigEndian ? Buffer.from(units).swap16() : units;
  }
}

const latin1: Utf8Converter = { push: (bytes) => Buffer.from(bytes.toString('latin1'), 'utf8'), end: () => NOTHING };

/** Starts to convert a text of an encoding. */
export function toUtf8(encoding: Exclude<Encoding, 'utf-8'>): Utf8Converter {
  return encoding === 'latin1' ? latin1 : new Utf16Converter(encoding === 'utf-16be');
}
