import { AbortRequest, Decision, type ExecutionInput, Fence, SubmittedJob } from '../core/contracts';
import { createFailure } from '../core/failures';
import { abortKey, decisionKey, isFenceKey, jobIdKey, roundsPrefix } from '../core/keys';
import { closingName } from '../core/submit/execution-names';
import { collect, mapConcurrently } from './concurrency';
import { createJson, findJson, readJson } from './json';
import type { BatchEngine, Executions, ObjectStore, OpenRuns } from './ports';
import { type DriveRef, readLastDrive } from './run-plan';

const READS_AT_ONCE = 16;

/** What an abort found. */
export type Aborted =
  | { readonly outcome: 'asked'; readonly drive: number; readonly terminated: number }
  /** The decision had been made: nothing was changed. */
  | { readonly outcome: 'too late'; readonly decision: Decision['decision'] };

/** The request to stop this drive of a run, if there is one. */
export const findAbort = (state: ObjectStore, { runId, drive = 0 }: DriveRef): Promise<AbortRequest | undefined> =>
  findJson(state, abortKey(runId, drive), AbortRequest);

/** Why nothing more may be submitted for a drive; undefined while it is under way. */
export async function findEnding(state: ObjectStore, ref: DriveRef): Promise<string | undefined> {
  if (await findAbort(state, ref)) return 'the run was aborted';
  return (await state.head(decisionKey(ref.runId, ref.drive))) && 'the run has ended';
}

interface JobDeps {
  readonly state: ObjectStore;
  readonly batch: BatchEngine;
}

/** The job of a fence: the one that the ledger names, or one whose submitter died before it could name it. */
async function findJob({ runId, round, array, jobName }: Fence, { state, batch }: JobDeps): Promise<string | undefined> {
  return (await findJson(state, jobIdKey(runId, round, array.array), SubmittedJob))?.jobId ?? batch.findByName(jobName);
}

/** Ends every job of a drive that has not ended, and leaves those of other drives alone. @returns how many it ended */
export async function endJobs({ runId, drive = 0 }: DriveRef, reason: string, deps: JobDeps): Promise<number> {
  const { state, batch } = deps;
  const keys = (await collect(state.list(roundsPrefix(runId)))).filter(({ key }) => isFenceKey(key));
  const fences = await mapConcurrently(keys, READS_AT_ONCE, ({ key }) => readJson(state, key, Fence));
  const own = fences.filter((fence) => (fence.drive ?? 0) === drive);
  const ended = await mapConcurrently(own, READS_AT_ONCE, async (fence) => {
    const jobId = await findJob(fence, deps);
    return jobId !== undefined && batch.terminate(jobId, reason);
  });
  return ended.filter(Boolean).length;
}

/**
 * Asks a run to stop: the request is written once, then its jobs are ended. The run itself finds the request, decides
 * `discard` and reports ABORTED; a run that has decided before stays what it is.
 */
export async function abortRun(runId: string, request: AbortRequest, deps: JobDeps): Promise<Aborted> {
  const drive = await readLastDrive(deps.state, runId);
  await createJson(deps.state, abortKey(runId, drive), request);
  const decision = await findJson(deps.state, decisionKey(runId, drive), Decision);
  if (decision) return { outcome: 'too late', decision: decision.decision };
  return { outcome: 'asked', drive, terminated: await endJobs({ runId, drive }, request.reason, deps) };
}

export interface ClosingDeps {
  readonly executions: Executions;
  readonly open: OpenRuns;
  readonly now: () => Date;
}

/** Has a drive whose execution ended without a report committed and reported by a new execution, whose name it answers. */
export async function closeRun(
  { runId, job, drive = 0, closing = 0 }: ExecutionInput,
  message: string,
  deps: ClosingDeps,
): Promise<string> {
  const { executions, open, now } = deps;
  const hint = 'nothing was published: redrive the run, or run its files again with --again';
  const failure = createFailure({ class: 'CANCELLED' as const, message, hint });
  const input: ExecutionInput = { runId, job, drive, closing, begin: 'commit', failure };
  const execution = closingName(runId, drive, closing);
  await open.add({ schema: 'open.v1', execution, input, at: now().toISOString() });
  await executions.start(execution, input);
  return execution;
}
