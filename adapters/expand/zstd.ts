import { pipeline, Readable, type Transform } from 'node:stream';
import * as zlib from 'node:zlib';
import { Decompress } from 'fzstd';
import { createXXHash64 } from 'hash-wasm';
import { ByteReader } from './byte-reader';
import { CorruptStreamError } from './errors';
import { blockSize, type FrameHeader, frameHeader, isSkippable, SKIPPABLE_HEADER_BYTES } from './zstd-format';

/** A stretch of one frame, never of two: Node's decoder says nothing about what follows a frame in the same piece. */
interface Stretch {
  readonly bytes: Buffer;
  readonly header?: FrameHeader;
  /** Set for what follows the last block: the checksum, or nothing. */
  readonly end?: boolean;
}

/** Walks the frames block by block, so that a file that ends in the middle of one is noticed, whatever the decoder says. */
async function* stretchesOf(pieces: AsyncIterable<Buffer>): AsyncGenerator<Stretch> {
  const reader = new ByteReader(pieces);
  while (!(await reader.atEnd())) {
    const at = reader.position;
    const where = `the frame that begins at byte ${at}`;
    const magic = await reader.take(4, where);
    if (isSkippable(magic)) await reader.skip((await reader.take(SKIPPABLE_HEADER_BYTES - 4, where)).readUInt32LE(0), where);
    else yield* frameOf(reader, magic, where);
  }
}

async function* frameOf(reader: ByteReader, magic: Buffer, where: string): AsyncGenerator<Stretch> {
  const descriptor = await reader.take(1, where);
  const header = await frameHeader(magic, descriptor, (length) => reader.take(length, where));
  yield { bytes: header.bytes, header };
  for (let last = false; !last; ) {
    const head = await reader.take(3, where);
    const block = blockSize(head);
    last = block.last;
    yield { bytes: Buffer.concat([head, await reader.take(block.bytes, where)]) };
  }
  yield { bytes: await reader.take(header.checksum ? 4 : 0, where), end: true };
}

/** Node's own decoder, which older versions lack and the types of this one do not know. */
const { createZstdDecompress } = zlib as typeof zlib & { readonly createZstdDecompress?: () => Transform };

/** Every frame of a Zstandard file; skippable ones are left out. `native` is whether to use Node's decoder where there is one. */
export function unzstd(pieces: AsyncIterable<Buffer>, native = true): AsyncGenerator<Buffer> {
  const stretches = stretchesOf(pieces);
  return native && createZstdDecompress ? decodeNative(stretches, createZstdDecompress()) : decodePortable(stretches);
}

async function* decodeNative(stretches: AsyncIterable<Stretch>, decoder: Transform): AsyncGenerator<Buffer> {
  async function* bytes(): AsyncGenerator<Buffer> {
    for await (const stretch of stretches) if (stretch.bytes.length > 0) yield stretch.bytes;
  }
  // Failures of either side end the decoder, which throws them where it is read.
  pipeline(Readable.from(bytes(), { highWaterMark: 1 }), decoder, () => undefined);
  yield* decoder as AsyncIterable<Buffer>;
}

type Hasher = Awaited<ReturnType<typeof createXXHash64>>;

/** One frame in fzstd, which checks neither a frame's size nor its checksum. */
class Frame {
  private out: Buffer[] = [];
  private total = 0;
  private readonly decoder = new Decompress((block) => this.out.push(Buffer.from(block.buffer, block.byteOffset, block.length)));

  constructor(
    private readonly header: FrameHeader,
    private readonly hash: Hasher,
  ) {
    this.hash.init();
    this.decoder.push(header.bytes);
  }

  push(bytes: Buffer, end: boolean): readonly Buffer[] {
    this.decoder.push(bytes, end);
    const blocks = this.out;
    this.out = [];
    for (const block of blocks) {
      this.total += block.length;
      if (this.header.checksum) this.hash.update(block);
    }
    if (end) this.check(bytes);
    return blocks;
  }

  private check(checksum: Buffer): void {
    const { size } = this.header;
    if (size !== undefined && size !== this.total) {
      throw new CorruptStreamError(`a frame gave ${this.total} bytes, its header says ${size}`);
    }
    if (!this.header.checksum) return;
    const found = Buffer.from(this.hash.digest('binary')).readUInt32BE(4);
    if (found !== checksum.readUInt32LE(0)) throw new CorruptStreamError('the checksum of a frame does not match');
  }
}

async function* decodePortable(stretches: AsyncIterable<Stretch>): AsyncGenerator<Buffer> {
  const hash = await createXXHash64();
  let frame: Frame | undefined;
  for await (const { header, bytes, end } of stretches) {
    if (header) frame = new Frame(header, hash);
    else yield* frame?.push(bytes, end ?? false) ?? [];
  }
}
