import type { Chunk, Marker } from '../contracts';
import type { FailureClass } from '../failures';
import { chainRoundOf, standInId } from './leaves';

/** Records cut in the wrong places can break any processor in any of these ways; the platform's failures are no sign of it. */
const MAY_BE_GUESSWORK: ReadonlySet<FailureClass> = new Set(['DATA', 'CODE', 'CONFIG']);

export interface FailedRound {
  /** The chunks that count so far, in record order. */
  readonly leaves: readonly Chunk[];
  readonly markers: ReadonlyMap<string, Marker>;
  readonly failures: readonly { readonly chunk: string; readonly class: FailureClass }[];
}

/** Where the records of a chunk end; undefined while nobody has read it. */
const endOf = ({ id }: Chunk, object: number, markers: FailedRound['markers']): number | undefined =>
  markers.get(id)?.read.findLast((read) => read.object === object)?.end;

/**
 * What to do instead of chunks that failed on a start that was guessed: they are read again from where the chunk before
 * them ended, and the failure is not held against them. By the id of the chunk that failed.
 */
export function excuses({ leaves, markers, failures }: FailedRound): ReadonlyMap<string, Chunk> {
  const suspects = new Set(failures.filter((failure) => MAY_BE_GUESSWORK.has(failure.class)).map(({ chunk }) => chunk));
  const round = 1 + leaves.reduce((latest, { id }) => Math.max(latest, chainRoundOf(id)), 0);
  const excused = new Map<string, Chunk>();
  const previous = new Map<number, Chunk>();
  for (const chunk of leaves) {
    const object = chunk.ranges[0]?.object ?? 0;
    const before = previous.get(object);
    previous.set(object, chunk);
    if (!before || !suspects.has(chunk.id) || !isGuess(chunk)) continue;
    const end = endOf(before, object, markers);
    if (end !== undefined && !startsAt(end, chunk)) excused.set(chunk.id, readFrom(end, chunk, round));
    // Where it should begin is known only when the one before it is read.
    else if (excused.has(before.id)) excused.set(chunk.id, chunk);
  }
  return excused;
}

const isGuess = ({ proven, ranges: [range, ...others] }: Chunk): boolean =>
  !proven && others.length === 0 && range !== undefined && range.start > 0 && range.rowGroups === undefined;

const startsAt = (end: number, { given, ranges }: Chunk): boolean => given === true && ranges[0]?.start === end;

const readFrom = (start: number, { id, ranges }: Chunk, round: number): Chunk => ({
  id: standInId(id, round),
  ranges: ranges.map((range) => ({ ...range, start })),
  given: true,
  replaces: id,
});
