import { countRequests, type RequestCount } from '../adapters/counted-store';
import { withInferredSchema } from '../adapters/inferred-config';
import type { ObjectStore } from '../adapters/ports';
import { samplingStore } from '../adapters/samples';
import { divisibles, plannedObjects } from '../adapters/sources';
import type { JobConfig, ObjectRef, Plan } from '../core/contracts';
import { isInferred } from '../core/inference/infer-schema';
import { decidePlan, taskBytesOf } from '../core/plan/make-plan';
import { arraysOf } from '../core/plan/packing';
import type { HistoryRecord } from '../core/plan/sizing';
import { DEFAULT_MAX_VCPUS, forecast } from '../core/report/forecast';
import type { LoadedJob } from '../core/spec/load';
import { profileOf } from '../core/submit/fargate';
import type { PlanSources } from './plan-sources';
import type { PlanView } from './render/plan';

/** A job, and how it fared before. */
export interface PlannedJob {
  readonly job: LoadedJob;
  readonly history: readonly HistoryRecord[];
}

/** What planning found out, whatever the run is over. */
export interface Findings extends Pick<Plan, 'bytes' | 'chunks' | 'tasks' | 'sizing'> {
  readonly objects: number;
  /** Nominal bytes of each task. */
  readonly taskBytes: readonly number[];
  /** With the types of its columns. */
  readonly config: JobConfig;
  readonly count: RequestCount;
}

/** Reads named sources as Plan does, decides as Plan does, and writes nothing. */
export async function planNamed({ store, objects: refs }: PlanSources, { job, history }: PlannedJob): Promise<Findings> {
  const { store: counted, count } = countRequests(store);
  const { config, parts } = await read(counted, refs, configOf(job));
  const decision = decidePlan({ spec: job.spec, divisibles: parts, history });
  return { ...decision, chunks: decision.chunks.length, objects: refs.length, taskBytes: taskBytesOf(decision), config, count };
}

async function read(store: ObjectStore, refs: readonly ObjectRef[], deployed: JobConfig) {
  const sampling = samplingStore(store, refs, deployed);
  const objects = await plannedObjects(sampling.store, refs, deployed);
  const config = await withInferredSchema(deployed, objects, { sampling, runBytes: objects.reduce((sum, { bytes }) => sum + bytes, 0) });
  return { config, parts: await divisibles(store, objects, config.spec.input.format) };
}

/** What `plan` prints. */
export function viewOf({ objects, bytes, chunks, tasks, sizing, taskBytes, config, count }: Findings): PlanView {
  const { profile } = config.worker;
  const { input } = config.schemas;
  return {
    job: config.spec.name,
    objects,
    ...count,
    bytes,
    chunks,
    tasks,
    arrays: arraysOf(tasks, { profile, capacity: config.spec.compute.capacity }).length,
    sizing: { chunkBytes: sizing.chunkBytes, why: sizing.why },
    taskBytes: spread(taskBytes),
    preflight: forecast({ plan: { bytes, chunks, tasks, config }, profile, maxVcpus: DEFAULT_MAX_VCPUS }),
    ...(input && isInferred(input) && { inferredSchema: input }),
  };
}

function spread(sizes: readonly number[]): PlanView['taskBytes'] {
  if (sizes.length === 0) return { min: 0, mean: 0, max: 0 };
  const total = sizes.reduce((sum, size) => sum + size, 0);
  const [min, max] = sizes.reduce(([low, high], size) => [Math.min(low, size), Math.max(high, size)], [total, 0]);
  return { min, mean: Math.round(total / sizes.length), max };
}

/** The job as a deployment would pin it, but for what only a deployment knows. */
export const configOf = ({ spec, schemas }: LoadedJob): JobConfig => ({
  schema: 'config.v1',
  spec,
  schemas,
  worker: { jobDefinition: '', image: '', architecture: spec.compute.architecture, profile: profileOf(spec.compute) },
});
