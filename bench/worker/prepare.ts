import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { crc32 } from 'node:zlib';
import { createJson } from '../../adapters/json';
import { type Fence, JobConfig, type Plan, type PlannedObject } from '../../core/contracts';
import { chunksKey, fenceKey, outputPrefix, planKey, tasksIndexKey } from '../../core/keys';
import { chunkRuleOf } from '../../core/plan/chunk-rule';
import { planChunks } from '../../core/plan/chunking';
import { encodeTasks } from '../../core/plan/packing';
import { JobSpec } from '../../core/spec/schema';
import { profileOf } from '../../core/submit/fargate';
import type { Stores } from './stores';

export interface RunOrder {
  /** A spec as people write it; name and description may be left out. */
  readonly spec: Readonly<Record<string, unknown>>;
  readonly schemas?: JobConfig['schemas'];
  /** In the input bucket. */
  readonly object: PlannedObject;
  readonly chunkBytes: number;
  /** Where the processors of the job are. @default the examples' folder */
  readonly jobsFolder?: string;
}

/** Writes down a run of one task over one object, as Plan and Submit would; answers its id. */
export async function prepareRun({ state }: Pick<Stores, 'state'>, { spec, schemas = {}, object, chunkBytes }: RunOrder): Promise<string> {
  const runId = `bench-${randomUUID()}`;
  const parsed = JobSpec.parse({ name: 'bench', ...spec, chunk: { bytes: chunkBytes } });
  const profile = profileOf(parsed.compute);
  const worker = { jobDefinition: 'bench:1', image: 'bench', architecture: parsed.compute.architecture, profile };
  const config = JobConfig.parse({ schema: 'config.v1', spec: parsed, schemas, worker });
  const chunks = planChunks([{ bytes: object.bytes }], chunkRuleOf(parsed));
  const { lines, index } = encodeTasks(chunks, [0]);
  const plan: Plan = {
    schema: 'plan.v1',
    runId,
    job: parsed.name,
    objects: [object],
    bytes: object.bytes,
    chunks: chunks.length,
    tasks: 1,
    config,
    pins: { jobDefinition: 'bench:1', image: 'bench', config: '1', stateMachine: 'bench' },
    output: { bucket: 'output', prefix: outputPrefix(parsed.name, runId) },
    sizing: { chunkBytes, tasksTarget: 1, why: 'as the benchmark says' },
  };
  const array = { array: 0, firstTask: 0, tasks: 1, capacity: 'spot' as const, profile };
  const fence: Fence = { schema: 'fence.v1', runId, job: parsed.name, round: 0, array, jobName: runId, jobDefinition: 'bench:1' };
  await createJson(state, planKey(runId), plan);
  await state.createOnce(chunksKey(runId, 0), lines);
  await state.createOnce(tasksIndexKey(runId, 0), index);
  await createJson(state, fenceKey(runId, 0, 0), fence);
  return runId;
}

/** CRC32 of a whole file, as S3 would hold it. */
export async function checksumOfFile(file: string): Promise<NonNullable<PlannedObject['checksum']>> {
  let sum = 0;
  for await (const piece of createReadStream(file, { highWaterMark: 1 << 20 })) sum = crc32(piece as Buffer, sum);
  const value = Buffer.alloc(4);
  value.writeUInt32BE(sum);
  return { algorithm: 'CRC32', value: value.toString('base64') };
}
