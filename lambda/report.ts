import { z } from 'zod';
import { mapConcurrently } from '../adapters/concurrency';
import { createJson, findJson, readJson } from '../adapters/json';
import { findPlan, readDrives } from '../adapters/run-plan';
import { type ArrayJob, Decision, Delivery, type Plan, type Round, RunInput, RunRef, SubmittedJob } from '../core/contracts';
import { classify } from '../core/failures';
import {
  chunksKey,
  decisionKey,
  deliveryKey,
  historyKey,
  inputKey,
  jobIdKey,
  quarantineIndexKey,
  reportKey,
  successKey,
} from '../core/keys';
import { reportOf } from '../core/report/report';
import { Report } from '../core/report/report-contract';
import type { ArrayWork } from '../core/report/report-rounds';
import { CaughtError, failureFromError } from '../core/step-failures';
import { type Deps, toHandler } from './runtime';
import { readProgress } from './shared/rounds';

export const ReportInput = RunRef.extend({ execution: z.string(), startedAt: z.iso.datetime(), error: CaughtError.optional() });
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

async function makeReport({ runId, job, drive, execution, startedAt, error }: ReportInput, deps: ReportDeps): Promise<Report> {
  const { state, output } = deps;
  const plan = await findPlan(state, { runId, drive });
  const progress = await readProgress(state, runId);
  return reportOf({
    ...progress,
    plan,
    input: await readJson(state, inputKey(runId), RunInput),
    worked: await workOf(runId, progress.rounds, deps, plan),
    decision: await findJson(state, decisionKey(runId, drive), Decision),
    delivery: await findJson(state, deliveryKey(runId, drive), Delivery),
    failure: error && failureFromError(error),
    published: (await output.head(successKey(job, runId))) !== undefined,
    byState: await deps.executions.secondsByState(execution),
    drives: (await readDrives(state, runId)).flatMap((one) => (one.kind === 'redrive' ? [one] : [])),
    startedAt: new Date(startedAt),
    endedAt: deps.now(),
    outputBucket: output.bucket,
    quarantineUri: `s3://${state.bucket}/${quarantineIndexKey(runId, drive)}`,
    chunksUri: `s3://${state.bucket}/${chunksKey(runId, 0, plan?.plannedIn)}`,
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

/** Step 6: writes the report and the job's history once, then tells metrics, the event bus and people. */
export async function report(input: ReportInput, deps: ReportDeps) {
  const { runId, job, drive } = input;
  const created = await createJson(deps.state, reportKey(runId, drive), await makeReport(input, deps));
  const made = await readJson(deps.state, reportKey(runId, drive), Report);
  await createJson(deps.state, historyKey(job, runId, new Date(made.endedAt)), historyOf(made));
  if (created) publishMetrics(made, deps);
  await deps.events.publish('Run Finished', { runId, job, status: made.status, output: made.output, records: made.records });
  await deps.notices.send(`${job}: ${made.status}`, summary(made));
  return { status: made.status };
}

export const handler = toHandler(ReportInput, report);
