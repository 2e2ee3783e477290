import type { JobConfig, PlannedObject } from '../core/contracts';
import { inferSchema, wantsInference } from '../core/inference/infer-schema';
import type { SamplingStore } from './samples';

/** The config with the types of its columns filled in where a query needs them and nobody has written them down. */
export async function withInferredSchema(
  config: JobConfig,
  objects: readonly PlannedObject[],
  sampling: SamplingStore,
): Promise<JobConfig> {
  if (!wantsInference(config.spec)) return config;
  const input = inferSchema(await sampling.samples(objects), config.spec.input);
  return input ? { ...config, schemas: { ...config.schemas, input } } : config;
}
