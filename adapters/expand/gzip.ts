import { pipeline, Readable } from 'node:stream';
import { constants, createGunzip } from 'node:zlib';
import { MIB } from '../../core/units';
import { CorruptStreamError } from './errors';

const OUTPUT_BYTES = MIB;

interface Fed {
  readonly at: number;
  readonly piece: Buffer;
}

/** Keeps what the decoder may not have taken yet: it says nothing about bytes that it leaves behind. */
class Feed {
  private kept: readonly Fed[] = [];
  private fed = 0;
  private readonly source: AsyncIterator<Buffer>;

  constructor(pieces: AsyncIterable<Buffer>) {
    this.source = pieces[Symbol.asyncIterator]();
  }

  /** The pieces for the decoder; it stops listening without closing their source. */
  async *pieces(consumed: () => number): AsyncGenerator<Buffer> {
    for (let piece = await this.next(); piece; piece = await this.next()) {
      this.kept = this.kept.filter(({ at, piece: { length } }) => at + length > consumed());
      yield piece;
    }
  }

  /** Whatever follows the byte at which the decoder stopped. */
  async *rest(consumed: number): AsyncGenerator<Buffer> {
    for (const { at, piece } of this.kept) {
      if (at + piece.length > consumed) yield piece.subarray(Math.max(0, consumed - at));
    }
    for (let piece = await this.next(); piece; piece = await this.next()) yield piece;
  }

  private async next(): Promise<Buffer | undefined> {
    const { done, value } = await this.source.next();
    if (done) return undefined;
    this.kept = [...this.kept, { at: this.fed, piece: value }];
    this.fed += value.length;
    return value;
  }
}

const isZero = (piece: Buffer): boolean => piece.every((byte) => byte === 0);

/** The members of a gzip file one after the other; zeros may pad its end, anything else behind it would be lost. */
export async function* gunzip(pieces: AsyncIterable<Buffer>, cut: boolean): AsyncGenerator<Buffer> {
  const feed = new Feed(pieces);
  const finishFlush = cut ? constants.Z_SYNC_FLUSH : constants.Z_FINISH;
  const decoder = createGunzip({ chunkSize: OUTPUT_BYTES, finishFlush });
  const fed = feed.pieces(() => decoder.bytesWritten);
  // Failures of either side end the decoder, which throws them where it is read.
  pipeline(Readable.from(fed, { highWaterMark: 1 }), decoder, () => undefined);
  yield* decoder as AsyncIterable<Buffer>;
  if (cut) return;
  const end = decoder.bytesWritten;
  for await (const piece of feed.rest(end)) {
    if (!isZero(piece)) throw new CorruptStreamError(`something that is no gzip follows its end at byte ${end}`);
  }
}
