import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { createCRC32, createCRC64, type IHasher } from 'hash-wasm';
import { type CrcAlgorithm, combineCrc, emptyCrc } from '../../../core/commit/checksums';

const ALGORITHMS: readonly CrcAlgorithm[] = ['CRC32', 'CRC32C', 'CRC64NVME'];
const hashers: Partial<Record<CrcAlgorithm, IHasher>> = {};

beforeAll(async () => {
  hashers.CRC32 = await createCRC32();
  hashers.CRC32C = await createCRC32(0x82f63b78);
  hashers.CRC64NVME = await createCRC64('9a6c9329ac4bc9b5');
});

/** The checksum of a whole buffer by an independent library. */
const checksum = (algorithm: CrcAlgorithm, bytes: Uint8Array): string =>
  Buffer.from(hashers[algorithm]!.init().update(bytes).digest('binary')).toString('base64');

describe.each(ALGORITHMS)('%s', (algorithm) => {
  test('of two stretches combined is the checksum of both together', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.uint8Array({ maxLength: 300 }), (a, b) => {
        const combined = combineCrc(algorithm, checksum(algorithm, a), checksum(algorithm, b), b.length);

        expect(combined).toBe(checksum(algorithm, Buffer.concat([a, b])));
      }),
    );
  });

  test('of any number of pieces, folded from nothing, is the checksum of the whole', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 100 }), { maxLength: 20 }), (pieces) => {
        const folded = pieces.reduce(
          (crc, piece) => combineCrc(algorithm, crc, checksum(algorithm, piece), piece.length),
          emptyCrc(algorithm),
        );

        expect(folded).toBe(checksum(algorithm, Buffer.concat(pieces)));
      }),
    );
  });

  test('combination does not depend on how the pieces are grouped', () => {
    const piece = fc.uint8Array({ maxLength: 64 });
    fc.assert(
      fc.property(piece, piece, piece, (a, b, c) => {
        const [x, y, z] = [a, b, c].map((bytes) => checksum(algorithm, bytes)) as [string, string, string];

        const leftFirst = combineCrc(algorithm, combineCrc(algorithm, x, y, b.length), z, c.length);
        const rightFirst = combineCrc(algorithm, x, combineCrc(algorithm, y, z, c.length), b.length + c.length);

        expect(leftFirst).toBe(rightFirst);
      }),
    );
  });

  test('pieces in the wrong order do not give the checksum of the whole', () => {
    const [a, b] = [Buffer.from('first,'), Buffer.from('second')];

    const swapped = combineCrc(algorithm, checksum(algorithm, b), checksum(algorithm, a), a.length);

    expect(swapped).not.toBe(checksum(algorithm, Buffer.concat([a, b])));
  });

  test('nothing is the checksum of no bytes and changes nothing', () => {
    const some = checksum(algorithm, Buffer.from('some bytes'));

    expect(emptyCrc(algorithm)).toBe(checksum(algorithm, Buffer.alloc(0)));
    expect(combineCrc(algorithm, some, emptyCrc(algorithm), 0)).toBe(some);
    expect(combineCrc(algorithm, emptyCrc(algorithm), some, 10)).toBe(some);
  });

  test('pieces beyond 4 GiB combine: doubling 2^40 bytes agrees with adding them up in halves', () => {
    const half = checksum(algorithm, Buffer.from('x'));
    const lengths = [2 ** 40 - 1, 1];

    const atOnce = combineCrc(algorithm, half, emptyCrc(algorithm), 2 ** 40);
    const stepwise = lengths.reduce((crc, length) => combineCrc(algorithm, crc, emptyCrc(algorithm), length), half);

    expect(atOnce).toBe(stepwise);
  });

  test.each([-1, 0.5, Number.NaN, 2 ** 53])('a length of %s is refused', (length) => {
    expect(() => combineCrc(algorithm, emptyCrc(algorithm), emptyCrc(algorithm), length)).toThrow(RangeError);
  });

  test.each(['', 'AAAA', 'not base64!', 'AAAAAAAAAAAAAAAA'])('%j is refused as a checksum', (value) => {
    expect(() => combineCrc(algorithm, value, emptyCrc(algorithm), 0)).toThrow(/is not the base64 of (4|8) bytes/);
  });
});

test.each([
  ['CRC32', 'cbf43926'],
  ['CRC32C', 'e3069283'],
  ['CRC64NVME', 'ae8b14860a799888'],
] as const)('%s of 123456789 is its published check value', (algorithm, hex) => {
  const combined = combineCrc(algorithm, checksum(algorithm, Buffer.from('1234')), checksum(algorithm, Buffer.from('56789')), 5);

  expect(Buffer.from(combined, 'base64').toString('hex')).toBe(hex);
});

test('an object of 10,000 equal pieces agrees with zlib', () => {
  const piece = Buffer.from('0123456789abcdef');
  const value = checksum('CRC32', piece);

  let combined = emptyCrc('CRC32');
  for (let i = 0; i < 10_000; i++) combined = combineCrc('CRC32', combined, value, piece.length);

  expect(Buffer.from(combined, 'base64').readUInt32BE()).toBe(crc32(Buffer.alloc(160_000, piece)));
});
