import { findJson } from '../adapters/json';
import { findPlan, readLastDrive } from '../adapters/run-plan';
import { Decision, JobConfig, type Plan } from '../core/contracts';
import { configKey, decisionKey, inputKey } from '../core/keys';
import { changeSince } from '../core/operate/rerun';
import type { Report } from '../core/report/report-contract';
import type { Cloud } from './cloud/port';

/** What is to become of a run over the same objects as one before. */
export interface LastRun {
  /** The newest drive of it. */
  readonly drive: number;
  /** Why the objects are run again; absent where that run is shown, or goes on. */
  readonly again?: string;
  /** Why it is shown although it did not succeed. */
  readonly shown?: string;
}

/** Looks at a run over the same objects: one that failed, or whose job has changed since, is run again; one under way goes on. */
export async function judgeLastRun(runId: string, job: string, cloud: Cloud): Promise<LastRun> {
  const { state } = cloud.control;
  const drive = await readLastDrive(state, runId);
  const report = await cloud.report(runId, drive);
  if (!report) return { drive };
  if (report.status !== 'SUCCEEDED') return judgeFailed(report, drive, cloud);
  const change = await changeOf({ runId, job, drive }, cloud);
  return { drive, ...(change !== undefined && { again: `${change} since run ${runId}` }) };
}

/** What was decided to be published is published by the run itself and by no other. */
async function judgeFailed({ runId, status, failure }: Report, drive: number, { control }: Cloud): Promise<LastRun> {
  const decision = await findJson(control.state, decisionKey(runId, drive), Decision);
  if (decision?.decision === 'publish') {
    return { drive, shown: `run ${runId} is decided to be published, which batchwright redrive ${runId} finishes` };
  }
  return { drive, again: `run ${runId} ended ${status}${failure ? ` (${failure.class})` : ''}` };
}

interface RunOfJob {
  readonly runId: string;
  readonly job: string;
  readonly drive: number;
}

async function changeOf({ runId, job, drive }: RunOfJob, cloud: Cloud): Promise<string | undefined> {
  const { state } = cloud.control;
  const [plan, config] = await Promise.all([findPlan(state, { runId, drive }), findJson(state, configKey(job), JobConfig)]);
  if (!plan || !config) return undefined;
  return changeSince(plan.config, config) ?? (await changedLookup(plan, cloud));
}

async function changedLookup({ lookups = [] }: Plan, cloud: Cloud): Promise<string | undefined> {
  for (const { name, bucket, key, versionId } of lookups) {
    const head = await cloud.store(bucket).head(key);
    if (head?.versionId !== versionId) return `the lookup ${name} has changed`;
  }
  return undefined;
}

/** Of the runs over the same objects, each later one has a nonce of its own; 0 is the one without. */
const nonceOf = (number: number): string | undefined => (number === 0 ? undefined : `again-${number}`);

export interface SameObjects {
  readonly job: string;
  readonly again: boolean;
  /** The name of the run over them under a nonce. */
  runId(nonce: string | undefined): string;
}

export interface ChosenRun {
  readonly runId: string;
  readonly nonce?: string;
  readonly drive: number;
}

export interface ChooseDeps {
  readonly cloud: Cloud;
  readonly notice: (line: string) => void;
}

/** Which run a request over objects is for: the last one over them, or the next. */
export async function chooseRun({ job, again, runId }: SameObjects, { cloud, notice }: ChooseDeps): Promise<ChosenRun> {
  const last = await lastNumber(runId, cloud);
  const choose = (number: number, drive = 0): ChosenRun => {
    const nonce = nonceOf(number);
    return { runId: runId(nonce), drive, ...(nonce !== undefined && { nonce }) };
  };
  if (again) return choose((last ?? 0) + 1);
  if (last === undefined) return choose(0);
  const judged = await judgeLastRun(runId(nonceOf(last)), job, cloud);
  if (judged.again !== undefined) notice(`${judged.again}: running again`);
  else notice(judged.shown ?? `run ${runId(nonceOf(last))} is over the same objects: showing it (--again makes another)`);
  return judged.again === undefined ? choose(last, judged.drive) : choose(last + 1);
}

async function lastNumber(runId: SameObjects['runId'], { control }: Cloud): Promise<number | undefined> {
  let last: number | undefined;
  for (let number = 0; ; number++) {
    const isThere = (await control.state.head(inputKey(runId(nonceOf(number))))) !== undefined;
    if (isThere) last = number;
    else if (number > 0) return last;
  }
}
