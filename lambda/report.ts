import { z } from 'zod';
import { mapConcurrently } from '../adapters/concurrency';
import { createJson, findJson, readJson } from '../adapters/json';
import { findPlan, readDrives } from '../adapters/run-plan';
import { type ArrayJob, Delivery, type Plan, type Round, RunInput, RunRef, SubmittedJob } from '../core/contracts';
import { classify } from '../core/failures';
import { deliveryKey, historyKey, inputKey, jobIdKey, planChunksKey, quarantineIndexKey, reportKey, successKey } from '../core/keys';
import { planCommitRetry } from '../core/operate/commit-retry';
import { hasConcluded, phaseOf } from '../core/operate/run-phase';
import { reportOf } from '../core/report/report';
import { Report } from '../core/report/report-contract';
import type { ArrayWork } from '../core/report/report-rounds';
import { CaughtError, failureFromError } from '../core/step-failures';
import { type Deps, toHandler } from './runtime';
import { readFrozenWork } from './shared/frozen-work';
import { findDecision, readRounds } from './shared/rounds';

/** `commitError` is why the last call of Commit failed, and `tries` counts the failed ones before it. */
export const ReportInput = RunRef.extend({
  execution: z.string(),
  startedAt: z.iso.datetime(),
  commitError: CaughtError.optional(),
  tries: z.number().int().optional(),
});
type ReportInput = z.infer<typeof ReportInput>;
type ReportDeps = Omit<Deps, 'input' | 'maxVcpus' | 'random'>;

const ARRAYS_AT_ONCE = 4;

async function arrayWork(runId: string, round: number, array: ArrayJob, { state, batch }: ReportDeps, plan: Plan): Promise<ArrayWork> {
  const job = await findJson(state, jobIdKey(runId, round, array.array), SubmittedJob);
  if (!job) return { round, usage: [], failures: [], retried: [] };
  const on = { capacity: array.capacity, profile: array.profile, architecture: plan.config.worker.architecture };
  const tasks = await batch.usage(job.jobId);
  const failed = await batch.failedTasks(job.jobId);
  return {
    round,
    usage: tasks.flatMap(({ seconds, failed: wasted, lost }) => [
      ...lost.map((attempt) => ({ ...on, seconds: attempt.seconds, wasted: true })),
      { ...on, seconds, wasted },
    ]),
    failures: failed.map((evidence) => classify(evidence)),
    retried: tasks.flatMap(({ lost }) => lost.map((evidence) => classify(evidence))),
  };
}

function workOf(runId: string, rounds: readonly Round[], deps: ReportDeps, plan: Plan | undefined): Promise<ArrayWork[]> {
  const arrays = plan ? rounds.flatMap(({ round, arrays: all }) => all.map((array) => ({ round, array, plan }))) : [];
  return mapConcurrently(arrays, ARRAYS_AT_ONCE, (a) => arrayWork(runId, a.round, a.array, deps, a.plan));
}

/** How the drive has ended. The decision is read first, since what follows from it comes after it. */
async function readEnding({ runId, job, drive }: ReportInput, { state, output }: ReportDeps) {
  const decision = await findDecision(state, { runId, drive });
  const delivery = await findJson(state, deliveryKey(runId, drive), Delivery);
  return { decision, delivery, published: (await output.head(successKey(job, runId))) !== undefined };
}

type Ending = Awaited<ReturnType<typeof readEnding>>;

async function makeReport({ runId, drive, execution, startedAt }: ReportInput, ending: Ending, deps: ReportDeps): Promise<Report> {
  const { state, output } = deps;
  const plan = await findPlan(state, { runId, drive });
  const rounds = await readRounds(state, runId);
  const work = ending.decision ? await readFrozenWork(state, ending.decision) : { leaves: [], markers: new Map() };
  return reportOf({
    ...work,
    ...ending,
    rounds,
    plan,
    input: await readJson(state, inputKey(runId), RunInput),
    worked: await workOf(runId, rounds, deps, plan),
    byState: await deps.executions.secondsByState(execution),
    drives: (await readDrives(state, runId)).flatMap((one) => (one.kind === 'redrive' ? [one] : [])),
    startedAt: new Date(startedAt),
    endedAt: deps.now(),
    outputBucket: output.bucket,
    quarantineUri: `s3://${state.bucket}/${quarantineIndexKey(runId, drive)}`,
    chunksUri: `s3://${state.bucket}/${planChunksKey(runId, plan?.plannedIn)}`,
  });
}

