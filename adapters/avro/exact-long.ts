import { type Type, types } from 'avsc';

/** Whole numbers that a JSON number cannot hold exactly are text, which an SQL column of the right type reads as a number again. */
export const EXACT_LONG = types.LongType.__with({
  fromBuffer: (bytes: Buffer) => {
    const value = bytes.readBigInt64LE();
    return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
  },
  toBuffer: (value: number | string) => {
    const bytes = Buffer.alloc(8);
    bytes.writeBigInt64LE(BigInt(value));
    return bytes;
  },
  fromJSON: Number,
  toJSON: Number,
  isValid: (value: unknown) => typeof value === 'number' || typeof value === 'string',
  compare: (a: number | string, b: number | string) => Number(BigInt(a) - BigInt(b)),
});

/** Logical types that stand on a long, and take the exact one by themselves. */
const OVER_LONG = /^(time-micros|(local-)?timestamp-(millis|micros|nanos))$/;

/** Puts the exact type in the place of a long that is written as an object, which no registry catches. */
export function exactLongs(schema: unknown): Type | undefined {
  const { type, logicalType = '' } = schema as { readonly type?: unknown; readonly logicalType?: string };
  return type === 'long' && !OVER_LONG.test(logicalType) ? EXACT_LONG : undefined;
}
