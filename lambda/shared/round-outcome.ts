import { chunksOfTask } from '../../adapters/chunk-lists';
import { collect, mapConcurrently } from '../../adapters/concurrency';
import { findJson, readJson } from '../../adapters/json';
import type { FailedTask as FailedJob } from '../../adapters/ports';
import type { FailedTask } from '../../core/assess/charges';
import { Complaint, Outline, type Round, SubmittedJob } from '../../core/contracts';
import { classify } from '../../core/failures';
import { complaintsPrefix, jobIdKey, outlinesPrefix } from '../../core/keys';
import type { Deps } from '../runtime';

const READS_AT_ONCE = 32;
/** Each lists and describes up to 10,000 children. */
const ARRAYS_AT_ONCE = 4;

interface At {
  readonly runId: string;
  readonly round: number;
}

/** What workers wrote down before they gave up. */
export async function complaintsOf({ runId, round }: At, state: Deps['state']): Promise<readonly Complaint[]> {
  const keys = await collect(state.list(complaintsPrefix(runId, round)));
  return mapConcurrently(keys, READS_AT_ONCE, ({ key }) => readJson(state, key, Complaint));
}

/** How the chunks that failed before can be cut, by chunk; of several attempts any will do. */
export async function outlinesOf({ runId, round }: At, state: Deps['state']): Promise<ReadonlyMap<string, Outline>> {
  const keys = await collect(state.list(outlinesPrefix(runId, round)));
  const outlines = await mapConcurrently(keys, READS_AT_ONCE, ({ key }) => readJson(state, key, Outline));
  return new Map(outlines.map((outline) => [outline.chunk, outline]));
}

async function failedOfArray(
  { runId, round }: At,
  { array, firstTask }: Round['arrays'][number],
  { state, batch }: Pick<Deps, 'state' | 'batch'>,
): Promise<readonly (FailedJob & { readonly task: number })[]> {
  const job = await findJson(state, jobIdKey(runId, round, array), SubmittedJob);
  const failed = job ? await batch.failedTasks(job.jobId) : [];
  return failed.map((one) => ({ ...one, task: firstTask + one.index }));
}

export interface FailedTasks {
  readonly tasks: readonly FailedTask[];
  /** How many never started because of their image. */
  readonly imageless: number;
}

/** The tasks that Batch gave up on, with their chunks and how their attempts ended. */
export async function failedTasksOf(record: Round, runId: string, deps: Pick<Deps, 'state' | 'batch'>): Promise<FailedTasks> {
  const at = { runId, round: record.round, plannedIn: record.plannedIn };
  const lists = await mapConcurrently(record.arrays, ARRAYS_AT_ONCE, (array) => failedOfArray(at, array, deps));
  const failed = lists.flat();
  const tasks = await mapConcurrently(failed, READS_AT_ONCE, async ({ task, jobId, attempts }) => {
    const chunks = await chunksOfTask(deps.state, { ...at, task });
    return { jobId, chunks: chunks.map(({ id }) => id), attempts };
  });
  return { tasks, imageless: failed.filter((one) => classify(one) === 'IMAGE').length };
}
