import type { ArrayJob, Chunk } from '../contracts';
import { MIB } from '../units';
import { cutEvenly } from './task-cuts';
import { encodeTaskEntry } from './task-index';

/** AWS Batch takes array sizes 2..10,000; a single task runs as a plain job. */
export const MAX_ARRAY_TASKS = 10_000;

/** SQL over CSV on one Fargate vCPU, rounded down from the 65 to 77 MB/s measured (2026-11), before there is history. */
export const DEFAULT_BYTES_PER_SECOND = 40 * MIB;

/** Fargate bills a minute at least and starts in about one: 5 min of work is 83 % efficient. */
export const TARGET_TASK_SECONDS = 300;

/** A small run still uses a few tasks at once: the minute they cost is cheaper than the wait. */
export const MIN_PARALLEL_TASKS = 4;

/** How many tasks a run wants: by duration, but at least a few in parallel and never more than chunks. */
export function taskTarget(bytes: number, chunks: number): number {
  const byDuration = Math.ceil(bytes / (DEFAULT_BYTES_PER_SECOND * TARGET_TASK_SECONDS));
  return Math.min(chunks, Math.max(byDuration, MIN_PARALLEL_TASKS));
}

/** Index of the first chunk of each task: consecutive chunks, the longest task as short as that allows. */
export function packTasks(work: readonly number[], tasks: number): readonly number[] {
  let sum = 0;
  return cutEvenly(
    work.map((w) => {
      sum += w;
      return sum;
    }),
    tasks,
  );
}

/** The two files of a round: one line per chunk, and one index entry per task. */
export function encodeTasks(chunks: readonly Chunk[], taskStarts: readonly number[]): { readonly lines: string; readonly index: string } {
  const lines = chunks.map((chunk) => `${JSON.stringify(chunk)}\n`);
  const offsets = lines.reduce<number[]>(
    (sums, line) => {
      sums.push((sums.at(-1) ?? 0) + Buffer.byteLength(line));
      return sums;
    },
    [0],
  );
  const index = taskStarts.map((first, t) =>
    encodeTaskEntry({ start: offsets[first] ?? 0, end: offsets[taskStarts[t + 1] ?? chunks.length] ?? 0 }),
  );
  return { lines: lines.join(''), index: index.join('') };
}

/** Batch submissions that hold tasks [0, tasks) in order. */
export function arraysOf(tasks: number, share: Pick<ArrayJob, 'capacity' | 'profile'>): readonly ArrayJob[] {
  return Array.from({ length: Math.ceil(tasks / MAX_ARRAY_TASKS) }, (_, array) => ({
    array,
    firstTask: array * MAX_ARRAY_TASKS,
    tasks: Math.min(MAX_ARRAY_TASKS, tasks - array * MAX_ARRAY_TASKS),
    ...share,
  }));
}
