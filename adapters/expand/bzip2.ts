// biome-ignore lint/style/noRestrictedImports: a folder of that package, not the infrastructure's
import bzip2 from 'unbzip2-stream/lib/bzip2';
import { KIB, MIB } from '../../core/units';
import { BitReader } from './bit-reader';
import { ByteReader } from './byte-reader';

/** More than any block takes: 900,000 bytes at most, and hardly more than that where they do not shrink. */
const BLOCK_ROOM_BYTES = MIB + 256 * KIB;
const BLOCK_UNIT_BYTES = 100_000;

/** Bytes that arrive one by one. */
class Sink {
  private bytes = Buffer.allocUnsafe(MIB);
  private length = 0;

  readonly put = (byte: number): void => {
    if (this.length === this.bytes.length) this.bytes = Buffer.concat([this.bytes, Buffer.allocUnsafe(this.bytes.length)]);
    this.bytes[this.length++] = byte;
  };

  taken(): Buffer {
    const taken = Buffer.from(this.bytes.subarray(0, this.length));
    this.length = 0;
    return taken;
  }
}

/**
 * Every stream of a bzip2 file, block by block. The library's own stream gathers a block's output as one number per
 * byte, which is a thousand times its input where a file is made to burst, so only its decoder is used.
 */
export async function* bunzip2(pieces: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const reader = new ByteReader(pieces);
  const sink = new Sink();
  while (!(await reader.atEnd())) yield* streamOf(reader, sink);
}

async function* streamOf(reader: ByteReader, sink: Sink): AsyncGenerator<Buffer> {
  const bits = new BitReader();
  let blocks: Int32Array | undefined;
  for (let crc: number | null = 0; crc !== null; ) {
    bits.refill(await reader.peek(BLOCK_ROOM_BYTES), reader.position);
    blocks ??= new Int32Array(BLOCK_UNIT_BYTES * bzip2.header(bits.read));
    crc = bzip2.decompress(bits.read, sink.put, blocks, blocks.length, crc);
    reader.release(bits.drop());
    yield sink.taken();
  }
}
