import { crc32 } from 'node:zlib';
import { createCRC32, createCRC64 } from 'hash-wasm';
import type { Checksum } from '../core/contracts';
import type { Meter } from './meter';

/** Bit-reflected, as hash-wasm wants them. */
const CRC32C_POLYNOMIAL = 0x82f63b78;
const CRC64NVME_POLYNOMIAL = '9a6c9329ac4bc9b5';

const base64OfInt = (value: number): string => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value >>> 0);
  return bytes.toString('base64');
};

/** A CRC32 that grows as bytes pass by, in S3's spelling. */
export class RunningCrc32 {
  private value = 0;

  add(bytes: Buffer): void {
    this.value = crc32(bytes, this.value);
  }

  get base64(): string {
    return base64OfInt(this.value);
  }
}

/** S3's checksum of an object that is read in pieces. */
export interface RunningChecksum {
  add(bytes: Buffer): void;
  /** The checksum of all that was added; nothing more can be. */
  finish(): Checksum;
}

/** Starts a checksum: the CRC's big-endian bytes in base64. */
export async function startChecksum(algorithm: Checksum['algorithm']): Promise<RunningChecksum> {
  if (algorithm === 'CRC32') {
    const crc = new RunningCrc32();
    return { add: (bytes) => crc.add(bytes), finish: () => ({ algorithm, value: crc.base64 }) };
  }
  const hasher = await (algorithm === 'CRC32C' ? createCRC32(CRC32C_POLYNOMIAL) : createCRC64(CRC64NVME_POLYNOMIAL));
  hasher.init();
  return {
    add: (bytes) => {
      hasher.update(bytes);
    },
    finish: () => ({ algorithm, value: Buffer.from(hasher.digest('binary')).toString('base64') }),
  };
}

/** S3's checksum of some bytes. */
export async function checksumOf(bytes: Buffer, algorithm: Checksum['algorithm']): Promise<Checksum> {
  const running = await startChecksum(algorithm);
  running.add(bytes);
  return running.finish();
}

/** S3's checksum of some bytes, where the object that they are of has one to compare with. */
export async function rangeChecksum(bytes: Buffer, stored: Checksum | undefined, meter: Meter | undefined): Promise<Checksum | undefined> {
  if (!stored) return undefined;
  const begun = performance.now();
  const sum = await checksumOf(bytes, stored.algorithm);
  meter?.add('checksum', { seconds: (performance.now() - begun) / 1000, bytes: bytes.length });
  return sum;
}
