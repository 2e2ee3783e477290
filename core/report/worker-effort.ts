import { z } from 'zod';
import { type Chunk, type Marker, type Measures, StageName } from '../contracts';

const positive = z.number().nonnegative();

/** What the chunks that count took, summed over their workers' own measures. */
export const WorkerEffort = z.object({
  /** Stages of neighbouring chunks overlap, so these add up to more than the tasks' run time. */
  seconds: z.partialRecord(StageName, positive),
  cpuSeconds: positive,
  childCpuSeconds: positive.optional(),
  /** Of the chunk that needed most. */
  peakRssBytes: z.number().int().nonnegative(),
  retries: z.number().int().nonnegative(),
  /** Versions by engine; several where workers were not all the same. */
  engines: z.record(z.string(), z.array(z.string())),
});
export type WorkerEffort = z.infer<typeof WorkerEffort>;

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

/** Undefined where no worker has measured anything. */
export function effortOf(leaves: readonly Chunk[], markers: ReadonlyMap<string, Marker>): WorkerEffort | undefined {
  const all = leaves.flatMap(({ id }) => markers.get(id)?.measures ?? []);
  if (all.length === 0) return undefined;
  const children = all.flatMap(({ childCpuSeconds }) => childCpuSeconds ?? []);
  return {
    seconds: secondsByStage(all),
    cpuSeconds: sum(all.map(({ cpuSeconds }) => cpuSeconds)),
    ...(children.length > 0 && { childCpuSeconds: sum(children) }),
    peakRssBytes: all.reduce((most, { peakRssBytes }) => Math.max(most, peakRssBytes), 0),
    retries: sum(all.map(({ retries }) => retries)),
    engines: enginesOf(all),
  };
}

function secondsByStage(all: readonly Measures[]): WorkerEffort['seconds'] {
  const names = StageName.options.filter((name) => all.some(({ stages }) => stages[name] !== undefined));
  return Object.fromEntries(names.map((name) => [name, sum(all.map(({ stages }) => stages[name]?.seconds ?? 0))]));
}

function enginesOf(all: readonly Measures[]): WorkerEffort['engines'] {
  const found = new Map<string, Set<string>>();
  for (const { engine } of all)
    for (const [name, version] of Object.entries(engine)) found.set(name, (found.get(name) ?? new Set()).add(version));
  return Object.fromEntries([...found].map(([name, versions]) => [name, [...versions].toSorted()]));
}
