import { open } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import { MIB } from '../../core/units';

/** Large reads: a 64 KiB stream takes five times as long. */
const READ_BYTES = MIB;

/** Base64, as S3 writes a CRC32. */
export function toBase64(crc: number): string {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(crc);
  return bytes.toString('base64');
}

/** Size and CRC32 of a whole file, read once with one buffer. */
export async function measureFile(path: string): Promise<{ readonly bytes: number; readonly crc32: string }> {
  const file = await open(path);
  try {
    const buffer = Buffer.allocUnsafe(READ_BYTES);
    let bytes = 0;
    let crc = 0;
    for (;;) {
      const { bytesRead } = await file.read(buffer, 0, buffer.length);
      if (bytesRead === 0) return { bytes, crc32: toBase64(crc) };
      crc = crc32(buffer.subarray(0, bytesRead), crc);
      bytes += bytesRead;
    }
  } finally {
    await file.close();
  }
}

/** The bytes [start, end) of a file. */
export async function readPiece(path: string, start: number, end: number): Promise<Buffer> {
  const file = await open(path);
  try {
    const buffer = Buffer.allocUnsafe(end - start);
    const { bytesRead } = await file.read(buffer, 0, buffer.length, start);
    if (bytesRead !== buffer.length) throw new RangeError(`${path} became shorter while it was read: expected ${end} bytes`);
    return buffer;
  } finally {
    await file.close();
  }
}
