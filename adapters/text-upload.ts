import { crc32 } from 'node:zlib';
import { MIB } from '../core/units';
import type { ObjectStore, PendingUploads, StoredObject, UploadedPiece } from './ports';

/** S3's least size of a part; 10,000 of these are 50 GB of text. */
const PART_BYTES = 5 * MIB;

/** Of a character as JavaScript counts them, in UTF-8. */
const MOST_BYTES_A_CHARACTER = 3;

const CONTENT_TYPE = 'text/plain; charset=utf-8';

const base64 = (checksum: number): string => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(checksum);
  return bytes.toString('base64');
};

/** Somebody else has written another text under this key. */
export class OtherTextError extends Error {
  override readonly name = 'OtherTextError';
}

export interface TextPlace {
  readonly store: ObjectStore;
  /** Of the same bucket. */
  readonly uploads: PendingUploads;
  readonly key: string;
}

/** How far a text is: enough for another process to go on with it. */
export interface TextState {
  readonly uploadId?: string;
  readonly pieces: readonly UploadedPiece[];
  /** CRC32 of the pieces, as a number. */
  readonly crc: number;
  /** What was not sent yet, less than a part. */
  readonly tail: Buffer;
}

const NOTHING: TextState = { pieces: [], crc: 0, tail: Buffer.alloc(0) };

/**
 * Writes a text once, while it is made, with two parts of it in memory: one is sent while the other fills. It becomes
 * visible when it is whole. Where it stands already, written by an earlier attempt, nothing is sent; it must be the same.
 */
export class TextUpload {
  private part = Buffer.allocUnsafeSlow(PART_BYTES);
  private other = Buffer.allocUnsafeSlow(PART_BYTES);
  private filled: number;
  private uploadId: string | undefined;
  private readonly done: UploadedPiece[];
  private parts: number;
  private crc: number;
  private sending: Promise<void> = Promise.resolve();

  private constructor(
    private readonly place: TextPlace,
    private readonly existing: StoredObject | undefined,
    { uploadId, pieces, crc, tail }: TextState,
  ) {
    this.filled = tail.copy(this.part);
    this.uploadId = uploadId;
    this.done = [...pieces];
    this.parts = pieces.length;
    this.crc = crc;
  }

  /** Begins a text, or goes on with one. */
  static async open(place: TextPlace, state: TextState = NOTHING): Promise<TextUpload> {
    return new TextUpload(place, await place.store.head(place.key), state);
  }

  async write(text: string): Promise<void> {
    if (this.filled + MOST_BYTES_A_CHARACTER * text.length < PART_BYTES) {
      this.filled += this.part.write(text, this.filled);
      return;
    }
    let bytes = Buffer.from(text);
    while (this.filled + bytes.length >= PART_BYTES) {
      bytes = bytes.subarray(bytes.copy(this.part, this.filled));
      await this.send(this.part);
      [this.part, this.other] = [this.other, this.part];
      this.filled = 0;
    }
    this.filled += bytes.copy(this.part, this.filled);
  }

  /** Waits for what is under way, so that what it answers is on record. */
  async state(): Promise<TextState> {
    await this.sending;
    const tail = Buffer.from(this.part.subarray(0, this.filled));
    return { ...(this.uploadId !== undefined && { uploadId: this.uploadId }), pieces: [...this.done], crc: this.crc, tail };
  }

  /** Makes the text visible; `OtherTextError` if there is another one under its key. */
  async complete(): Promise<void> {
    const rest = this.part.subarray(0, this.filled);
    if (this.existing) return this.compare(rest, this.existing);
    if (this.uploadId === undefined) return this.createWhole(rest);
    if (rest.length > 0) await this.send(rest);
    await this.sending;
    const { key, uploads } = this.place;
    await uploads.complete({ key, uploadId: this.uploadId, pieces: this.done, checksum: base64(this.crc), once: true });
  }

  /** Leaves nothing behind. */
  async abort(): Promise<void> {
    await Promise.allSettled([this.sending]);
    if (this.uploadId !== undefined) await this.place.uploads.abort({ key: this.place.key, uploadId: this.uploadId });
  }

  private async send(body: Buffer): Promise<void> {
    await this.sending;
    this.crc = crc32(body, this.crc);
    if (this.existing) return;
    const { key, uploads } = this.place;
    this.uploadId ??= await uploads.begin(key, CONTENT_TYPE);
    const piece = { key, uploadId: this.uploadId, partNumber: ++this.parts, body, checksum: base64(crc32(body)) };
    this.sending = uploads.uploadPiece(piece).then((sent) => void this.done.push(sent));
    // Whoever waits for it next learns of its failure; until then nobody does.
    this.sending.catch(() => undefined);
  }

  /** A text of less than a part needs no upload in parts. */
  private async createWhole(text: Buffer): Promise<void> {
    const { store, key } = this.place;
    if (await store.createOnce(key, text)) return;
    this.compare(text, await store.head(key));
  }

  private compare(rest: Buffer, found: StoredObject | undefined): void {
    const expected = base64(crc32(rest, this.crc));
    if (found?.checksum?.value === expected) return;
    throw new OtherTextError(`${this.place.key} holds a text with the checksum ${found?.checksum?.value ?? 'none'}, expected ${expected}`);
  }
}
