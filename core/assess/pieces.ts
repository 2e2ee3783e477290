import type { Chunk, Range } from '../contracts';
import { pieceId } from '../keys';

/**
 * Pieces into which a failing chunk is cut at once. A round costs a minute of start-up however little is done in it, and
 * eight pieces take a third of the rounds that halves would, in about as many tasks.
 */
export const PIECES = 8;

/** Numbers of the records with which pieces of about the same size begin, but for the first; none where there is nothing to cut. */
export const evenCuts = (records: number): readonly number[] =>
  [...new Set(Array.from({ length: PIECES }, (_, i) => Math.floor((records * i) / PIECES)))].filter((cut) => cut > 0);

/** What a chunk of these ranges is made into; only what its pieces still need is kept of its account. */
const kept = ({ SPOT, OOM, TIMEOUT }: NonNullable<Chunk['failures']>): Chunk['failures'] => ({
  ...(SPOT !== undefined && { SPOT }),
  ...(OOM !== undefined && { OOM }),
  ...(TIMEOUT !== undefined && { TIMEOUT }),
});

/** Whether a piece begins where its chunk does, so that no more is known of its start than of the chunk's. */
const beginsLike = (chunk: Chunk, [first]: readonly Range[]): boolean => {
  const [own] = chunk.ranges;
  return first?.object === own?.object && first?.start === own?.start;
};

type Told = Pick<Chunk, 'proven' | 'given'>;

/** A cut lies where a record begins if the chunk's own start does, so it is as sure as that; nothing is guessed again. */
function told(chunk: Chunk, ranges: readonly Range[]): Told {
  const { proven, given } = chunk;
  if (beginsLike(chunk, ranges)) return { ...(proven && { proven }), ...(given && { given }) };
  return proven ? { proven } : { given: true };
}

export interface Cut {
  /** What each piece holds. */
  readonly ranges: readonly (readonly Range[])[];
  /** Whether the cuts lie between records, as somebody saw them. */
  readonly aligned: boolean;
  /** The piece that is to blame, and for what. */
  readonly suspect?: { readonly at: number; readonly is: NonNullable<Chunk['suspect']> };
}

/** The pieces of a chunk as chunks that stand in for it. */
export function cutUp(chunk: Chunk, { ranges: pieces, aligned, suspect }: Cut): readonly Chunk[] {
  const { id, alone, level = 0, failures = {} } = chunk;
  return pieces.map((ranges, i) => ({
    id: pieceId(id, i),
    ranges: [...ranges],
    ...(aligned || beginsLike(chunk, ranges) ? told(chunk, ranges) : {}),
    replaces: id,
    level: level + 1,
    failures: kept(failures),
    ...(alone && { alone }),
    ...(suspect?.at === i && { suspect: suspect.is }),
  }));
}

/** Whether anybody may cut a range between its bytes: not row groups, and not what must be expanded first. */
export type IsCuttable = (range: Range) => boolean;

/** Where nobody has seen the records: equal stretches of bytes, whose records their readers find; none where that cannot be. */
export function stretchesOf({ ranges }: Chunk, isCuttable: IsCuttable): readonly (readonly Range[])[] {
  const [range] = ranges;
  if (range && ranges.length === 1) return isCuttable(range) ? stretches(range) : [];
  const perPiece = Math.ceil(ranges.length / PIECES);
  return Array.from({ length: Math.ceil(ranges.length / perPiece) }, (_, i) => ranges.slice(i * perPiece, (i + 1) * perPiece));
}

function stretches(range: Range): readonly (readonly Range[])[] {
  const bytes = Math.max(0, range.end - range.start);
  const count = Math.min(PIECES, bytes);
  if (count < 2) return [];
  const edge = (i: number): number => range.start + Math.floor((bytes * i) / count);
  return Array.from({ length: count }, (_, i) => [{ ...range, start: edge(i), end: edge(i + 1) }]);
}
