import type { Chunk, Failure, Marker, Range } from '../contracts';
import { createFailure } from '../failures';
import type { SourceObjects } from '../plan/source-objects';
import { MAX_RECORD_BYTES } from '../spec/sections/input';
import { checkChain, disobeyed, gaveUp, type Link, linksByObject, runsOf, standsAt } from './chain';
import { chainRoundOf, replacedBy, standInId } from './leaves';

/** So many rounds may pass on guesses; what is still broken then is read from where it is known to begin. */
export const GUESSING_ROUNDS = 3;

/** As much as the longest record allowed, which a worker must be able to hold anyway. */
export const MERGED_BYTES = MAX_RECORD_BYTES;

export interface ChainState {
  readonly objects: SourceObjects;
  /** The chunks that count so far, in record order, all of them committed. */
  readonly leaves: readonly Chunk[];
  readonly markers: ReadonlyMap<string, Marker>;
}

/** What must be read again; nothing when every chain is whole. */
export type ChainAnswer = { readonly chunks: readonly Chunk[] } | { readonly failure: Failure };

type Run = readonly Link[];

/** A range whose start was guessed wrong, and where it should have begun. */
interface Fix {
  readonly link: Link;
  readonly start: number;
  readonly proven: boolean;
}

/**
 * The chunks that guessed wrong, of all objects, to be read again in one round from where their first record begins.
 * Every round proves at least one more chunk of a broken chain, so rounds end; after a few, whole stretches are proven.
 */
export function chainRound({ objects, leaves, markers }: ChainState): ChainAnswer {
  const links = linksByObject(leaves, markers);
  const chunks: Chunk[] = [];
  for (const [object, { bytes }] of objects.entries()) {
    const mine = links.get(object) ?? [];
    const verdict = checkChain(object, bytes, mine);
    if (verdict.whole) continue;
    const standIns = repair(mine);
    if (standIns.length === 0) return { failure: brokenChain(object, verdict.expectedStart) };
    chunks.push(...standIns);
  }
  return { chunks: onePerChunk(chunks) };
}

/** What stands in for the wrong chunks of one object; nothing where guesses are not to blame. */
function repair(links: readonly Link[]): readonly Chunk[] {
  const [proven, ...rest] = runsOf(links);
  if (proven?.[0]?.read.start !== 0 || links.some(isFault)) return [];
  const round = 1 + links.reduce((latest, { chunk }) => Math.max(latest, chainRoundOf(chunk.id)), 0);
  if (round <= GUESSING_ROUNDS || rest.length === 0) return fixesAlong([proven, ...rest], true).map((fix) => redo(fix, round));
  const broken = rest.flat();
  const merged = mergeable(broken, endOf(proven));
  const later = fixesAlong(runsOf(broken.slice(merged.length)), false);
  return [merge(merged, endOf(proven), round), ...later.map((fix) => redo(fix, round))];
}

/** Row groups are cut by the footer, not by guessing. */
const isFault = (link: Link): boolean =>
  disobeyed(link) || link.chunk.ranges[link.range]?.rowGroups !== undefined || link.chunk.ranges[link.range]?.window !== undefined;

const endOf = (run: Run): number => run.at(-1)?.read.end ?? 0;

/** What is known, or believed, while walking along an object. */
interface Walk {
  readonly before: Run;
  readonly isProven: boolean;
  readonly fixes: readonly Fix[];
}

/** Walks from run to run, the first of which is known to be right or is not to be touched. */
const fixesAlong = ([first = [], ...rest]: readonly Run[], isProven: boolean): readonly Fix[] =>
  rest.reduce(step, { before: first, isProven, fixes: [] }).fixes;

/**
 * Where runs do not meet, the later one's first chunk guessed wrong: it looked at a dozen records, while the end of the
 * chunk before it follows from all of them and is mostly right even when that one began wrong. Chunks that the last
 * record covers own nothing, whatever they guessed. The end of a chunk that gave up says nothing.
 */
function step(walk: Walk, run: Run): Walk {
  const { before, isProven } = walk;
  const start = endOf(before);
  const covered = run.findIndex((link) => rangeOf(link).end > start);
  const rest = covered === -1 ? [] : run.slice(covered);
  if (!isProven && before.some(gaveUp)) return { ...walk, before: run };
  const wrong = [...run.slice(0, run.length - rest.length), ...rest.slice(0, 1)].filter((link) => !standsAt(start, link));
  const fixes = [...walk.fixes, ...wrong.map((link) => ({ link, start, proven: isProven }))];
  const [next] = rest;
  if (!next) return { ...walk, fixes };
  return { before: rest, isProven: isProven && standsAt(start, next), fixes };
}

/** The chunk again, with its failures forgotten: a wrong guess is nobody's failure. */
function redo({ link, start, proven }: Fix, round: number): Chunk {
  const { id, ranges } = link.chunk;
  return {
    id: standInId(id, round),
    ranges: ranges.map((range, i) => (i === link.range ? { ...range, start } : range)),
    ...(proven ? { proven } : { given: true }),
    replaces: id,
  };
}

/** As many links as fit into memory when read as one, but one at least. */
function mergeable(links: readonly Link[], start: number): readonly Link[] {
  const tooFar = links.findIndex((link) => rangeOf(link).end - start > MERGED_BYTES);
  return tooFar === -1 ? links : links.slice(0, Math.max(1, tooFar));
}

const rangeOf = ({ chunk, range, read }: Link): Range => chunk.ranges[range] ?? read;

/** One chunk in place of several, from where a record is known to begin. */
function merge(links: readonly Link[], start: number, round: number): Chunk {
  const others = links.flatMap(({ chunk, range }) => chunk.ranges.filter((_, i) => i !== range));
  const first = links[0];
  const ref = first && rangeOf(first).ref;
  const end = Math.max(...links.map((link) => rangeOf(link).end));
  const replaces = links.map(({ chunk }) => chunk.id);
  return {
    id: standInId(replaces[0] ?? '', round),
    ranges: [{ object: first?.read.object ?? 0, start, end, ...(ref && { ref }) }, ...others],
    proven: true,
    replaces,
  };
}

/** A chunk over several objects is replaced once a round, whatever else is found in it. */
function onePerChunk(chunks: readonly Chunk[]): readonly Chunk[] {
  const replaced = new Set<string>();
  return chunks.filter((chunk) => {
    const ids = replacedBy(chunk);
    if (ids.some((id) => replaced.has(id))) return false;
    for (const id of ids) replaced.add(id);
    return true;
  });
}

const brokenChain = (object: number, at: number): Failure =>
  createFailure({
    class: 'CODE',
    message: `the chunks of object ${object} do not meet at byte ${at}`,
    hint: 'this is a fault of the splitter, not of the data: nothing was published; please report it with the run id',
  });
