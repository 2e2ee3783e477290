import type { Profile } from '../contracts';
import { MIB } from '../units';

/** Legal Fargate pairs: vCPU → memory in MiB (AWS Fargate task definition limits). */
const GIB_IN_MIB = 1024;
const steps = (from: number, to: number, by: number): number[] =>
  Array.from({ length: Math.floor((to - from) / by) + 1 }, (_, i) => (from + i * by) * GIB_IN_MIB);

export const FARGATE_MEMORY_MIB: Readonly<Record<string, readonly number[]>> = {
  '0.25': [512, 1024, 2048],
  '0.5': steps(1, 4, 1),
  '1': steps(2, 8, 1),
  '2': steps(4, 16, 1),
  '4': steps(8, 30, 1),
  '8': steps(16, 60, 4),
  '16': steps(32, 120, 8),
};

/** In order of size; the keys of an object are not. */
export const FARGATE_VCPUS: readonly number[] = Object.keys(FARGATE_MEMORY_MIB)
  .map(Number)
  .toSorted((a, b) => a - b);

/** What `auto` means until history says better: one core and room for a 64 MiB chunk with its engine. */
export const DEFAULT_PROFILE: Profile = { vcpu: 1, memoryMiB: 2048 };

export const legalMemories = (vcpu: number): readonly number[] => FARGATE_MEMORY_MIB[String(vcpu)] ?? [];

/** The pair for a spec's compute section; `auto` picks the default core count and the least legal memory of at least 2 GiB where it can. */
export function profileOf(compute: { vcpu: 'auto' | number; memory: 'auto' | number }): Profile {
  const vcpu = compute.vcpu === 'auto' ? DEFAULT_PROFILE.vcpu : compute.vcpu;
  const memories = legalMemories(vcpu);
  if (memories.length === 0) {
    throw new RangeError(`${vcpu} vCPU is no Fargate size, allowed: ${FARGATE_VCPUS.join(', ')}`);
  }
  const wanted = compute.memory === 'auto' ? DEFAULT_PROFILE.memoryMiB : compute.memory / MIB;
  const memoryMiB = compute.memory === 'auto' ? (memories.find((m) => m >= wanted) ?? Math.max(...memories)) : wanted;
  if (!memories.includes(memoryMiB)) {
    throw new RangeError(`${memoryMiB} MiB is not legal with ${vcpu} vCPU on Fargate, allowed: ${memories.join(', ')} MiB`);
  }
  return { vcpu, memoryMiB };
}

/** Less would cost a round for hardly more memory. */
const LEAST_GROWTH = 1.5;

const PAIRS: readonly Profile[] = FARGATE_VCPUS.flatMap((vcpu) => legalMemories(vcpu).map((memoryMiB) => ({ vcpu, memoryMiB })));

/**
 * The next rung of the ladder for a task that ran out of memory: half as much again at least, on no fewer vCPU and as few
 * as that takes, up to the ceiling. Undefined at its top.
 */
export function nextProfile({ vcpu, memoryMiB }: Profile, ceilingMiB: number): Profile | undefined {
  const larger = PAIRS.filter((pair) => pair.vcpu >= vcpu && pair.memoryMiB > memoryMiB && pair.memoryMiB <= ceilingMiB);
  const most = Math.max(...larger.map((pair) => pair.memoryMiB));
  return larger.find((pair) => pair.memoryMiB >= memoryMiB * LEAST_GROWTH) ?? larger.find((pair) => pair.memoryMiB === most);
}
