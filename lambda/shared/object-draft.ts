import { findInferredConfig, withInferredSchema } from '../../adapters/inferred-config';
import { samplingStore } from '../../adapters/samples';
import { divisibles, plannedObjects } from '../../adapters/sources';
import type { Chunk, JobConfig, PlannedObject, RunInput } from '../../core/contracts';
import { planChunksKey } from '../../core/keys';
import { chunkRuleOf } from '../../core/plan/chunk-rule';
import { ChunkPlanner, type Divisible } from '../../core/plan/chunking';
import { checkScope } from '../../core/plan/source-scope';
import { distinctObjects } from '../../core/run-id';
import type { Deps } from '../runtime';
import { ChunkDraft } from './chunk-draft';

export interface ObjectDraft {
  readonly draft: ChunkDraft;
  readonly bytes: number;
  readonly objects: PlannedObject[];
  /** With the types of its columns. */
  readonly config: JobConfig;
}

/** What is to be planned, under which drive. */
export interface DraftOrder {
  readonly run: RunInput;
  readonly drive?: number;
  readonly config: JobConfig;
}

/** Looks at every object that was named and cuts it. */
export async function draftObjects(
  { run, drive, config: deployed }: DraftOrder,
  { state, texts, input }: Pick<Deps, 'state' | 'texts' | 'input'>,
): Promise<ObjectDraft> {
  // The run's input may name a version twice; it is read once.
  const named = distinctObjects(run.objects);
  checkScope(named, { inputBucket: input.bucket, spec: deployed.spec });
  const sampling = samplingStore(input, named, deployed);
  const objects = await plannedObjects(sampling.store, named, deployed);
  const runBytes = objects.reduce((sum, { bytes }) => sum + bytes, 0);
  const replayed = run.replayOf === undefined ? undefined : await findInferredConfig(deployed, run.replayOf, state);
  const config = replayed ?? (await withInferredSchema(deployed, objects, { sampling, runBytes }));
  const { spec } = config;
  const cut = await divisibles(input, objects, spec.input.format);
  const draft = await ChunkDraft.open({ store: state, uploads: texts, key: planChunksKey(run.runId, drive) });
  await draft.write(chunksOf(new ChunkPlanner(chunkRuleOf(spec)), cut));
  await draft.complete();
  return { draft, config, objects, bytes: cut.reduce((sum, { bytes }) => sum + bytes, 0) };
}

function* chunksOf(planner: ChunkPlanner, objects: readonly Divisible[]): Generator<Chunk> {
  for (const [object, divisible] of objects.entries()) yield* planner.add({ ...divisible, object });
  yield* planner.rest();
}
