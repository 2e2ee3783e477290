import { z } from 'zod';
import { pastRuns } from '../adapters/history';
import { withInferredSchema } from '../adapters/inferred-config';
import { createJson, findJson, readJson } from '../adapters/json';
import { pinLookups } from '../adapters/lookups';
import { samplingStore } from '../adapters/samples';
import { divisibles, plannedObjects } from '../adapters/sources';
import { chunkRuleOf } from '../core/chunk-rule';
import { planChunks } from '../core/chunking';
import { JobConfig, Plan, RunInput, RunRef } from '../core/contracts';
import { forecast } from '../core/forecast';
import { configKey, inputKey, outputPrefix, planKey, preflightKey } from '../core/keys';
import { decidePlan } from '../core/make-plan';
import { StepFailure } from '../core/step-failures';
import { type Deps, toHandler } from './runtime';
import { layOutRound, roundRef } from './shared/rounds';

export const PlanInput = RunRef.extend({ stateMachine: z.string() });

type PlanDeps = Pick<Deps, 'state' | 'input' | 'output' | 'bucket' | 'maxVcpus'>;

/** The config as deployed now; its version id is what the whole run obeys. */
async function pinConfig(job: string, state: Deps['state']): Promise<{ config: JobConfig; versionId: string }> {
  const head = await state.head(configKey(job));
  if (!head) throw new StepFailure('CONFIG', `job ${job} is not deployed: there is no ${configKey(job)} in the state bucket`);
  return { config: await readJson(state, configKey(job), JobConfig, head.versionId), versionId: head.versionId };
}

async function makePlan({ runId, job, stateMachine }: z.infer<typeof PlanInput>, deps: PlanDeps): Promise<Plan> {
  const { config: deployed, versionId } = await pinConfig(job, deps.state);
  const { objects: refs } = await readJson(deps.state, inputKey(runId), RunInput);
  const sampling = samplingStore(deps.input, refs, deployed);
  const objects = await plannedObjects(sampling.store, refs, deployed);
  const config = await withInferredSchema(deployed, objects, sampling);
  const lookups = await pinLookups(config.spec, deps.bucket);
  const { spec } = config;
  const { bytes, chunks, tasks, sizing } = decidePlan({
    spec,
    divisibles: await divisibles(deps.input, objects, spec.input.format),
    history: await pastRuns(deps.state, job),
  });
  return {
    schema: 'plan.v1',
    runId,
    job,
    objects,
    bytes,
    chunks: chunks.length,
    tasks,
    config,
    pins: { jobDefinition: config.worker.jobDefinition, image: config.worker.image, config: versionId, stateMachine },
    ...(lookups.length > 0 && { lookups: [...lookups] }),
    output: { bucket: deps.output.bucket, prefix: outputPrefix(job, runId) },
    sizing,
  };
}

/** The plan is decided once; whoever comes second follows the first. */
async function settlePlan(input: z.infer<typeof PlanInput>, deps: PlanDeps): Promise<Plan> {
  const existing = await findJson(deps.state, planKey(input.runId), Plan);
  if (existing) return existing;
  await createJson(deps.state, planKey(input.runId), await makePlan(input, deps));
  return readJson(deps.state, planKey(input.runId), Plan);
}

/** Step 1: pins config and object versions, cuts the input into chunks, packs them into tasks, and forecasts the run. */
export async function plan(input: z.infer<typeof PlanInput>, deps: PlanDeps) {
  const { runId } = input;
  const made = await settlePlan(input, deps);
  const { profile } = made.config.worker;
  await createJson(deps.state, preflightKey(runId), forecast({ plan: made, profile, maxVcpus: deps.maxVcpus }));

  const cut = await divisibles(deps.input, made.objects, made.config.spec.input.format);
  const chunks = planChunks(cut, chunkRuleOf(made.config.spec));
  const { capacity } = made.config.spec.compute;
  const round = await layOutRound(deps.state, { runId, round: 0, chunks, tasks: made.tasks, capacity, profile });
  return roundRef(round, 0);
}

export const handler = toHandler(PlanInput, plan);
