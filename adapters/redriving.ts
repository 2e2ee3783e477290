import {
  Decision,
  Delivery,
  type Drive,
  type ExecutionInput,
  JobConfig,
  type Pins,
  type Plan,
  type Redrive,
  RunInput,
} from '../core/contracts';
import { configKey, decisionKey, deliveryKey, driveKey, inputKey, markersPrefix, reportKey } from '../core/keys';
import { findFinalCause, inheritTypes, redriveConflict } from '../core/operate/redrive';
import { type Phase, phaseOf } from '../core/operate/run-phase';
import { closingsOf } from '../core/operate/sweep';
import { Report } from '../core/report/report-contract';
import { executionName } from '../core/submit/execution-names';
import { closeRun } from './aborting';
import { collect } from './concurrency';
import { createJson, findJson, readJson } from './json';
import type { Executions, ObjectStore, OpenRuns } from './ports';
import { countRedrives, findPlan, readDrives } from './run-plan';

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

/** The newest drive of the run is still under way; callers may wait for `execution` to end. */
export class UnderWayError extends NotRedrivableError {
  constructor(
    message: string,
    readonly drive: number,
    readonly execution: string,
  ) {
    super(message);
  }
}

export interface Redriven {
  readonly outcome: 'begun';
  readonly execution: string;
  readonly drive: number;
  readonly pins?: Pins;
}

/** The newest drive has to be concluded before another can begin: an execution that does so was started. */
export interface Concluding {
  readonly outcome: 'concluding';
  readonly execution: string;
  readonly drive: number;
  readonly phase: Phase;
}

async function newestConfig(state: ObjectStore, job: string): Promise<{ config: JobConfig; versionId: string }> {
  const head = await state.head(configKey(job));
  if (!head) throw new NotRedrivableError(`job ${job} is not deployed any more: deploy it, then redrive`);
  return { config: await readJson(state, configKey(job), JobConfig, head.versionId), versionId: head.versionId };
}

/** How a run's newest drive stands. */
async function readStanding(runId: string, { state, executions, open }: RedriveDeps) {
  const drives = await readDrives(state, runId);
  const drive = countRedrives(drives);
  const report = await findJson(state, reportKey(runId, drive), Report);
  const decision = await findJson(state, decisionKey(runId, drive), Decision);
  const delivery = await findJson(state, deliveryKey(runId, drive), Delivery);
  const marks = (await collect(open.list())).filter(({ input }) => input.runId === runId && (input.drive ?? 0) === drive);
  const names = [executionName(runId, drive), ...marks.map(({ execution }) => execution)];
  const statuses = await Promise.all(names.map((name) => executions.status(name)));
  return {
    drive,
    record: drives.at(-1),
    reported: report !== undefined,
    phase: phaseOf({ decision, delivery, published: report?.status === 'SUCCEEDED' }),
    final: decision?.final,
    running: names[statuses.indexOf('RUNNING')],
    hasBegun: statuses.some((status) => status !== undefined),
    closings: Math.max(0, ...marks.map(closingsOf)),
  };
}

type Standing = Awaited<ReturnType<typeof readStanding>>;

/** Refuses a run that is under way, whose uploads were collected, or that can never go on. */
function refuseFinal(runId: string, { drive, record, reported, phase, final, running }: Standing): void {
  if (record?.kind === 'collect') {
    throw new NotRedrivableError(`the uploads of ${runId} were collected at ${record.at}: run its files again with --again`);
  }
  if (!reported && running !== undefined) {
    const what =
      phase === 'publishing' ? 'is being published: wait for its report' : 'has not ended yet: wait for its report, or abort it first';
    throw new UnderWayError(`${runId} ${what}`, drive, running);
  }
  const cause = reported ? findFinalCause(phase, final) : undefined;
  if (cause) throw new NotRedrivableError(`${runId} ${cause}: run its files again with --again`);
}

/** The plan that a run's last drive obeyed, if any chunk of it is committed. */
async function committedPlan(runId: string, drive: number, state: ObjectStore): Promise<Plan | undefined> {
  const plan = await findPlan(state, { runId, drive });
  if (!plan) return undefined;
  for await (const _marker of state.list(markersPrefix(runId, plan.plannedIn))) return plan;
  return undefined;
}

