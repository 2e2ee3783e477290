import type { ArrayJob, Chunk, Profile } from '../contracts';
import { groupBy } from '../group-by';
import { nextProfile } from './fargate';

/** What a job's tasks begin with, and how far that may change. */
export interface Footing {
  readonly capacity: ArrayJob['capacity'];
  readonly profile: Profile;
  /** Losses of Spot capacity after which a chunk moves to on-demand capacity. */
  readonly onDemandAfter: number;
  /** The most memory that a task may be given. */
  readonly ceilingMiB: number;
}

/** What a chunk is to run on. */
export type Need = Pick<ArrayJob, 'capacity' | 'profile'>;

function climbed(profile: Profile, rungs: number, ceilingMiB: number): Profile {
  const next = rungs > 0 ? nextProfile(profile, ceilingMiB) : undefined;
  return next ? climbed(next, rungs - 1, ceilingMiB) : profile;
}

/** What a chunk needs follows from its failures alone: a rung for each time it ran out of memory, on-demand after its Spot losses. */
export function needOf({ failures = {} }: Chunk, { capacity, profile, onDemandAfter, ceilingMiB }: Footing): Need {
  return {
    capacity: (failures.SPOT ?? 0) >= onDemandAfter ? 'on-demand' : capacity,
    profile: climbed(profile, failures.OOM ?? 0, ceilingMiB),
  };
}

/** Whether more memory can be given than the chunk had when it last ran out of it. */
export function canGrow(chunk: Chunk, footing: Footing): boolean {
  const had = { ...chunk, failures: { ...chunk.failures, OOM: (chunk.failures?.OOM ?? 1) - 1 } };
  return nextProfile(needOf(had, footing).profile, footing.ceilingMiB) !== undefined;
}

/** Chunks that are alike in what they need, packed together or each a task of its own. */
export interface Party extends Need {
  readonly packed: readonly Chunk[];
  readonly alone: readonly Chunk[];
}

const keyOf = ({ capacity, profile }: Need): string => `${capacity} ${profile.vcpu} ${profile.memoryMiB}`;

/** Ever so many chunks make but a few parties: one for each rung and capacity. */
export function partiesOf(chunks: readonly Chunk[], footing: Footing): readonly Party[] {
  const needing = chunks.map((chunk) => ({ chunk, need: needOf(chunk, footing) }));
  return [...groupBy(needing, ({ need }) => keyOf(need)).values()].map((group) => ({
    ...(group[0]?.need ?? footing),
    packed: group.flatMap(({ chunk }) => (chunk.alone ? [] : [chunk])),
    alone: group.flatMap(({ chunk }) => (chunk.alone ? [chunk] : [])),
  }));
}
