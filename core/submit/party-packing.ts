import type { ArrayJob, Chunk } from '../contracts';
import { chunkBytesOf } from '../plan/chunking';
import { arraysOf, packTasks, taskTarget } from '../plan/packing';
import type { Party } from './needs';

/** First chunks of a party's tasks: what may be packed is, and the rest are tasks of one. */
function startsOf({ packed, alone }: Party): readonly number[] {
  const sizes = packed.map(chunkBytesOf);
  const bytes = sizes.reduce((sum, size) => sum + size, 0);
  const starts = packed.length === 0 ? [] : packTasks(sizes, taskTarget(bytes, packed.length));
  return [...starts, ...alone.map((_, i) => packed.length + i)];
}

/** A round of several parties as one list: the chunks, where each task begins, and the arrays that run them. */
export interface PackedRound {
  readonly chunks: readonly Chunk[];
  readonly starts: readonly number[];
  readonly arrays: readonly ArrayJob[];
}

export function packParties(parties: readonly Party[]): PackedRound {
  return parties.reduce<PackedRound>(
    (round, party) => {
      const starts = startsOf(party).map((start) => round.chunks.length + start);
      const arrays = arraysOf(starts.length, { capacity: party.capacity, profile: party.profile }).map((array) => ({
        ...array,
        array: round.arrays.length + array.array,
        firstTask: round.starts.length + array.firstTask,
      }));
      return {
        chunks: [...round.chunks, ...party.packed, ...party.alone],
        starts: [...round.starts, ...starts],
        arrays: [...round.arrays, ...arrays],
      };
    },
    { chunks: [], starts: [], arrays: [] },
  );
}

/** The arrays that a round of these parties takes. */
export const arraysOfParties = (parties: readonly Party[]): readonly ArrayJob[] => packParties(parties).arrays;
