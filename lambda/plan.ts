import { z } from 'zod';
import { pastRuns } from '../adapters/history';
import { createJson, findJson, readJson } from '../adapters/json';
import { pinLookups } from '../adapters/lookups';
import { JobConfig, Plan, type Planned, PlanPins, Round, RunInput, RunRef } from '../core/contracts';
import { configKey, inputKey, outputPrefix, pinsKey, planKey, preflightKey, roundKey, tasksIndexKey } from '../core/keys';
import { decideTasks } from '../core/plan/make-plan';
import { arraysOf } from '../core/plan/packing';
import { TASK_ENTRY_BYTES } from '../core/plan/task-index';
import { verdictProblem } from '../core/query/verdict';
import { forecast } from '../core/report/forecast';
import { StepFailure } from '../core/step-failures';
import { type Deps, toHandler } from './runtime';
import { draftListing, type ListingDeps } from './shared/listing-draft';
import { draftObjects } from './shared/object-draft';
import { roundRef } from './shared/rounds';

export const PlanInput = RunRef.extend({ stateMachine: z.string() });
type PlanInput = z.infer<typeof PlanInput>;

type PlanDeps = ListingDeps & Pick<Deps, 'output' | 'maxVcpus'>;

interface PinnedConfig {
  readonly config: JobConfig;
  readonly versionId: string;
}

/** The config as it was deployed when the run's first call read it; its version id is what the whole run obeys. */
async function pinConfig({ runId, job }: PlanInput, state: Deps['state']): Promise<PinnedConfig> {
  const { config: versionId } = (await findJson(state, pinsKey(runId), PlanPins)) ?? (await pinNow(runId, job, state));
  return { config: await readJson(state, configKey(job), JobConfig, versionId), versionId };
}

async function pinNow(runId: string, job: string, state: Deps['state']): Promise<PlanPins> {
  const head = await state.head(configKey(job));
  if (!head) throw new StepFailure('CONFIG', `job ${job} is not deployed: there is no ${configKey(job)} in the state bucket`);
  const pins: PlanPins = { schema: 'pins.v1', config: head.versionId };
  return (await createJson(state, pinsKey(runId), pins)) ? pins : readJson(state, pinsKey(runId), PlanPins);
}

/** The chunk list, and of the plan what it tells. */
async function draftOf(run: RunInput, config: JobConfig, deps: PlanDeps) {
  const { source } = run;
  if (!source) return draftObjects({ run, config }, deps);
  const found = await draftListing({ run: { ...run, source }, config }, deps);
  return found && { ...found, objects: [] };
}

/** Writes the index of the tasks; answers how many there are, which another call may have decided. */
async function settleIndex(runId: string, index: string, state: Deps['state']): Promise<number> {
  const key = tasksIndexKey(runId, 0);
  if (await state.createOnce(key, index)) return index.length / TASK_ENTRY_BYTES;
  return ((await state.head(key))?.bytes ?? 0) / TASK_ENTRY_BYTES;
}

/** Undefined when another call has to go on with it. */
async function makePlan(input: PlanInput, deps: PlanDeps): Promise<Plan | undefined> {
  const { runId, job, stateMachine } = input;
  const { config: deployed, versionId } = await pinConfig(input, deps.state);
  const problem = verdictProblem(deployed);
  if (problem !== undefined) throw new StepFailure('CONFIG', problem);
  const made = await draftOf(await readJson(deps.state, inputKey(runId), RunInput), deployed, deps);
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
    ...found,
    chunks,
    tasks: await settleIndex(runId, draft.index(tasks), deps.state),
    pins: { jobDefinition: config.worker.jobDefinition, image: config.worker.image, config: versionId, stateMachine },
    ...(lookups.length > 0 && { lookups: [...lookups] }),
    output: { bucket: deps.output.bucket, prefix: outputPrefix(job, runId) },
    sizing,
  };
}

/** The plan is decided once; whoever comes second follows the first. */
async function settlePlan(input: PlanInput, deps: PlanDeps): Promise<Plan | undefined> {
  const key = planKey(input.runId);
  const existing = await findJson(deps.state, key, Plan);
  if (existing) return existing;
  const made = await makePlan(input, deps);
  if (!made) return undefined;
  await createJson(deps.state, key, made);
  return readJson(deps.state, key, Plan);
}

async function openRound({ runId, chunks, tasks, config }: Plan, state: Deps['state']): Promise<Round> {
  const share = { capacity: config.spec.compute.capacity, profile: config.worker.profile };
  const record: Round = { schema: 'round.v1', round: 0, arrays: [...arraysOf(tasks, share)], chunks, tasks };
  await createJson(state, roundKey(runId, 0), record);
  return readJson(state, roundKey(runId, 0), Round);
}

/** Step 1: pins config and object versions, cuts the input into chunks, packs them into tasks, and forecasts the run. */
export async function plan(input: PlanInput, deps: PlanDeps): Promise<Planned> {
  const made = await settlePlan(input, deps);
  if (!made) return { next: 'plan' };
  const { profile } = made.config.worker;
  await createJson(deps.state, preflightKey(input.runId), forecast({ plan: made, profile, maxVcpus: deps.maxVcpus }));
  const round = await openRound(made, deps.state);
  return made.chunks === 0 ? { next: 'commit' } : { next: 'round', ...roundRef(round, 0) };
}

export const handler = toHandler(PlanInput, plan);
