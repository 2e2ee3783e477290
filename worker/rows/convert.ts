import type { ColumnKind } from '../schema/columns';

/** What a text is not; a symbol, so that it is never taken for a value. */
export const NOT_A_VALUE: unique symbol = Symbol('not a value');
export type Converted = string | number | boolean | object | null | typeof NOT_A_VALUE;

export type TypedRecord = Record<string, unknown>;

/** Between the spaces that SQL knows. */
const WHOLE = /^[ \t\n\v\f\r]*[+-]?\d+[ \t\n\v\f\r]*$/;
const DECIMAL = /^[ \t\n\v\f\r]*[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?[ \t\n\v\f\r]*$/;
const BOOLEANS: ReadonlyMap<string, boolean> = new Map([
  ...['true', 't', 'yes', 'y', '1'].map((word) => [word, true] as const),
  ...['false', 'f', 'no', 'n', '0'].map((word) => [word, false] as const),
]);

function whole(text: string): Converted {
  if (!WHOLE.test(text)) return NOT_A_VALUE;
  const value = Number(text);
  return Number.isSafeInteger(value) ? value : NOT_A_VALUE;
}

function json(text: string): Converted {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : NOT_A_VALUE;
  } catch {
    return NOT_A_VALUE;
  }
}

function decimal(text: string): Converted {
  const value = DECIMAL.test(text) ? Number(text) : Number.NaN;
  return Number.isFinite(value) ? value : NOT_A_VALUE;
}

const same = (text: string): Converted => text;

/** The value of a field's text, by the kind of its column. An empty field is null, which is not seen to here. */
export const CONVERTERS: Readonly<Record<ColumnKind, (text: string) => Converted>> = {
  integer: whole,
  number: decimal,
  boolean: (text) => BOOLEANS.get(text.toLowerCase()) ?? NOT_A_VALUE,
  date: same,
  timestamp: same,
  string: same,
  json,
};

const MINUS = 45;
const POINT = 46;
const ZERO = 48;
const TEN = 10;

/** So many digits are exact in a number, and so is the power of ten that they are divided by; the quotient is then the nearest number. */
const EXACT_DIGITS = 15;
const POWERS_OF_TEN = Float64Array.from({ length: EXACT_DIGITS + 1 }, (_, exponent) => 10 ** exponent);

/** A short plain number in `bytes[start, end)`, what its text would convert to; undefined where the text itself must be looked at. */
export function shortNumber(bytes: Uint8Array, { start, end, point }: { start: number; end: number; point: boolean }): number | undefined {
  const negative = bytes[start] === MINUS;
  const first = negative ? start + 1 : start;
  if (first === end || end - first > EXACT_DIGITS) return undefined;
  let value = 0;
  let pointAt = -1;
  for (let at = first; at < end; at += 1) {
    const digit = (bytes[at] as number) - ZERO;
    if (digit >= 0 && digit < TEN) value = value * TEN + digit;
    else if (point && pointAt === -1 && digit === POINT - ZERO) pointAt = at;
    else return undefined;
  }
  if (pointAt !== -1) {
    if (end - first === 1) return undefined;
    value /= POWERS_OF_TEN[end - pointAt - 1] as number;
  }
  return negative ? -value : value;
}
