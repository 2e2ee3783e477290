import type { ByteRange } from '../values';
import { AvroCursor, AvroError, type AvroHeader, MAX_LONG_BYTES, natural, SYNC_BYTES, unlessShort } from './avro-header';

/**
 * Avro object container files as far as cutting them goes: a header with the schema and a sync marker, then blocks of
 * records, each ended by that marker. A chunk owns the blocks whose first byte lies in its range; the header belongs to
 * the chunk at byte 0.
 */

/** A block; `start` and `end` are the object's, and `end` lies behind its sync marker. */
export interface AvroBlock extends ByteRange {
  readonly records: number;
  /** Its records as they are stored. */
  readonly data: Buffer;
}

/** What a reader was asked for: the blocks whose first byte lies in [start, end) of one object. */
export interface AvroSlice extends ByteRange {
  /** Size of the whole object. */
  readonly bytes: number;
  readonly header: AvroHeader;
  /** Whether `start` is known to begin a block. */
  readonly told?: boolean;
}

/** A slice as it was really found; positions are the object's. */
export interface OwnedBlocks extends ByteRange {
  readonly blocks: readonly AvroBlock[];
}

/** Too few bytes are at hand: they must reach to `until`; `block` is where the block begins that they end in. */
export interface WantsMore {
  readonly until: number;
  readonly block?: number;
}

/** Read at a time where nobody knows how far the next marker is. */
const SEARCH_BYTES = 64 * 1024;

/** Where the window of a slice must begin: the marker of the block before may end exactly at its start. */
export const avroWindowStart = ({ start, told }: AvroSlice): number => (told ? start : Math.max(0, start - SYNC_BYTES));

/** The blocks that a slice owns, in a window of its bytes that begins at `avroWindowStart`. Slices that tile the object own blocks that tile it. */
export function ownedBlocks(window: Buffer, slice: AvroSlice): OwnedBlocks | WantsMore {
  const { end, bytes, header } = slice;
  const origin = avroWindowStart(slice);
  const reached = origin + window.length;
  const found = firstBlock(window, slice);
  if (found === undefined && reached >= bytes) return { start: bytes, end: bytes, blocks: [] };
  if (found === undefined) return { until: Math.min(reached + SEARCH_BYTES, bytes) };
  if (found > reached) return { until: found };
  const blocks: AvroBlock[] = [];
  let at = found;
  while (at < end && at < bytes) {
    const block = readBlock(window, origin, at);
    if ('until' in block) return more(block.until, at, { reached, bytes });
    if (!block.sync.equals(header.sync)) throw new AvroError(`the block that begins at byte ${at} does not end with the sync marker`);
    blocks.push({ start: at, end: block.end, records: block.records, data: block.data });
    at = block.end;
  }
  return { start: slice.start === 0 ? 0 : found, end: at, blocks };
}

/** More bytes for a block, unless the file has no more. */
function more(until: number, block: number, { reached, bytes }: { readonly reached: number; readonly bytes: number }): WantsMore {
  if (reached < bytes && until <= Math.max(bytes, block + BLOCK_HEAD_BYTES)) return { until: Math.min(until, bytes), block };
  throw new AvroError(`the file ends at byte ${bytes}, within the block that begins at byte ${block}`);
}

/** Where the first owned block may begin; undefined where no marker is at hand. */
function firstBlock(window: Buffer, slice: AvroSlice): number | undefined {
  const { start, header, told } = slice;
  if (start === 0) return header.end;
  if (told) return start;
  const marker = window.indexOf(header.sync);
  return marker === -1 ? undefined : avroWindowStart(slice) + marker + SYNC_BYTES;
}

interface RawBlock {
  readonly records: number;
  readonly data: Buffer;
  readonly sync: Buffer;
  readonly end: number;
}

/** The most that two longs take. */
const BLOCK_HEAD_BYTES = 2 * MAX_LONG_BYTES;

function readBlock(window: Buffer, origin: number, at: number): RawBlock | WantsMore {
  const cursor = new AvroCursor(window, at - origin);
  const head = unlessShort(() => {
    const records = natural(
      cursor.long(`the number of records of the block at byte ${at}`),
      `the number of records of the block at byte ${at}`,
    );
    return { records, size: natural(cursor.long(`the size of the block at byte ${at}`), `the size of the block at byte ${at}`) };
  });
  if (!head) return { until: at + BLOCK_HEAD_BYTES };
  const end = cursor.at + head.size + SYNC_BYTES;
  if (end > window.length) return { until: origin + end };
  return { records: head.records, data: cursor.take(head.size), sync: cursor.take(SYNC_BYTES), end: origin + end };
}
