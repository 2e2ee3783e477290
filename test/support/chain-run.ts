import { assess } from '../../core/assess/assess';
import { leavesOf } from '../../core/assess/leaves';
import type { Chunk, Marker, Range } from '../../core/contracts';
import { planChunks } from '../../core/plan/chunking';
import { nothingAt, type Owned, OwnedLines, windowStart } from '../../core/records';
import type { CsvDialect } from '../../core/spec/sections/csv';
import { aMarker, anObject } from './records';
import { aSituation } from './situations';

export interface ChainRun {
  /** What the chunks that count own, in record order. */
  readonly owned: readonly Owned[];
  /** Chunks of each round after the first. */
  readonly redone: readonly (readonly Chunk[])[];
  readonly leaves: readonly Chunk[];
}

export interface ChainRunOptions {
  readonly chunkBytes: number;
  readonly dialect?: CsvDialect;
  readonly columns?: number;
  /** Bytes past its range after which a guessing chunk gives up. */
  readonly reach?: number;
}

type Told = Pick<Chunk, 'proven' | 'given'>;

/** What a reader does: a window that grows until the slice's lines are found, or a guess turns out to lead nowhere. */
export function readSlice(file: Buffer, range: Pick<Range, 'start' | 'end'> & Told, options: Omit<ChainRunOptions, 'chunkBytes'>): Owned {
  const { dialect, columns = 2, reach = Number.POSITIVE_INFINITY } = options;
  const slice = { ...range, bytes: file.length, dialect, columns };
  const lines = new OwnedLines(slice);
  const sure = range.proven || range.start === 0;
  for (let extra = 0; ; extra += 3) {
    const owned = lines.find(file.subarray(windowStart(slice), Math.max(windowStart(slice), slice.end + extra)));
    if (owned) return owned;
    if (extra > reach && !sure) return nothingAt(slice.start);
  }
}

/** A run over one file: every round reads its chunks, and Assess says what is read again, until it says commit. */
export function runChain(file: Buffer, options: ChainRunOptions): ChainRun {
  const rounds: (readonly Chunk[])[] = [planChunks([{ bytes: file.length }], { bytes: options.chunkBytes })];
  const markers = new Map<string, Marker>();
  const owned = new Map<string, Owned>();
  for (;;) {
    for (const { id, ranges, proven, given } of rounds.at(-1)!) {
      const found = readSlice(file, { ...ranges[0]!, proven, given }, options);
      owned.set(id, found);
      markers.set(id, aMarker(id, found));
    }
    const leaves = leavesOf(rounds);
    const decision = assess(aSituation({ objects: [anObject({ bytes: file.length })], leaves, markers }));
    if (decision.next === 'commit') return { owned: leaves.map(({ id }) => owned.get(id)!), redone: rounds.slice(1), leaves };
    if (decision.next === 'stop') throw new Error(decision.failure.message);
    if (rounds.length > 20) throw new Error('the chain does not come to an end');
    rounds.push(decision.chunks);
  }
}
