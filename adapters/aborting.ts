import { AbortRequest, Decision, type ExecutionInput, SubmittedJob } from '../core/contracts';
import { createFailure } from '../core/failures';
import { abortKey, decisionKey, isJobIdKey, roundsPrefix } from '../core/keys';
import { closingName } from '../core/submit/execution-names';
import { collect, mapConcurrently } from './concurrency';
import { createJson, findJson, readJson } from './json';
import type { BatchEngine, Executions, ObjectStore, OpenRuns } from './ports';
import { type DriveRef, readDrives } from './run-plan';

const READS_AT_ONCE = 16;

/** What an abort found. */
export type Aborted =
  | { readonly outcome: 'asked'; readonly drive: number; readonly terminated: number }
  /** The decision had been made: nothing was changed. */
  | { readonly outcome: 'too late'; readonly decision: Decision['decision'] };

/** The request to stop this drive of a run, if there is one. */
export const findAbort = (state: ObjectStore, { runId, drive = 0 }: DriveRef): Promise<AbortRequest | undefined> =>
  findJson(state, abortKey(runId, drive), AbortRequest);

export const isAborted = async (state: ObjectStore, ref: DriveRef): Promise<boolean> => (await findAbort(state, ref)) !== undefined;

/** Ends every job that the run has submitted; a job that has ended stays as it is. */
export async function terminateJobs(
  { runId }: DriveRef,
  reason: string,
  { state, batch }: { readonly state: ObjectStore; readonly batch: BatchEngine },
): Promise<number> {
  const keys = (await collect(state.list(roundsPrefix(runId)))).filter(({ key }) => isJobIdKey(key));
  const jobs = await mapConcurrently(keys, READS_AT_ONCE, ({ key }) => readJson(state, key, SubmittedJob));
  const ended = await mapConcurrently(jobs, READS_AT_ONCE, ({ jobId }) => batch.terminate(jobId, reason));
  return ended.filter(Boolean).length;
}

/**
 * Asks a run to stop: the request is written once, then its jobs are ended. The run itself finds the request, decides
 * `discard` and reports ABORTED; a run that has decided before stays what it is.
 */
export async function abortRun(
  runId: string,
  request: AbortRequest,
  deps: { readonly state: ObjectStore; readonly batch: BatchEngine },
): Promise<Aborted> {
  const drive = (await readDrives(deps.state, runId)).filter(({ kind }) => kind === 'redrive').length;
  await createJson(deps.state, abortKey(runId, drive), request);
  const decision = await findJson(deps.state, decisionKey(runId, drive), Decision);
  if (decision) return { outcome: 'too late', decision: decision.decision };
  return { outcome: 'asked', drive, terminated: await terminateJobs({ runId }, request.reason, deps) };
}

/** Has an ended execution's run committed (which discards it) and reported by a new one. */
export async function closeRun(
  { runId, job, drive = 0 }: ExecutionInput,
  message: string,
  { executions, open, now }: { readonly executions: Executions; readonly open: OpenRuns; readonly now: () => Date },
): Promise<void> {
  const hint = 'nothing was published: redrive the run, or run its files again';
  const failure = createFailure({ class: 'CANCELLED' as const, message, hint });
  const input: ExecutionInput = { runId, job, drive, begin: 'commit', failure };
  const execution = closingName(runId, drive);
  await open.add({ schema: 'open.v1', execution, input, at: now().toISOString() });
  await executions.start(execution, input);
}
