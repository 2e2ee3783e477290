import { z } from 'zod';
import { formatBytes } from '../units';
import { DEFAULT_BYTES_PER_SECOND, MIN_PARALLEL_TASKS, TARGET_TASK_SECONDS } from './packing';

const count = z.number().int().nonnegative();

/** `history/<job>/<run>.json`: what sizing needs of it. */
export const HistoryRecord = z.object({
  schema: z.literal('history.v1'),
  runId: z.string(),
  status: z.string(),
  bytes: z.object({ read: count }),
  /** Of the whole run, from start to report. */
  seconds: z.number().nonnegative(),
  tasks: count,
  /** Sum over all tasks of how long each ran; the better measure where there is one. */
  taskSeconds: z.number().nonnegative().optional(),
  /** When the run ended; records without it count as older. */
  endedAt: z.iso.datetime().optional(),
});
export type HistoryRecord = z.infer<typeof HistoryRecord>;

/** Enough to even out a slow day, few enough to follow a job that changes. */
const RUNS_LOOKED_AT = 10;
/** Tasks that ran shorter measure how fast containers start, not how fast the job works. */
const TELLING_SECONDS = 30;

export interface Workload {
  readonly bytes: number;
  readonly chunks: number;
  /** How long a task should take. @default 300 */
  readonly targetSeconds?: number;
}

export interface TaskSizing {
  readonly tasks: number;
  readonly bytesPerSecond: number;
  /** For people: where the speed comes from, and what decided the number of tasks. */
  readonly why: string;
}

const workedSeconds = ({ taskSeconds, seconds, tasks }: HistoryRecord): number => taskSeconds ?? seconds * tasks;

const isTelling = (record: HistoryRecord): boolean =>
  record.status === 'SUCCEEDED' && record.bytes.read > 0 && record.tasks > 0 && workedSeconds(record) / record.tasks >= TELLING_SECONDS;

const byEnd = (a: HistoryRecord, b: HistoryRecord): number =>
  (a.endedAt ?? '').localeCompare(b.endedAt ?? '') || a.runId.localeCompare(b.runId);

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? (sorted[middle] ?? 0) : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
}

/** Bytes that one task of the job reads in a second: the median of its last telling runs, or the default. */
function speedOf(history: readonly HistoryRecord[]): Pick<TaskSizing, 'bytesPerSecond' | 'why'> {
  const last = history.filter(isTelling).toSorted(byEnd).slice(-RUNS_LOOKED_AT);
  if (last.length === 0) {
    const none =
      history.length === 0 ? 'no run yet' : `none of ${history.length} past runs succeeded with tasks of ${TELLING_SECONDS} s and more`;
    return { bytesPerSecond: DEFAULT_BYTES_PER_SECOND, why: `${formatBytes(DEFAULT_BYTES_PER_SECOND)}/s a task by default (${none})` };
  }
  const bytesPerSecond = Math.max(1, Math.round(median(last.map((record) => record.bytes.read / workedSeconds(record)))));
  const runs = last.length === 1 ? 'the last successful run' : `the median of the last ${last.length} successful runs`;
  return { bytesPerSecond, why: `${formatBytes(bytesPerSecond)}/s a task, ${runs}` };
}

/** How many tasks a run wants: each about as long as it should be, a few at least, never more than chunks. */
export function sizeTasks({ bytes, chunks, targetSeconds = TARGET_TASK_SECONDS }: Workload, history: readonly HistoryRecord[]): TaskSizing {
  const speed = speedOf(history);
  const byDuration = Math.ceil(bytes / (speed.bytesPerSecond * targetSeconds));
  const tasks = Math.min(chunks, Math.max(byDuration, MIN_PARALLEL_TASKS));
  return { ...speed, tasks, why: `${tasks} ${tasks === 1 ? 'task' : 'tasks'}: ${reason(tasks, byDuration, targetSeconds)}; ${speed.why}` };
}

function reason(tasks: number, byDuration: number, targetSeconds: number): string {
  if (tasks < byDuration) return 'one for each chunk';
  return tasks === byDuration ? `about ${targetSeconds} s each` : `a few at once, each shorter than ${targetSeconds} s`;
}
