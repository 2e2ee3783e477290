const QUOTE = 34;
const MINUS = 45;
const ZERO = 48;
const BACKSLASH = 92;
const FIRST_PRINTABLE = 32;
const FIRST_TWO_BYTES = 0x80;
const FIRST_THREE_BYTES = 0x800;
const FIRST_SURROGATE = 0xd800;
const LAST_SURROGATE = 0xdfff;

/** A UTF-16 unit takes at most three bytes of UTF-8, be it alone or half of a pair. */
export const BYTES_PER_UNIT = 3;
/** A longer string is written faster by the engine's own code than one character after the other. */
export const LONG_STRING = 96;

/** What `writeString` answers when it has not written the string. */
export const NOT_WRITTEN = -1;

/** These write JSON at `at`, where there is room, and answer where they ended; a position is passed on because that costs nothing. */

/** A short string that needs no escapes, in its quotes; any other is not written. */
export function writeString(bytes: Uint8Array, begin: number, value: string): number {
  if (value.length > LONG_STRING) return NOT_WRITTEN;
  let at = begin;
  bytes[at++] = QUOTE;
  for (let i = 0; i < value.length; i += 1) {
    const unit = value.charCodeAt(i);
    if (unit < FIRST_TWO_BYTES) {
      if (unit < FIRST_PRINTABLE || unit === QUOTE || unit === BACKSLASH) return NOT_WRITTEN;
      bytes[at++] = unit;
    } else if (unit < FIRST_THREE_BYTES) {
      bytes[at++] = 0xc0 | (unit >> 6);
      bytes[at++] = 0x80 | (unit & 0x3f);
    } else {
      if (unit >= FIRST_SURROGATE && unit <= LAST_SURROGATE) return NOT_WRITTEN;
      bytes[at++] = 0xe0 | (unit >> 12);
      bytes[at++] = 0x80 | ((unit >> 6) & 0x3f);
      bytes[at++] = 0x80 | (unit & 0x3f);
    }
  }
  bytes[at++] = QUOTE;
  return at;
}

/** A whole number of at most 32 bits. */
export function writeInteger(bytes: Uint8Array, begin: number, value: number): number {
  let at = begin;
  let rest = value;
  if (rest < 0) {
    bytes[at++] = MINUS;
    rest = -rest;
  }
  let end = at + 1;
  for (let power = 10; power <= rest; power *= 10) end += 1;
  for (let i = end - 1; i >= at; i -= 1) {
    const tenth = Math.floor(rest / 10);
    bytes[i] = ZERO + rest - tenth * 10;
    rest = tenth;
  }
  return end;
}

const NULL = Buffer.from('null');

/** Any other number; null where JSON has no word for it. */
export function writeDecimal(bytes: Buffer, begin: number, value: number): number {
  return Number.isFinite(value) ? begin + bytes.write(String(value), begin, 'latin1') : writeBytes(bytes, begin, NULL);
}

/** Bytes as they are. */
export function writeBytes(bytes: Uint8Array, begin: number, from: Uint8Array): number {
  for (let i = 0; i < from.length; i += 1) bytes[begin + i] = from[i] as number;
  return begin + from.length;
}
