import type { JobConfig, ObjectRef, PlannedObject } from '../core/contracts';
import { inferSchema, isInferred, wantsInference } from '../core/inference/infer-schema';
import type { ObjectStore } from './ports';
import { findPlan, readLastDrive } from './run-plan';
import { type SamplingStore, samplingStore } from './samples';
import { plannedObjects } from './sources';

export interface Sampled {
  readonly sampling: SamplingStore;
  /** Of all that the run is over. */
  readonly runBytes: number;
}

/** The config with the types of its columns filled in where a query needs them and nobody has written them down. */
export async function withInferredSchema(
  config: JobConfig,
  objects: readonly PlannedObject[],
  { sampling, runBytes }: Sampled,
): Promise<JobConfig> {
  if (!wantsInference(config.spec)) return config;
  const { spec } = config;
  const bytesPerSampled = runBytes / Math.max(1, sampling.bytesOf(objects));
  const input = inferSchema(await sampling.samples(objects), spec.input, { skipLimit: spec.errors.skipLimit, bytesPerSampled });
  return input ? { ...config, schemas: { ...config.schemas, input } } : config;
}

/** The same for a run over a listing, told from a few of its objects, which are read for it. */
export async function withSchemaOf(
  config: JobConfig,
  { samples, runBytes }: { readonly samples: readonly ObjectRef[]; readonly runBytes: number },
  input: ObjectStore,
): Promise<JobConfig> {
  if (!wantsInference(config.spec)) return config;
  const sampling = samplingStore(input, samples, config);
  return withInferredSchema(config, await plannedObjects(sampling.store, samples, config), { sampling, runBytes });
}

/**
 * The config with the column types that an earlier run inferred, for a replay of its bad records.
 * @returns undefined when that run inferred no types, or its plan has expired
 */
export async function findInferredConfig(config: JobConfig, runId: string, state: ObjectStore): Promise<JobConfig | undefined> {
  if (!wantsInference(config.spec)) return undefined;
  const drive = await readLastDrive(state, runId);
  const input = (await findPlan(state, { runId, drive }))?.config.schemas.input;
  return isInferred(input) ? { ...config, schemas: { ...config.schemas, input } } : undefined;
}
