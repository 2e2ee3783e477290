import type { Compression } from '../../core/contracts';
import { bunzip2 } from './bzip2';
import { CorruptStreamError, CutStreamError } from './errors';
import { gunzip } from './gzip';
import { unzstd } from './zstd';

export { CorruptStreamError } from './errors';

type Expander = (pieces: AsyncIterable<Buffer>, cut: boolean) => AsyncGenerator<Buffer>;

const EXPANDERS: Readonly<Record<Compression, Expander>> = {
  gzip: gunzip,
  // What a decoder in another thread has made is lost when the input fails it, so a cut file goes through the other one.
  zstd: (pieces, cut) => unzstd(pieces, !cut),
  bzip2: bunzip2,
};

/** Tells the pieces' own failures, such as S3's, from those of the stream that they make up. */
class Watched implements AsyncIterable<Buffer> {
  failure: unknown;
  constructor(private readonly pieces: AsyncIterable<Buffer>) {}

  async *[Symbol.asyncIterator](): AsyncGenerator<Buffer> {
    try {
      yield* this.pieces;
    } catch (thrown) {
      this.failure = thrown;
      throw thrown;
    }
  }
}

/** Expands a compressed file as its pieces come, with bounded memory; `CorruptStreamError` where it cannot be. */
export async function* expand(compression: Compression, pieces: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  yield* expandWith(compression, pieces, false);
}

async function* expandWith(compression: Compression, pieces: AsyncIterable<Buffer>, cut: boolean): AsyncGenerator<Buffer> {
  const watched = new Watched(pieces);
  try {
    yield* EXPANDERS[compression](watched, cut);
  } catch (thrown) {
    if (watched.failure !== undefined || thrown instanceof CorruptStreamError) throw thrown;
    throw new CorruptStreamError(thrown instanceof Error ? thrown.message : String(thrown));
  }
}

export interface ExpandedStart {
  readonly bytes: Buffer;
  /** Whether that is all there is. */
  readonly complete: boolean;
}

async function* single(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes;
}

/** What the first bytes of a compressed file expand to, as far as they go and up to about `limit` bytes. */
export async function expandStart(
  compression: Compression,
  start: { readonly bytes: Buffer; readonly whole: boolean },
  limit: number,
): Promise<ExpandedStart> {
  const parts: Buffer[] = [];
  let total = 0;
  try {
    for await (const part of expandWith(compression, single(start.bytes), !start.whole)) {
      parts.push(part);
      total += part.length;
      if (total >= limit) return { bytes: Buffer.concat(parts), complete: false };
    }
  } catch (thrown) {
    if (start.whole || !(thrown instanceof CutStreamError)) throw thrown;
  }
  return { bytes: Buffer.concat(parts), complete: start.whole };
}
