import { crc32 } from 'node:zlib';
import { MIB } from '../core/units';
import type { PendingUploads, UploadedPiece } from './ports';

/** S3's least size of a part; 10,000 of these are 50 GB of text. */
const PART_BYTES = 5 * MIB;

/** Of a character as JavaScript counts them, in UTF-8. */
const MOST_BYTES_A_CHARACTER = 3;

const base64 = (checksum: number): string => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(checksum);
  return bytes.toString('base64');
};

/** Text gathered into parts of `PART_BYTES`, but for the last; one buffer serves them all, so each is to be used at once. */
async function* partsOf(pieces: AsyncIterable<string> | Iterable<string>): AsyncGenerator<Buffer> {
  const part = Buffer.allocUnsafeSlow(PART_BYTES);
  let [filled, parts] = [0, 0];
  for await (const piece of pieces) {
    if (filled + MOST_BYTES_A_CHARACTER * piece.length < PART_BYTES) {
      filled += part.write(piece, filled);
      continue;
    }
    let bytes = Buffer.from(piece);
    while (filled + bytes.length >= PART_BYTES) {
      bytes = bytes.subarray(bytes.copy(part, filled));
      yield part;
      [filled, parts] = [0, parts + 1];
    }
    filled += bytes.copy(part, filled);
  }
  if (filled > 0 || parts === 0) yield part.subarray(0, filled);
}

/**
 * Writes a text while it is made, with one part of it in memory; it becomes visible when it is whole. Where writing
 * fails nothing is left behind. Returns its length in bytes.
 */
export async function uploadText(uploads: PendingUploads, key: string, pieces: AsyncIterable<string> | Iterable<string>): Promise<number> {
  const uploadId = await uploads.begin(key, 'text/plain; charset=utf-8');
  try {
    const done: UploadedPiece[] = [];
    let [whole, length] = [0, 0];
    for await (const body of partsOf(pieces)) {
      whole = crc32(body, whole);
      length += body.length;
      done.push(await uploads.uploadPiece({ key, uploadId, partNumber: done.length + 1, body, checksum: base64(crc32(body)) }));
    }
    await uploads.complete({ key, uploadId, pieces: done, checksum: base64(whole) });
    return length;
  } catch (thrown) {
    await uploads.abort({ key, uploadId });
    throw thrown;
  }
}
