import { Decision, type ExecutionInput, JobConfig, type Pins, type Plan, type Redrive, RunInput } from '../core/contracts';
import { configKey, decisionKey, driveKey, inputKey, markersPrefix, reportKey } from '../core/keys';
import { inheritTypes, redriveConflict, whyFinal } from '../core/operate/redrive';
import { executionName } from '../core/submit/execution-names';
import { createJson, findJson, readJson } from './json';
import type { Executions, ObjectStore, OpenRuns } from './ports';
import { findPlan, readDrives } from './run-plan';

export interface RedriveDeps {
  readonly state: ObjectStore;
  readonly executions: Executions;
  readonly open: OpenRuns;
  readonly now: () => Date;
}

/** Why a run cannot be redriven; the message says what to do instead. */
export class NotRedrivableError extends Error {
  override readonly name = 'NotRedrivableError';
}

export interface Redriven {
  readonly execution: string;
  readonly drive: number;
  readonly pins: Pins;
}

async function newestConfig(state: ObjectStore, job: string): Promise<{ config: JobConfig; versionId: string }> {
  const head = await state.head(configKey(job));
  if (!head) throw new NotRedrivableError(`job ${job} is not deployed any more: deploy it, then redrive`);
  return { config: await readJson(state, configKey(job), JobConfig, head.versionId), versionId: head.versionId };
}

/** The number that the next drive would have; refuses a run that is under way, can never go on, or whose uploads were collected. */
async function nextDrive(runId: string, state: ObjectStore): Promise<number> {
  const drives = await readDrives(state, runId);
  const last = drives.at(-1);
  if (last?.kind === 'collect') {
    throw new NotRedrivableError(`the uploads of ${runId} were collected at ${last.at}: run its files again with --again`);
  }
  const decision = await findJson(state, decisionKey(runId, drives.length), Decision);
  const final = decision && whyFinal(decision);
  if (final) throw new NotRedrivableError(`${runId} ${final} run its files again with --again`);
  if (!decision || (await state.head(reportKey(runId, drives.length))) === undefined) {
    throw new NotRedrivableError(`${runId} has not ended yet: wait for its report, or abort it first`);
  }
  return drives.length + 1;
}

/** The plan that a run's last drive obeyed, if any chunk of it is committed. */
async function committedPlan(runId: string, drive: number, state: ObjectStore): Promise<Plan | undefined> {
  const plan = await findPlan(state, { runId, drive });
  if (!plan) return undefined;
  for await (const _marker of state.list(markersPrefix(runId, plan.plannedIn))) return plan;
  return undefined;
}

/** What goes on with committed chunks must make rows as they have; where there are none, all is derived anew. */
function goOn(runId: string, plan: Plan, config: JobConfig): JobConfig {
  const conflict = redriveConflict(plan.config, config);
  if (conflict) throw new NotRedrivableError(`${runId} cannot go on: ${conflict}; run its files again with --again`);
  return inheritTypes(config, plan.config);
}

async function driveRecord(runId: string, drive: number, { state, executions, now }: RedriveDeps): Promise<Redrive> {
  const { job } = await readJson(state, inputKey(runId), RunInput);
  const { config: newest, versionId } = await newestConfig(state, job);
  const plan = await committedPlan(runId, drive - 1, state);
  const config = plan ? goOn(runId, plan, newest) : newest;
  const { jobDefinition, image } = config.worker;
  const pins = { jobDefinition, image, config: versionId, stateMachine: executions.stateMachine };
  const plannedIn = plan ? (plan.plannedIn ?? 0) : drive;
  return { schema: 'drive.v1', kind: 'redrive', drive, at: now().toISOString(), config, pins, plannedIn };
}

/**
 * Starts a failed or aborted run again from what is not committed, under the config and code deployed now; from its plan on
 * where nothing is. The record of the drive is created once, so that neither a second redrive nor the collector of uploads begins beside it.
 */
export async function redriveRun(runId: string, deps: RedriveDeps): Promise<Redriven> {
  const { state, executions, open, now } = deps;
  const drive = await nextDrive(runId, state);
  const record = await driveRecord(runId, drive, deps);
  if (!(await createJson(state, driveKey(runId, drive), record))) {
    throw new NotRedrivableError(`${runId} was taken by another redrive or by the collector at this moment: look at it again`);
  }
  const { job } = await readJson(state, inputKey(runId), RunInput);
  const execution = executionName(runId, drive);
  const input: ExecutionInput = { runId, job, drive, ...(record.plannedIn !== drive && { begin: 'redrive' as const }) };
  await open.add({ schema: 'open.v1', execution, input, at: now().toISOString() });
  await executions.start(execution, input);
  return { execution, drive, pins: record.pins };
}
