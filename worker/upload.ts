import { type FileHandle, open } from 'node:fs/promises';
import type { PendingUploads, UploadedPiece } from '../adapters/ports';
import type { PendingPart } from '../core/contracts';
import { MIB } from '../core/units';
import { checksumOf, RunningCrc32 } from './checksum';
import { StoppedError } from './failures';

/** S3 wants pieces of 5 MiB at least, and 10,000 at most. */
const PIECE_BYTES = 8 * MIB;

export interface Upload {
  readonly file: string;
  readonly key: string;
  readonly contentType: string;
  readonly rows: number;
  readonly signal: AbortSignal;
}

/** Uploads a file without making it visible; only Commit completes it. An upload that fails is taken back. */
export async function uploadPending(uploads: PendingUploads, { file, key, contentType, rows, signal }: Upload): Promise<PendingPart> {
  const uploadId = await uploads.begin(key, contentType);
  const handle = await open(file);
  try {
    const sent = await sendPieces(handle, async (partNumber, body, checksum) => {
      if (signal.aborted) throw new StoppedError();
      return uploads.uploadPiece({ key, uploadId, partNumber, body, checksum });
    });
    return { bucket: uploads.bucket, key, uploadId, rows, ...sent };
  } catch (thrown) {
    await uploads.abort({ key, uploadId });
    throw thrown;
  } finally {
    await handle.close();
  }
}

type SendPiece = (partNumber: number, body: Buffer, checksum: string) => Promise<UploadedPiece>;

async function sendPieces(handle: FileHandle, send: SendPiece): Promise<Pick<PendingPart, 'pieces' | 'bytes' | 'checksum'>> {
  const whole = new RunningCrc32();
  const pieces: UploadedPiece[] = [];
  const { size } = await handle.stat();
  let position = 0;
  do {
    const body = await readFully(handle, position, Math.min(PIECE_BYTES, size - position));
    whole.add(body);
    pieces.push(await send(pieces.length + 1, body, (await checksumOf(body, 'CRC32')).value));
    position += body.length;
  } while (position < size);
  return { pieces, bytes: size, checksum: { algorithm: 'CRC32', value: whole.base64 } };
}

async function readFully(handle: FileHandle, position: number, length: number): Promise<Buffer> {
  const body = Buffer.allocUnsafe(length);
  let filled = 0;
  while (filled < length) {
    const { bytesRead } = await handle.read(body, filled, length - filled, position + filled);
    if (bytesRead === 0) throw new RangeError(`the part ends at byte ${position + filled}, expected ${position + length}`);
    filled += bytesRead;
  }
  return body;
}