/** What goes on with committed chunks must make rows as they have; where there are none, all is derived anew. */
function inheritConfig(runId: string, plan: Plan, config: JobConfig): JobConfig {
  const conflict = redriveConflict(plan.config, config);
  if (conflict) throw new NotRedrivableError(`${runId} cannot go on: ${conflict}; run its files again with --again`);
  return inheritTypes(config, plan.config);
}

async function driveRecord(runId: string, drive: number, { state, executions, now }: RedriveDeps): Promise<Redrive> {
  const { job } = await readJson(state, inputKey(runId), RunInput);
  const { config: newest, versionId } = await newestConfig(state, job);
  const plan = await committedPlan(runId, drive - 1, state);
  const config = plan ? inheritConfig(runId, plan, newest) : newest;
  const { jobDefinition, image } = config.worker;
  const pins = { jobDefinition, image, config: versionId, stateMachine: executions.stateMachine };
  const plannedIn = plan ? (plan.plannedIn ?? 0) : drive;
  return { schema: 'drive.v1', kind: 'redrive', drive, at: now().toISOString(), config, pins, plannedIn };
}

/** Starts the execution of a drive that was written down; repeated, it starts none. */
async function startDrive(ref: ExecutionInput & { readonly drive: number }, { executions, open, now }: RedriveDeps): Promise<string> {
  const execution = executionName(ref.runId, ref.drive);
  await open.add({ schema: 'open.v1', execution, input: ref, at: now().toISOString() });
  await executions.start(execution, ref);
  return execution;
}

/** The execution of a drive begins with Plan, or with a round of what is not committed where the drive goes on with a plan. */
const executionInput = ({ runId, job }: RunInput, drive: number, record?: Redrive): ExecutionInput & { readonly drive: number } => ({
  runId,
  job,
  drive,
  ...(record && record.plannedIn !== drive && { begin: 'redrive' as const }),
});

const findRedrive = (record: Drive | undefined): Redrive | undefined => (record?.kind === 'redrive' ? record : undefined);

/** Concludes a drive that has ended without a report, or starts one that was written down and never begun. */
async function goOn(runId: string, standing: Standing, deps: RedriveDeps): Promise<Redriven | Concluding> {
  const { drive, record, hasBegun, phase, closings } = standing;
  const input = executionInput(await readJson(deps.state, inputKey(runId), RunInput), drive, findRedrive(record));
  if (!hasBegun && phase === 'undecided') return { outcome: 'begun', drive, execution: await startDrive(input, deps) };
  const execution = await closeRun({ ...input, closing: closings }, 'its execution ended without a report', deps);
  return { outcome: 'concluding', drive, execution, phase };
}

/**
 * Concludes a run whose execution has ended without a report, or has never begun.
 * @returns undefined when an execution is under way or the run was reported
 */
export async function concludeRun(runId: string, deps: RedriveDeps): Promise<Redriven | Concluding | undefined> {
  const standing = await readStanding(runId, deps);
  return standing.reported || standing.running !== undefined ? undefined : goOn(runId, standing, deps);
}

/**
 * Starts a run that was not published again from what is not committed, under the config and code deployed now. The mark
 * comes first, so that the sweep starts what this process could not; the record of the drive is created once, so that
 * neither a second redrive nor the collector of uploads begins beside it. A drive that has no report yet is concluded first.
 * @throws NotRedrivableError when it is under way or can never go on
 */
export async function redriveRun(runId: string, deps: RedriveDeps): Promise<Redriven | Concluding> {
  const standing = await readStanding(runId, deps);
  refuseFinal(runId, standing);
  if (!standing.reported) return goOn(runId, standing, deps);
  const drive = standing.drive + 1;
  const record = await driveRecord(runId, drive, deps);
  const input = executionInput(await readJson(deps.state, inputKey(runId), RunInput), drive, record);
  const execution = executionName(runId, drive);
  await deps.open.add({ schema: 'open.v1', execution, input, at: deps.now().toISOString() });
  if (!(await createJson(deps.state, driveKey(runId, drive), record))) {
    throw new NotRedrivableError(`${runId} was taken by another redrive or by the collector at this moment: look at it again`);
  }
  await deps.executions.start(execution, input);
  return { outcome: 'begun', execution, drive, pins: record.pins };
}
