import { type FileHandle, open } from 'node:fs/promises';
import { mapConcurrently } from '../adapters/concurrency';
import type { PendingUploads, UploadedPiece } from '../adapters/ports';
import { combineCrc, emptyCrc } from '../core/commit/checksums';
import type { PendingPart } from '../core/contracts';
import { MIB } from '../core/units';
import { checksumOf } from './checksum';
import { StoppedError } from './failures';
import type { Meter } from './meter';

/** S3 wants pieces of 5 MiB at least, but for the last one. */
const PIECE_BYTES = 8 * MIB;
/** S3 takes no more pieces of one upload; what is larger than 80 GB has larger pieces. */
const MOST_PIECES = 10_000;
/** One is read and summed while another is sent. */
const PIECES_AT_ONCE = 2;

/** What an upload holds in memory at most. */
export const UPLOAD_BUFFER_BYTES = PIECES_AT_ONCE * PIECE_BYTES;

export interface Upload {
  readonly file: string;
  readonly key: string;
  readonly contentType: string;
  readonly rows: number;
  readonly signal: AbortSignal;
  readonly meter?: Meter;
}

/** How large the pieces of a file are. */
export const pieceBytesOf = (size: number): number => Math.max(PIECE_BYTES, Math.ceil(size / MOST_PIECES));

/** Uploads a file without making it visible; only Commit completes it. An upload that fails is taken back. */
export async function uploadPending(uploads: PendingUploads, upload: Upload): Promise<PendingPart> {
  const { file, key, contentType, rows } = upload;
  const uploadId = await uploads.begin(key, contentType);
  const handle = await open(file);
  try {
    const sent = await sendPieces(handle, upload, (piece) => uploads.uploadPiece({ key, uploadId, ...piece, signal: upload.signal }));
    return { bucket: uploads.bucket, key, uploadId, rows, ...sent };
  } catch (thrown) {
    await uploads.abort({ key, uploadId });
    throw upload.signal.aborted ? new StoppedError() : thrown;
  } finally {
    await handle.close();
  }
}

interface Piece {
  readonly partNumber: number;
  readonly body: Buffer;
  readonly checksum: string;
}

/** Pieces are read and summed in their order, since the whole has a checksum too, and sent side by side. */
async function sendPieces(
  handle: FileHandle,
  { signal, meter }: Upload,
  send: (piece: Piece) => Promise<UploadedPiece>,
): Promise<Pick<PendingPart, 'pieces' | 'bytes' | 'checksum'>> {
  const { size } = await handle.stat();
  const pieceBytes = pieceBytesOf(size);
  const reader = new PieceReader(handle, meter);
  const starts = Array.from({ length: Math.max(1, Math.ceil(size / pieceBytes)) }, (_, index) => index * pieceBytes);
  const pieces = await mapConcurrently(starts, PIECES_AT_ONCE, async (start, index) => {
    if (signal.aborted) throw new StoppedError();
    const { body, checksum } = await reader.next(start, Math.min(pieceBytes, size - start));
    const sent = await send({ partNumber: index + 1, body, checksum });
    reader.giveBack(body);
    return sent;
  });
  return { pieces, bytes: size, checksum: { algorithm: 'CRC32', value: reader.checksum } };
}

/** Hands out the pieces of a file one after another, whoever asks, in memory that comes back to it. */
class PieceReader {
  private whole = emptyCrc('CRC32');
  private readonly idle: Buffer[] = [];
  private last: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly handle: FileHandle,
    private readonly meter: Meter | undefined,
  ) {}

  get checksum(): string {
    return this.whole;
  }

  /** A piece was sent, and its memory may hold another. */
  giveBack(body: Buffer): void {
    this.idle.push(body);
  }

  next(start: number, length: number): Promise<{ readonly body: Buffer; readonly checksum: string }> {
    const mine = this.last.then(() => this.read(start, length));
    // A failure is told to whoever asked for the piece; the next one finds its own.
    this.last = mine.catch(() => undefined);
    return mine;
  }

  private async read(start: number, length: number): Promise<{ body: Buffer; checksum: string }> {
    const idle = this.idle.pop();
    const body = await readFully(this.handle, start, idle && idle.length >= length ? idle.subarray(0, length) : Buffer.allocUnsafe(length));
    const begun = performance.now();
    const { value } = await checksumOf(body, 'CRC32');
    this.whole = combineCrc('CRC32', this.whole, value, length);
    this.meter?.add('checksum', { seconds: (performance.now() - begun) / 1000, bytes: length });
    return { body, checksum: value };
  }
}

async function readFully(handle: FileHandle, position: number, body: Buffer): Promise<Buffer> {
  const { length } = body;
  let filled = 0;
  while (filled < length) {
    const { bytesRead } = await handle.read(body, filled, length - filled, position + filled);
    if (bytesRead === 0) throw new RangeError(`the part ends at byte ${position + filled}, expected ${position + length}`);
    filled += bytesRead;
  }
  return body;
}
