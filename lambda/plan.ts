import { z } from 'zod';
import { findEnding } from '../adapters/aborting';
import { pastRuns } from '../adapters/history';
import { createJson, findJson, readJson } from '../adapters/json';
import { pinLookups } from '../adapters/lookups';
import { readRedrive } from '../adapters/run-plan';
import { JobConfig, Plan, type Planned, PlanPins, type Round, RunInput, RunRef } from '../core/contracts';
import { checkSchema } from '../core/json-schema/check-schema';
import { configKey, inputKey, outputPrefix, pinsKey, planChunksKey, planKey, planTasksKey, preflightKey } from '../core/keys';
import { decideTasks } from '../core/plan/make-plan';
import { arraysOf } from '../core/plan/packing';
import { TASK_ENTRY_BYTES } from '../core/plan/task-index';
import { verdictProblem } from '../core/query/verdict';
import { forecast } from '../core/report/forecast';
import { StepFailure } from '../core/step-failures';
import { type Deps, toHandler } from './runtime';
import { draftListing, type ListingDeps } from './shared/listing-draft';
import { type DraftOrder, draftObjects } from './shared/object-draft';
import { claimRound, roundRef } from './shared/rounds';

export const PlanInput = RunRef.extend({ stateMachine: z.string() });
type PlanInput = z.infer<typeof PlanInput>;

type PlanDeps = ListingDeps & Pick<Deps, 'output' | 'maxVcpus'>;

interface PinnedConfig {
  readonly config: JobConfig;
  readonly versionId: string;
}

/** The config as it was deployed when the run's first call read it; its version id is what the whole drive obeys. A redrive's is in its record. */
async function pinConfig({ runId, job, drive = 0 }: PlanInput, state: Deps['state']): Promise<PinnedConfig> {
  if (drive > 0) {
    const { config, pins } = await readRedrive(state, runId, drive);
    return { config, versionId: pins.config };
  }
  const { config: versionId } = (await findJson(state, pinsKey(runId), PlanPins)) ?? (await pinNow(runId, job, state));
  const config = await readJson(state, configKey(job), JobConfig, versionId);
  checkSchemas(config);
  return { config, versionId };
}

/** A schema that says more than is checked is refused, also where it was deployed before that was known. */
function checkSchemas({ spec, schemas }: JobConfig): void {
  for (const role of ['input', 'output'] as const) {
    const use = { role, query: 'sql' in spec.process, format: spec.output.format };
    const [problem] = checkSchema(schemas[role] ?? {}, use);
    if (problem) throw new StepFailure('CONFIG', `${role}.schema at #${problem.pointer}: ${problem.message}`);
  }
}

async function pinNow(runId: string, job: string, state: Deps['state']): Promise<PlanPins> {
  const head = await state.head(configKey(job));
  if (!head) throw new StepFailure('CONFIG', `job ${job} is not deployed: there is no ${configKey(job)} in the state bucket`);
  const pins: PlanPins = { schema: 'pins.v1', config: head.versionId };
  return (await createJson(state, pinsKey(runId), pins)) ? pins : readJson(state, pinsKey(runId), PlanPins);
}

/** The chunk list, and of the plan what it tells. */
async function draftOf(order: DraftOrder, deps: PlanDeps) {
  const { run } = order;
  const { source } = run;
  if (!source) return draftObjects(order, deps);
  const found = await draftListing({ ...order, run: { ...run, source } }, deps);
  return found && { ...found, objects: [] };
}

/** Writes the index of the tasks; answers how many there are, which another call may have decided. */
async function settleIndex({ runId, drive }: PlanInput, index: string, state: Deps['state']): Promise<number> {
  const key = planTasksKey(runId, drive);
  if (await state.createOnce(key, index)) return index.length / TASK_ENTRY_BYTES;
  return ((await state.head(key))?.bytes ?? 0) / TASK_ENTRY_BYTES;
}

/** Undefined when another call has to go on with it. */
async function makePlan(input: PlanInput, deps: PlanDeps): Promise<Plan | undefined> {
  const { runId, job, drive, stateMachine } = input;
  const { config: deployed, versionId } = await pinConfig(input, deps.state);
  const problem = verdictProblem(deployed);
  if (problem !== undefined) throw new StepFailure('CONFIG', problem);
  const run = await readJson(deps.state, inputKey(runId), RunInput);
  const made = await draftOf({ run, drive, config: deployed }, deps);
  if (!made) return undefined;
  const { draft, ...found } = made;
  const { config } = found;
  const lookups = await pinLookups(config.spec, deps.bucket);
  const { chunks } = draft.totals;
  const { tasks, sizing } = decideTasks(config.spec, { bytes: found.bytes, chunks }, await pastRuns(deps.state, job));
  return {
    schema: 'plan.v1',
    runId,
    job,
    ...plannedIn(drive),
    ...found,
    chunks,
    tasks: await settleIndex(input, draft.index(tasks), deps.state),
    pins: { jobDefinition: config.worker.jobDefinition, image: config.worker.image, config: versionId, stateMachine },
    ...(lookups.length > 0 && { lookups: [...lookups] }),
    output: { bucket: deps.output.bucket, prefix: outputPrefix(job, runId) },
    sizing,
  };
}

/** The first drive's number goes without saying. */
const plannedIn = (drive = 0): Pick<Plan, 'plannedIn'> => (drive > 0 ? { plannedIn: drive } : {});

/** The plan of a drive is decided once; whoever comes second follows the first. */
async function settlePlan(input: PlanInput, deps: PlanDeps): Promise<Plan | undefined> {
  const key = planKey(input.runId, input.drive);
  const existing = await findJson(deps.state, key, Plan);
  if (existing) return existing;
  const made = await makePlan(input, deps);
  if (!made) return undefined;
  await createJson(deps.state, key, made);
  return readJson(deps.state, key, Plan);
}

/** The first round of the plan: the run's first one, or behind those of earlier plans of which nothing was committed. */
function openRound({ runId, plannedIn, chunks, tasks, config }: Plan, drive: number, state: Deps['state']): Promise<Round | undefined> {
  const share = { capacity: config.spec.compute.capacity, profile: config.worker.profile };
  const lists = { chunks: planChunksKey(runId, plannedIn), tasks: planTasksKey(runId, plannedIn) };
  const counts = { arrays: [...arraysOf(tasks, share)], chunks, tasks };
  // No round of an earlier plan counts any more.
  return claimRound(state, { runId, drive, round: 0 }, async (round) => ({
    schema: 'round.v1',
    round,
    drive,
    base: 0,
    plannedIn,
    lists,
    ...counts,
  }));
}

/** Step 1: pins config and object versions, cuts the input into chunks, packs them into tasks, and forecasts the run. */
export async function plan(input: PlanInput, deps: PlanDeps): Promise<Planned> {
  if (await findEnding(deps.state, input)) return { next: 'commit' };
  const made = await settlePlan(input, deps);
  if (!made) return { next: 'plan' };
  const { profile } = made.config.worker;
  await createJson(deps.state, preflightKey(input.runId, input.drive), forecast({ plan: made, profile, maxVcpus: deps.maxVcpus }));
  const round = await openRound(made, input.drive ?? 0, deps.state);
  return !round || made.chunks === 0 ? { next: 'commit' } : { next: 'round', ...roundRef(round) };
}

export const handler = toHandler(PlanInput, plan);
