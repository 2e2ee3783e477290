import type { Chunk, ListedRef, Range } from '../contracts';
import { chunkId } from '../keys';
import { StepFailure } from '../step-failures';
import type { ByteRange } from '../values';
import { type ChunkRule, holdsWork, packerOf } from './chunk-rule';
import type { Pack, Packer, PackerState } from './small-files';

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

/**
 * Where stretch `i` of `count` equal ones begins, in whole numbers: the product of an object's size and a number of
 * chunks is more than a number holds exactly, and a byte would be lost.
 */
function edgeOf(bytes: number, count: number): (i: number) => number {
  const share = Math.floor(bytes / count);
  const rest = bytes % count;
  return (i) => share * i + Math.floor((rest * i) / count);
}

function* stretchesOf(bytes: number, chunkBytes: number): Generator<ByteRange> {
  const count = Math.ceil(bytes / chunkBytes);
  const edge = edgeOf(bytes, count);
  for (let i = 0; i < count; i++) yield { start: edge(i), end: edge(i + 1) };
}

/** Equal stretches of at most `chunkBytes` that tile [0, bytes) exactly; none for an empty object. */
export const tile = (bytes: number, chunkBytes: number): readonly ByteRange[] => [...stretchesOf(bytes, chunkBytes)];

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
function parquetRanges(incoming: Incoming, chunkBytes: number): readonly Range[] {
  const { bytes, rowGroups = [] } = incoming;
  const runs = groupRuns(rowGroups, chunkBytes);
  const startOf = (i: number): number => (i === 0 ? 0 : (rowGroups[runs[i]?.[0] ?? 0]?.start ?? 0));
  return runs.map(([first, last], i) => ({
    ...rangeOf(incoming, { start: startOf(i), end: i + 1 < runs.length ? startOf(i + 1) : bytes }),
    rowGroups: [first, last],
  }));
}

const rangeOf = ({ object, ref }: Incoming, { start, end }: ByteRange): Range => ({ object, start, end, ...(ref && { ref }) });

/** All of an object; a Parquet file without rows still has bytes to account for. */
const wholeRange = (incoming: Incoming): Range => ({
  ...rangeOf(incoming, { start: 0, end: incoming.bytes }),
  ...(incoming.rowGroups && { rowGroups: [0, incoming.rowGroups.length] }),
});

function* rangesOf(incoming: Incoming, chunkBytes: number): Generator<Range> {
  const { bytes, whole, rowGroups } = incoming;
  if (whole || rowGroups?.length === 0) yield wholeRange(incoming);
  else if (rowGroups) yield* parquetRanges(incoming, chunkBytes);
  else for (const stretch of stretchesOf(bytes, chunkBytes)) yield rangeOf(incoming, stretch);
}

/** An object on its way into chunks. */
export interface Incoming extends Divisible {
  /** Its number in the run. */
  readonly object: number;
  /** What its chunks say of it, where the plan holds no list. */
  readonly ref?: ListedRef;
}

/** An object alone is cut into ranges, each a chunk; several small ones are one chunk of whole objects. */
function* rangesOfChunks({ objects }: Pack<Incoming>, { bytes, whole, uncut }: ChunkRule): Generator<Range[]> {
  const [alone] = objects;
  if (!alone || objects.length > 1 || whole || uncut) yield objects.map(wholeRange);
  else for (const range of rangesOf(alone, bytes)) yield [range];
}

/** Ids of more chunks would not sort in record order any more. */
const MOST_CHUNKS = 10_000_000;

/** Everything that a planner of chunks remembers, as plain JSON. */
export interface ChunkPlannerState {
  readonly chunks: number;
  readonly packer: PackerState<Incoming>;
}

/**
 * Makes chunks of objects as they come, numbered from zero; their ranges tile every object exactly. Objects smaller
 * than a chunk share one; empty objects need none, unless they are handed on as files. What it holds does not grow with
 * the objects, and rebuilt from its state it goes on as if it had never stopped.
 */
export class ChunkPlanner {
  private readonly packer: Packer<Incoming>;
  private chunks: number;

  constructor(
    private readonly rule: ChunkRule,
    state?: ChunkPlannerState,
  ) {
    this.packer = packerOf(rule, state?.packer);
    this.chunks = state?.chunks ?? 0;
  }

  /** The chunks that an object completes, made while they are taken. */
  add(object: Incoming): Iterable<Chunk> {
    return holdsWork(this.rule, object) ? this.chunksOf(this.packer.add(object)) : [];
  }

  /** The chunks that are left when no more objects come. */
  rest(): Iterable<Chunk> {
    return this.chunksOf(this.packer.flush());
  }

  state(): ChunkPlannerState {
    return { chunks: this.chunks, packer: this.packer.state() };
  }

  private *chunksOf(packs: readonly Pack<Incoming>[]): Generator<Chunk> {
    for (const pack of packs) {
      for (const ranges of rangesOfChunks(pack, this.rule)) yield { id: this.nextId(), ranges };
    }
  }

  private nextId(): string {
    if (this.chunks < MOST_CHUNKS) return chunkId(this.chunks++);
    throw new StepFailure(
      'CONFIG',
      `the input makes more than ${MOST_CHUNKS} chunks of ${this.rule.bytes} bytes, which is the most that a run may have: raise chunk.bytes`,
    );
  }
}

/** Chunks over a list of objects, all at once. */
export function planChunks(objects: readonly Divisible[], rule: ChunkRule): readonly Chunk[] {
  const planner = new ChunkPlanner(rule);
  const chunks = objects.flatMap((divisible, object) => [...planner.add({ ...divisible, object })]);
  return [...chunks, ...planner.rest()];
}

/** Nominal bytes of a chunk; a range that a record before it covers has none. */
export const chunkBytesOf = (chunk: Chunk): number => chunk.ranges.reduce((sum, { start, end }) => sum + Math.max(0, end - start), 0);
