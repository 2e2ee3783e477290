import type { Chunk } from '../contracts';

/** Ids sort in record order. */
export const byId = (a: Chunk, b: Chunk): number => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);

/** The chunks that a stand-in takes the place of; none for a chunk of the plan. */
export const replacedBy = ({ replaces = [] }: Chunk): readonly string[] => (typeof replaces === 'string' ? [replaces] : replaces);

/** The chunks that count: of all rounds' lists, those that no later one replaces; in record order. */
export function leavesOf(rounds: readonly (readonly Chunk[])[]): readonly Chunk[] {
  const latest = new Map(rounds.flat().map((chunk) => [chunk.id, chunk]));
  const replaced = new Set([...latest.values()].flatMap(replacedBy));
  return [...latest.values()].filter(({ id }) => !replaced.has(id)).toSorted(byId);
}

const STAND_IN = /\.r(\d+)$/;

/** In which chain round of its object a chunk was read again; 0 for one that never was. */
export const chainRoundOf = (id: string): number => Number(STAND_IN.exec(id)?.[1] ?? 0);

/** Id of a chunk's stand-in in a chain round; it sorts right behind the original. */
export const standInId = (id: string, chainRound: number): string => `${id.replace(STAND_IN, '')}.r${chainRound}`;
