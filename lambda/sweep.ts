import { z } from 'zod';
import { closeRun, endJobs } from '../adapters/aborting';
import { collect } from '../adapters/concurrency';
import { createJson, findJson, readJson } from '../adapters/json';
import { Drive, type OpenMark, SubmittedJob, type SweepFinding, type SweepRecord, TaskToken } from '../core/contracts';
import { driveKey, jobIdKey, reportKey, sweepKey, tokensPrefix } from '../core/keys';
import { driveOf } from '../core/operate/counted-rounds';
import { type ArrayFacts, closingsOf, decideSweep, type RunFacts } from '../core/operate/sweep';
import { type Deps, toHandler } from './runtime';
import { findDecision, readRounds } from './shared/rounds';

/** A schedule's event, a request by hand, or a "Batch Job Queue Blocked" event. */
export const SweepInput = z.object({
  id: z.string(),
  detail: z.object({ jobQueue: z.string().optional(), statusReason: z.string().optional(), request: z.string().optional() }).default({}),
});
type SweepInput = z.infer<typeof SweepInput>;
type SweepDeps = Pick<Deps, 'state' | 'batch' | 'executions' | 'open' | 'notices' | 'log' | 'now'>;

/** The arrays of the drive's newest round as Batch shows them. */
async function arraysOf({ input: { runId, drive = 0 } }: OpenMark, { state, batch }: SweepDeps): Promise<readonly ArrayFacts[]> {
  const newest = (await readRounds(state, runId)).findLast((round) => driveOf(round) === drive);
  const facts: ArrayFacts[] = [];
  for (const { array } of newest?.arrays ?? []) {
    const round = newest?.round ?? 0;
    const job = await findJson(state, jobIdKey(runId, round, array), SubmittedJob);
    const progress = job && (await batch.progress(job.jobId));
    const ended = progress && (progress.status === 'SUCCEEDED' || progress.status === 'FAILED');
    facts.push({ round, array, waiting: progress?.waiting ?? false, ended, submittedAt: progress?.submittedAt });
  }
  return facts;
}

async function factsOf(mark: OpenMark, deps: SweepDeps): Promise<RunFacts> {
  const { runId, drive = 0 } = mark.input;
  const { state, executions, now } = deps;
  const status = await executions.status(mark.execution);
  const reported = (await state.head(reportKey(runId, drive))) !== undefined;
  // The record may also be the collector's, which then won the race for this drive number.
  const recorded = drive === 0 || (await findJson(state, driveKey(runId, drive), Drive))?.kind === 'redrive';
  const publishing = !reported && (await findDecision(state, mark.input))?.decision === 'publish';
  return { mark, status, reported, recorded, publishing, arrays: status === 'RUNNING' ? await arraysOf(mark, deps) : [], now: now() };
}

/** Wakes everybody who waits for an array that has ended; how many were still asleep. */
async function wake({ mark, arrays }: RunFacts, { state, batch, executions }: SweepDeps): Promise<number> {
  const { runId } = mark.input;
  let woken = 0;
  for (const { round, array } of arrays.filter(({ ended }) => ended)) {
    const { jobId } = await readJson(state, jobIdKey(runId, round, array), SubmittedJob);
    const status = await batch.status(jobId);
    for (const { key } of await collect(state.list(tokensPrefix(runId, round, array)))) {
      const { token } = await readJson(state, key, TaskToken);
      if (await executions.succeed(token, { jobId, status })) woken++;
    }
  }
  return woken;
}

/** Does what is to be done about one execution, and says so. */
async function sweepOne(mark: OpenMark, deps: SweepDeps): Promise<SweepFinding | undefined> {
  const facts = await factsOf(mark, deps);
  const action = decideSweep(facts);
  switch (action.do) {
    case 'leave':
      return undefined;
    case 'forget':
      // Commit ends the jobs of its run, but gives up when Batch is unavailable for longer than it retries.
      await endJobs(mark.input, 'the run has ended', deps);
      await deps.open.forget(mark.execution);
      return undefined;
    case 'start':
      return (await deps.executions.start(mark.execution, mark.input)) ? action.finding : undefined;
    case 'wake':
      // A run between two rounds has no sleeper; that is no finding.
      return (await wake(facts, deps)) > 0 ? action.finding : undefined;
    case 'close':
      await closeRun({ ...mark.input, closing: closingsOf(mark) }, action.finding.why, deps);
      await deps.open.forget(mark.execution);
      return action.finding;
    case 'tell':
      return action.finding;
  }
}

const textOf = (findings: readonly SweepFinding[]): string => findings.map(({ runId, did, why }) => `${runId}: ${did}: ${why}`).join('\n');

async function tell(record: SweepRecord, id: string, { state, notices, now }: SweepDeps): Promise<void> {
  await createJson(state, sweepKey(now(), id), record);
  if (record.findings.length > 0) await notices.send('sweep: runs needed help', textOf(record.findings));
}

/** Looks after what events should have done: wakes, starts and closes runs whose event was lost, and tells of those that are stuck. */
export async function sweep({ id, detail }: SweepInput, deps: SweepDeps): Promise<SweepRecord> {
  const { jobQueue, statusReason = 'no reason given', request } = detail;
  if (jobQueue !== undefined) await deps.notices.send('a job queue is blocked', `${jobQueue}: ${statusReason}`);
  const { findings, looked, errors } = await sweepAll(deps);
  const record: SweepRecord = { schema: 'sweep.v1', at: deps.now().toISOString(), looked, findings };
  if (findings.length > 0 || request !== undefined) await tell(record, request ?? id, deps);
  deps.log.info('swept', { looked, findings: findings.length, failed: errors.length });
  if (errors.length > 0) throw errors[0];
  return record;
}

/** One execution after the other; what goes wrong with one does not keep the others from being looked after. */
async function sweepAll(deps: SweepDeps) {
  const findings: SweepFinding[] = [];
  const errors: unknown[] = [];
  let looked = 0;
  for await (const mark of deps.open.list()) {
    looked++;
    try {
      const finding = await sweepOne(mark, deps);
      if (finding) findings.push(finding);
    } catch (thrown) {
      deps.log.error('could not look after', { execution: mark.execution, error: (thrown as Error).name });
      errors.push(thrown);
    }
  }
  return { findings, looked, errors };
}

/** The record itself is in S3: there may be more findings than an answer holds. */
export const handler = toHandler(SweepInput, sweep, ({ looked, findings }) => ({ looked, findings: findings.length }));