function publishMetrics(report: Report, { metrics }: ReportDeps): void {
  metrics.publish(report.job, {
    [report.status === 'SUCCEEDED' ? 'RunsSucceeded' : 'RunsFailed']: 1,
    RecordsRead: report.records.read,
    RecordsWritten: report.records.written,
    RecordsQuarantined: report.records.quarantined,
    BytesRead: report.bytes.read,
    BytesWritten: report.bytes.written,
    Chunks: report.chunks.committed,
    CostUsd: report.cost.usd,
    WastedUsd: report.cost.wastedUsd,
    RunSeconds: report.seconds.total,
  });
}

const summary = ({ runId, records, failure }: Report): string =>
  failure
    ? `${failure.class}: ${failure.message}\n${failure.hint}\nrun ${runId}`
    : `${records.written} records written, ${records.filtered} filtered, ${records.quarantined} quarantined\nrun ${runId}`;

/** What the next plan of the job learns from this run. */
const historyOf = ({ runId, status, records, bytes, seconds, tasks, cost, endedAt }: Report) => ({
  schema: 'history.v1',
  runId,
  status,
  records,
  bytes,
  seconds: seconds.total,
  taskSeconds: seconds.work,
  tasks,
  cost: cost.usd,
  endedAt,
});

/** What a run that is neither published nor discarded is called, since there is nothing to report yet. */
const UNFINISHED = { undecided: 'UNDECIDED', publishing: 'PUBLISHING' } as const;

/** After so many calls that failed people are told; with the waits in between, after two minutes. */
const TELL_AFTER_TRIES = 3;

/** Has Commit called again, as long as this execution may; a sweep then starts another one, which may. */
async function callAgain(phase: keyof typeof UNFINISHED, input: ReportInput, { log, notices }: ReportDeps) {
  const { runId, job, tries = 0, commitError } = input;
  const retry = planCommitRetry(phase, tries);
  const reason = commitError ? failureFromError(commitError).message : 'no reason given';
  log.error('not concluded', { runId, phase, tries, error: commitError?.Error, reason, waitSeconds: retry?.waitSeconds });
  if (tries === TELL_AFTER_TRIES) {
    await notices.send(`${job}: ${UNFINISHED[phase]}`, `Commit has failed ${tries + 1} times and is called again: ${reason}\nrun ${runId}`);
  }
  return { status: UNFINISHED[phase], retry: retry !== undefined, ...retry };
}

/**
 * Step 6: writes the report and the job's history once, then tells metrics, the event bus and people. A run that is
 * neither published nor discarded has nothing to report: it answers how Commit is to be called again.
 */
export async function report(input: ReportInput, deps: ReportDeps) {
  const { runId, job, drive } = input;
  const ending = await readEnding(input, deps);
  const phase = phaseOf(ending);
  if (!hasConcluded(phase)) return callAgain(phase as keyof typeof UNFINISHED, input, deps);
  const created = await createJson(deps.state, reportKey(runId, drive), await makeReport(input, ending, deps));
  const made = await readJson(deps.state, reportKey(runId, drive), Report);
  await createJson(deps.state, historyKey(job, runId, new Date(made.endedAt)), historyOf(made));
  if (created) publishMetrics(made, deps);
  await deps.events.publish('Run Finished', { runId, job, status: made.status, output: made.output, records: made.records });
  await deps.notices.send(`${job}: ${made.status}`, summary(made));
  return { status: made.status };
}

export const handler = toHandler(ReportInput, report);
