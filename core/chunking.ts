import { type ChunkRule, holdsWork, packerOf } from './chunk-rule';
import type { Chunk, Range } from './contracts';
import { chunkId } from './keys';
import type { Pack } from './small-files';
import type { ByteRange } from './values';

/** A Parquet row group: where its bytes lie. */
export interface RowGroup extends ByteRange {
  readonly rows: number;
}

/** An object as chunking sees it: bytes, row groups that must stay whole, or a whole that cannot be cut. */
export interface Divisible {
  readonly bytes: number;
  readonly rowGroups?: readonly RowGroup[];
  /** Whether it can only be read from its beginning to its end, as a compressed file. */
  readonly whole?: boolean;
}

/** Equal stretches of at most `chunkBytes` that tile [0, bytes) exactly; none for an empty object. */
export function tile(bytes: number, chunkBytes: number): readonly ByteRange[] {
  const count = Math.ceil(bytes / chunkBytes);
  const edge = (i: number): number => Math.floor((bytes * i) / count);
  return Array.from({ length: count }, (_, i) => ({ start: edge(i), end: edge(i + 1) }));
}

/** Runs of whole row groups of at most `chunkBytes`, or of one group when it alone is larger. */
function groupRuns(groups: readonly RowGroup[], chunkBytes: number): readonly (readonly [number, number])[] {
  const firsts = groups.reduce<number[]>((starts, group, i) => {
    const open = starts.at(-1);
    const fits = open !== undefined && group.end - (groups[open]?.start ?? 0) <= chunkBytes;
    if (!fits) starts.push(i);
    return starts;
  }, []);
  return firsts.map((first, i) => [first, firsts[i + 1] ?? groups.length] as const);
}

/** Row-group runs as ranges whose bytes tile the object: the magic goes to the first, the footer to the last. */
function parquetRanges(object: number, { bytes, rowGroups = [] }: Divisible, chunkBytes: number): readonly Range[] {
  const runs = groupRuns(rowGroups, chunkBytes);
  const startOf = (i: number): number => (i === 0 ? 0 : (rowGroups[runs[i]?.[0] ?? 0]?.start ?? 0));
  return runs.map(([first, last], i) => ({
    object,
    start: startOf(i),
    end: i + 1 < runs.length ? startOf(i + 1) : bytes,
    rowGroups: [first, last],
  }));
}

/** All of an object; a Parquet file without rows still has bytes to account for. */
const wholeRange = (object: number, { bytes, rowGroups }: Divisible): Range => ({
  object,
  start: 0,
  end: bytes,
  ...(rowGroups && { rowGroups: [0, rowGroups.length] }),
});

function rangesOf(object: number, divisible: Divisible, chunkBytes: number): readonly Range[] {
  if (divisible.whole || divisible.rowGroups?.length === 0) return [wholeRange(object, divisible)];
  return divisible.rowGroups
    ? parquetRanges(object, divisible, chunkBytes)
    : tile(divisible.bytes, chunkBytes).map((range) => ({ object, ...range }));
}

interface Numbered extends Divisible {
  readonly object: number;
}

/** An object alone is cut into ranges, each a chunk; several small ones are one chunk of whole objects. */
const chunksOf = ({ objects }: Pack<Numbered>, { bytes, whole, uncut }: ChunkRule): readonly (readonly Range[])[] => {
  const [alone] = objects;
  if (alone && objects.length === 1 && !whole && !uncut) return rangesOf(alone.object, alone, bytes).map((range) => [range]);
  return [objects.map((numbered) => wholeRange(numbered.object, numbered))];
};

/**
 * Chunks over all objects, numbered from zero; their ranges tile every object exactly. Objects smaller than a chunk
 * share one; empty objects need none, unless they are handed on as files.
 */
export function planChunks(objects: readonly Divisible[], rule: ChunkRule): readonly Chunk[] {
  const packer = packerOf<Numbered>(rule);
  const numbered = objects.map((divisible, object) => ({ ...divisible, object })).filter((object) => holdsWork(rule, object));
  const packs = [...numbered.flatMap((one) => packer.add(one)), ...packer.flush()];
  return packs.flatMap((pack) => chunksOf(pack, rule)).map((ranges, index) => ({ id: chunkId(index), ranges: [...ranges] }));
}

/** Nominal bytes of a chunk; a range that a record before it covers has none. */
export const chunkBytesOf = (chunk: Chunk): number => chunk.ranges.reduce((sum, { start, end }) => sum + Math.max(0, end - start), 0);
