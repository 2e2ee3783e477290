import type { Checksum } from '../contracts';

/**
 * CRCs are linear: the CRC of two stretches of bytes follows from the CRC of each and the length of the second,
 * so a whole object's checksum is proven from its pieces without reading a byte again.
 */

export type CrcAlgorithm = Checksum['algorithm'];

/** A remainder as two 32-bit halves; 32-bit CRCs leave `high` at 0. */
interface Remainder {
  readonly high: number;
  readonly low: number;
}

/** A linear map of remainders: the image of bit i at [2i] (high) and [2i + 1] (low). */
type Operator = Uint32Array;

/** Bit-reflected polynomials; all three CRCs start at all ones and end inverted, which is why they combine alike. */
const POLYNOMIALS: Readonly<Record<CrcAlgorithm, Remainder & { readonly bits: 32 | 64 }>> = {
  CRC32: { bits: 32, high: 0, low: 0xedb88320 },
  CRC32C: { bits: 32, high: 0, low: 0x82f63b78 },
  CRC64NVME: { bits: 64, high: 0x9a6c9329, low: 0xac4bc9b5 },
};

const HALF_BITS = 32;
const bitOf = (half: number, bit: number): number => (half >>> bit) & 1;

function apply(operator: Operator, { high, low }: Remainder, bits: number): Remainder {
  let resultHigh = 0;
  let resultLow = 0;
  for (let bit = 0; bit < bits; bit++) {
    const set = bit < HALF_BITS ? bitOf(low, bit) : bitOf(high, bit - HALF_BITS);
    if (set === 0) continue;
    resultHigh ^= operator[2 * bit] ?? 0;
    resultLow ^= operator[2 * bit + 1] ?? 0;
  }
  return { high: resultHigh >>> 0, low: resultLow >>> 0 };
}

function operatorOf(bits: number, image: (bit: number) => Remainder): Operator {
  const operator = new Uint32Array(2 * bits);
  for (let bit = 0; bit < bits; bit++) {
    const { high, low } = image(bit);
    operator[2 * bit] = high;
    operator[2 * bit + 1] = low;
  }
  return operator;
}

const column = (operator: Operator, bit: number): Remainder => ({ high: operator[2 * bit] ?? 0, low: operator[2 * bit + 1] ?? 0 });
const squared = (operator: Operator, bits: number): Operator => operatorOf(bits, (bit) => apply(operator, column(operator, bit), bits));

/** The map of one zero bit appended: bit 0 falls out and brings the polynomial in, every other bit moves down by one. */
function oneZeroBit(algorithm: CrcAlgorithm): Operator {
  const { bits, high, low } = POLYNOMIALS[algorithm];
  return operatorOf(bits, (bit) => {
    if (bit === 0) return { high, low };
    return bit - 1 < HALF_BITS ? { high: 0, low: 2 ** (bit - 1) } : { high: 2 ** (bit - 1 - HALF_BITS), low: 0 };
  });
}

/** Operators for 2^k zero bytes, k = 0, 1, …, made when first needed. */
const zeroBytes: Record<CrcAlgorithm, Operator[]> = { CRC32: [], CRC32C: [], CRC64NVME: [] };

function zeroBytesOperator(algorithm: CrcAlgorithm, k: number): Operator {
  const cache = zeroBytes[algorithm];
  const { bits } = POLYNOMIALS[algorithm];
  while (cache.length <= k) {
    const last = cache.at(-1);
    cache.push(last ? squared(last, bits) : squared(squared(squared(oneZeroBit(algorithm), bits), bits), bits));
  }
  return cache[k] as Operator;
}

function shifted(algorithm: CrcAlgorithm, start: Remainder, bytes: number): Remainder {
  const { bits } = POLYNOMIALS[algorithm];
  let remainder = start;
  // Halving by division, because lengths exceed the 32 bits of the shift operators.
  for (let k = 0, rest = bytes; rest > 0; k++, rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) remainder = apply(zeroBytesOperator(algorithm, k), remainder, bits);
  }
  return remainder;
}

function decode(algorithm: CrcAlgorithm, value: string): Remainder {
  const bytes = Buffer.from(value, 'base64');
  const expected = POLYNOMIALS[algorithm].bits / 8;
  if (bytes.length !== expected || bytes.toString('base64') !== value) {
    throw new RangeError(`${algorithm} ${JSON.stringify(value)} is not the base64 of ${expected} bytes`);
  }
  return expected === 4 ? { high: 0, low: bytes.readUInt32BE(0) } : { high: bytes.readUInt32BE(0), low: bytes.readUInt32BE(4) };
}

function encode(algorithm: CrcAlgorithm, { high, low }: Remainder): string {
  const bytes = Buffer.alloc(POLYNOMIALS[algorithm].bits / 8);
  if (bytes.length === 8) bytes.writeUInt32BE(high, 0);
  bytes.writeUInt32BE(low, bytes.length - 4);
  return bytes.toString('base64');
}

/** The checksum of no bytes, from which a fold over pieces starts. */
export const emptyCrc = (algorithm: CrcAlgorithm): string => encode(algorithm, { high: 0, low: 0 });

/** The base64 checksum of A followed by B, from the checksums of A and B and the length of B in bytes, in O(log length). */
export function combineCrc(algorithm: CrcAlgorithm, a: string, b: string, lengthOfB: number): string {
  if (!Number.isSafeInteger(lengthOfB) || lengthOfB < 0) {
    throw new RangeError(`length ${lengthOfB} is not a whole number of bytes of at least 0`);
  }
  const moved = shifted(algorithm, decode(algorithm, a), lengthOfB);
  const added = decode(algorithm, b);
  return encode(algorithm, { high: (moved.high ^ added.high) >>> 0, low: (moved.low ^ added.low) >>> 0 });
}
