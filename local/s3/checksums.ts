import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { createCRC32, createCRC64, type IHasher } from 'hash-wasm';
import { combineCrc, emptyCrc } from '../../core/commit/checksums';
import type { ChecksumAlgorithm } from './model';

/** A running checksum; `digest` ends it. */
export interface Hasher {
  update(bytes: Uint8Array): void;
  digest(): Buffer;
}

/** What S3 computes for an object whose client sends no checksum. */
export const DEFAULT_ALGORITHM: ChecksumAlgorithm = 'CRC64NVME';

const CRC32C_POLYNOMIAL = 0x82f63b78;
const CRC64NVME_POLYNOMIAL = '9a6c9329ac4bc9b5';

export const DIGEST_BYTES: Readonly<Record<ChecksumAlgorithm, number>> = { CRC32: 4, CRC32C: 4, CRC64NVME: 8, SHA1: 20, SHA256: 32 };

export const isCrc = (algorithm: ChecksumAlgorithm): algorithm is 'CRC32' | 'CRC32C' | 'CRC64NVME' => algorithm.startsWith('CRC');

function zlibCrc32(): Hasher {
  let value = 0;
  return {
    update: (bytes) => {
      value = crc32(bytes, value);
    },
    digest: () => {
      const bytes = Buffer.alloc(4);
      bytes.writeUInt32BE(value);
      return bytes;
    },
  };
}

function nodeHash(name: 'md5' | 'sha1' | 'sha256'): Hasher {
  const hash = createHash(name);
  return { update: (bytes) => void hash.update(bytes), digest: () => hash.digest() };
}

/** WebAssembly instances that ended their last checksum and may start another. */
const idle: Record<'CRC32C' | 'CRC64NVME', IHasher[]> = { CRC32C: [], CRC64NVME: [] };

async function wasmCrc(algorithm: 'CRC32C' | 'CRC64NVME'): Promise<Hasher> {
  const make = (): Promise<IHasher> => (algorithm === 'CRC32C' ? createCRC32(CRC32C_POLYNOMIAL) : createCRC64(CRC64NVME_POLYNOMIAL));
  const hasher = (idle[algorithm].pop() ?? (await make())).init();
  return {
    update: (bytes) => void hasher.update(bytes),
    digest: () => {
      const value = Buffer.from(hasher.digest('binary'));
      idle[algorithm].push(hasher);
      return value;
    },
  };
}

export const md5Hasher = (): Hasher => nodeHash('md5');
export const sha256Hasher = (): Hasher => nodeHash('sha256');
export const crc32Hasher = zlibCrc32;

export async function createHasher(algorithm: ChecksumAlgorithm): Promise<Hasher> {
  switch (algorithm) {
    case 'CRC32':
      return zlibCrc32();
    case 'SHA1':
      return nodeHash('sha1');
    case 'SHA256':
      return nodeHash('sha256');
    default:
      return wasmCrc(algorithm);
  }
}

/** The checksum over all bytes of an object, from those of its parts. */
export const fullObjectChecksum = (
  algorithm: 'CRC32' | 'CRC32C' | 'CRC64NVME',
  parts: readonly { readonly checksum: string; readonly size: number }[],
): string => parts.reduce((crc, part) => combineCrc(algorithm, crc, part.checksum, part.size), emptyCrc(algorithm));

/** S3's checksum of checksums, marked with the number of parts. */
export async function compositeChecksum(algorithm: ChecksumAlgorithm, parts: readonly { readonly checksum: string }[]): Promise<string> {
  const hasher = await createHasher(algorithm);
  for (const { checksum } of parts) hasher.update(Buffer.from(checksum, 'base64'));
  return `${hasher.digest().toString('base64')}-${parts.length}`;
}

/** The ETag of a multipart object: the MD5 of its parts' MD5s, marked with the number of parts. */
export function multipartEtag(parts: readonly { readonly etag: string }[]): string {
  const hash = createHash('md5');
  for (const { etag } of parts) hash.update(Buffer.from(etag, 'hex'));
  return `${hash.digest('hex')}-${parts.length}`;
}
