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

/** Text gathered into parts of `PART_BYTES`, but for the last; two buffers take turns, so that one is sent while the other fills. */
async function* partsOf(pieces: AsyncIterable<string> | Iterable<string>): AsyncGenerator<Buffer> {
  let [part, other] = [Buffer.allocUnsafeSlow(PART_BYTES), Buffer.allocUnsafeSlow(PART_BYTES)];
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
      [part, other] = [other, part];
      [filled, parts] = [0, parts + 1];
    }
    filled += bytes.copy(part, filled);
  }
  if (filled > 0 || parts === 0) yield part.subarray(0, filled);
}

/** Sends parts one after another, each while the next is made. */
class PartSender {
  private readonly done: UploadedPiece[] = [];
  private sending: Promise<void> = Promise.resolve();
  private whole = 0;
  private length = 0;

  constructor(
    private readonly uploads: PendingUploads,
    private readonly upload: { readonly key: string; readonly uploadId: string },
  ) {}

  async send(body: Buffer): Promise<void> {
    await this.sending;
    this.whole = crc32(body, this.whole);
    this.length += body.length;
    const partNumber = this.done.length + 1;
    this.sending = this.uploads
      .uploadPiece({ ...this.upload, partNumber, body, checksum: base64(crc32(body)) })
      .then((piece) => void this.done.push(piece));
    // Whoever waits for it next learns of its failure; until then nobody does.
    this.sending.catch(() => undefined);
  }

  async complete(): Promise<number> {
    await this.sending;
    await this.uploads.complete({ ...this.upload, pieces: this.done, checksum: base64(this.whole) });
    return this.length;
  }

  async abort(): Promise<void> {
    await Promise.allSettled([this.sending]);
    await this.uploads.abort(this.upload);
  }
}

/**
 * Writes a text while it is made, with two parts of it in memory; it becomes visible when it is whole. Where writing
 * fails nothing is left behind. Returns its length in bytes.
 */
export async function uploadText(uploads: PendingUploads, key: string, pieces: AsyncIterable<string> | Iterable<string>): Promise<number> {
  const sender = new PartSender(uploads, { key, uploadId: await uploads.begin(key, 'text/plain; charset=utf-8') });
  try {
    for await (const body of partsOf(pieces)) await sender.send(body);
    return await sender.complete();
  } catch (thrown) {
    await sender.abort();
    throw thrown;
  }
}
