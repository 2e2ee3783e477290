import type { Chunk } from './contracts';

const byId = (a: Chunk, b: Chunk): number => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);

/** The chunks that count: of all rounds' lists, those that no later one replaces; in record order. */
export function leavesOf(rounds: readonly (readonly Chunk[])[]): readonly Chunk[] {
  const latest = new Map(rounds.flat().map((chunk) => [chunk.id, chunk]));
  const replaced = new Set([...latest.values()].flatMap(({ replaces }) => replaces ?? []));
  return [...latest.values()].filter(({ id }) => !replaced.has(id)).toSorted(byId);
}

/** Id of the nth stand-in of a chunk; it sorts right behind the original. */
export function standInId(id: string): string {
  const match = /^(.*)\.r(\d+)$/.exec(id);
  return match ? `${match[1]}.r${Number(match[2]) + 1}` : `${id}.r1`;
}
