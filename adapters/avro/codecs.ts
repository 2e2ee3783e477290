import { promisify } from 'node:util';
import { crc32, inflateRaw } from 'node:zlib';
import { snappyUncompress } from 'hyparquet';
import { type AvroCodec, AvroError, MAX_LONG_BYTES } from '../../core/records/avro-header';
import { MIB } from '../../core/units';
import { expand } from '../expand';

/** A block is held in memory, as it is stored and as it expands. */
const MAX_EXPANDED_BYTES = 256 * MIB;

export type Codec = (data: Buffer) => Promise<Buffer>;

const inflate = promisify(inflateRaw);

async function* single(data: Buffer): AsyncGenerator<Buffer> {
  yield data;
}

function checkSize(bytes: number): void {
  if (bytes > MAX_EXPANDED_BYTES)
    throw new AvroError(`it expands to more than ${MAX_EXPANDED_BYTES} bytes, which is what a block may have`);
}

const expanded =
  (compression: 'zstd' | 'bzip2'): Codec =>
  async (data) => {
    const parts: Buffer[] = [];
    let total = 0;
    for await (const part of expand(compression, single(data))) {
      parts.push(part);
      total += part.length;
      checkSize(total);
    }
    return Buffer.concat(parts, total);
  };

const CHECKSUM_BYTES = 4;

/** The size that a Snappy block expands to stands before it, seven bits to a byte. */
function snappySize(data: Buffer): number {
  let size = 0;
  for (const [i, byte] of data.subarray(0, MAX_LONG_BYTES).entries()) {
    size += (byte & 0x7f) * 2 ** (7 * i);
    if (byte < 0x80) return size;
  }
  throw new AvroError('it does not tell its size');
}

/** Avro adds a checksum of what the data expands to. */
async function unsnappy(data: Buffer): Promise<Buffer> {
  if (data.length <= CHECKSUM_BYTES) throw new AvroError('it is too short for its checksum');
  const stored = data.subarray(0, -CHECKSUM_BYTES);
  const size = snappySize(stored);
  checkSize(size);
  const out = Buffer.alloc(size);
  snappyUncompress(stored, out);
  if (crc32(out) !== data.readUInt32BE(stored.length)) throw new AvroError('its checksum does not match');
  return out;
}

/** How blocks are expanded. */
export const CODECS: Readonly<Record<AvroCodec, Codec>> = {
  null: async (data) => data,
  deflate: (data) => inflate(data, { maxOutputLength: MAX_EXPANDED_BYTES }),
  snappy: unsnappy,
  zstandard: expanded('zstd'),
  bzip2: expanded('bzip2'),
};
