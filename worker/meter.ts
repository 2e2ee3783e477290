import { readFileSync } from 'node:fs';
import type { Measures, StageName } from '../core/contracts';

interface Amount {
  readonly seconds?: number;
  readonly records?: number;
  readonly bytes?: number;
}

const MS = 1000;

/** What the stages of one chunk took; whoever does a stage adds what it did. */
export class Meter {
  private readonly amounts = new Map<StageName, Amount & { readonly seconds: number }>();

  add(stage: StageName, { seconds = 0, records, bytes }: Amount): void {
    const before = this.amounts.get(stage) ?? { seconds: 0 };
    this.amounts.set(stage, {
      seconds: before.seconds + seconds,
      ...sum('records', before.records, records),
      ...sum('bytes', before.bytes, bytes),
    });
  }

  /** Does something for a stage, and adds how long it took, whether it succeeded or not. */
  async time<T>(stage: StageName, work: () => T | Promise<T>): Promise<T> {
    const begun = performance.now();
    try {
      return await work();
    } finally {
      this.add(stage, { seconds: (performance.now() - begun) / MS });
    }
  }

  seconds(stage: StageName): number {
    return this.amounts.get(stage)?.seconds ?? 0;
  }

  get stages(): Measures['stages'] {
    return Object.fromEntries(this.amounts);
  }
}

const sum = (name: 'records' | 'bytes', before: number | undefined, more: number | undefined) =>
  before === undefined && more === undefined ? {} : { [name]: (before ?? 0) + (more ?? 0) };

/** Memory and processor time between two moments of a worker. */
export interface Usage {
  readonly cpuSeconds: number;
  /** Of children that have ended; absent where the platform does not tell. */
  readonly childCpuSeconds?: number;
}

const MICROSECONDS = 1e6;
/** USER_HZ: what Linux tells to programs, whatever the kernel itself counts in. */
const TICKS_PER_SECOND = 100;
/** In `/proc/self/stat` behind the name of the program, which may hold anything: utime is 11th, so cutime is 13th. */
const CHILD_USER_FIELD = 13;

/** Processor time that this process, and the children it has waited for, have used so far. */
export function usageNow(): Usage {
  const { user, system } = process.cpuUsage();
  const childCpuSeconds = childSeconds();
  return { cpuSeconds: (user + system) / MICROSECONDS, ...(childCpuSeconds !== undefined && { childCpuSeconds }) };
}

function childSeconds(): number | undefined {
  if (process.platform !== 'linux') return undefined;
  const stat = readFileSync('/proc/self/stat', 'latin1');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[CHILD_USER_FIELD]) + Number(fields[CHILD_USER_FIELD + 1])) / TICKS_PER_SECOND;
}

export const usageBetween = (before: Usage, after: Usage): Usage => ({
  cpuSeconds: Math.max(0, after.cpuSeconds - before.cpuSeconds),
  ...(after.childCpuSeconds !== undefined && { childCpuSeconds: Math.max(0, after.childCpuSeconds - (before.childCpuSeconds ?? 0)) }),
});

/** Often enough to see what an engine holds for a moment, seldom enough to cost nothing. */
const SAMPLE_MS = 50;

/** Samples how much memory this process holds while something runs; answers the highest. */
export function samplePeakRss(): { stop(): number } {
  let peak = process.memoryUsage.rss();
  const look = (): void => {
    peak = Math.max(peak, process.memoryUsage.rss());
  };
  const timer = setInterval(look, SAMPLE_MS).unref();
  return {
    stop: () => {
      clearInterval(timer);
      look();
      return peak;
    },
  };
}
