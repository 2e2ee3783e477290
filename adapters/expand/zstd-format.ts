import { MIB } from '../../core/units';
import { CorruptStreamError } from './errors';

/** The parts of RFC 8878 that tell where frames and blocks end. */

export const SKIPPABLE_HEADER_BYTES = 8;
const FRAME_MAGIC = 0xfd2fb528;
/** What zstd itself takes unless told otherwise: a header may ask for gigabytes of memory with a single byte. */
const MAX_WINDOW_BYTES = 128 * MIB;
const CONTENT_SIZE_BYTES = [0, 2, 4, 8] as const;
const DICTIONARY_ID_BYTES = [0, 1, 2, 4] as const;
/** Sizes of two bytes are stored less this. */
const TWO_BYTE_SIZE_OFFSET = 256;

export interface FrameHeader {
  /** The header itself, from its magic on. */
  readonly bytes: Buffer;
  /** Whether four bytes of checksum follow the last block. */
  readonly checksum: boolean;
  /** Bytes that the frame expands to, where it says so. */
  readonly size: number | undefined;
}

/** Whether a frame's first four bytes are those of one that holds no data. */
export const isSkippable = (magic: Buffer): boolean => magic.readUInt32LE(0) >>> 4 === 0x184d2a5;

function contentSize(field: Buffer): number | undefined {
  if (field.length === 0) return undefined;
  if (field.length === 8) return Number(field.readBigUInt64LE(0));
  return field.readUIntLE(0, field.length) + (field.length === 2 ? TWO_BYTE_SIZE_OFFSET : 0);
}

function windowSize(descriptor: number): number {
  const base = 2 ** (10 + (descriptor >> 3));
  return base + (base / 8) * (descriptor & 7);
}

/** Reads a frame's header, whose magic and descriptor are at hand, and refuses what no ordinary file asks for. */
export async function frameHeader(magic: Buffer, first: Buffer, take: (length: number) => Promise<Buffer>): Promise<FrameHeader> {
  if (magic.readUInt32LE(0) !== FRAME_MAGIC) throw new CorruptStreamError('something that is no Zstandard frame follows');
  const descriptor = first.readUInt8(0);
  const single = (descriptor & 0x20) !== 0;
  const window = await take(single ? 0 : 1);
  const dictionary = await take(DICTIONARY_ID_BYTES[(descriptor & 3) as 0 | 1 | 2 | 3]);
  const sizeBytes = CONTENT_SIZE_BYTES[(descriptor >> 6) as 0 | 1 | 2 | 3];
  const field = await take(single && sizeBytes === 0 ? 1 : sizeBytes);
  const size = contentSize(field);
  const wanted = single ? (size ?? 0) : windowSize(window.readUInt8(0));
  if (wanted > MAX_WINDOW_BYTES) throw new CorruptStreamError(`it needs a window of ${wanted} bytes, allowed: up to ${MAX_WINDOW_BYTES}`);
  if (dictionary.some((byte) => byte !== 0)) throw new CorruptStreamError('it was made with a dictionary, allowed: frames without one');
  return { bytes: Buffer.concat([magic, first, window, dictionary, field]), checksum: (descriptor & 4) !== 0, size };
}

const RUN_LENGTH = 1;
const RESERVED = 3;

/** How many bytes follow a block's own three, and whether it is its frame's last. */
export function blockSize(head: Buffer): { readonly bytes: number; readonly last: boolean } {
  const value = head.readUIntLE(0, 3);
  const type = (value >> 1) & 3;
  if (type === RESERVED) throw new CorruptStreamError('a block is of no known type');
  return { bytes: type === RUN_LENGTH ? 1 : value >> 3, last: (value & 1) === 1 };
}
