import path from 'node:path';
import type { ObjectStore } from '../../adapters/ports';
import type { Chunk, Plan, Range } from '../../core/contracts';
import { ConfigFailure } from '../failures';
import type { Source } from '../work';
import { fetchParquet } from './parquet';
import { fetchText } from './text';

/** Reads all ranges of a chunk; local copies go into `scratch`. */
export async function fetchChunk(
  input: ObjectStore,
  plan: Plan,
  { chunk, scratch }: { chunk: Chunk; scratch: string },
): Promise<readonly Source[]> {
  const sources: Source[] = [];
  for (const [index, range] of chunk.ranges.entries()) {
    sources.push(
      await fetchRange(input, plan, { range, proven: chunk.proven ?? false, file: path.join(scratch, `source-${index}.parquet`) }),
    );
  }
  return sources;
}

function fetchRange(input: ObjectStore, plan: Plan, wanted: { range: Range; proven: boolean; file: string }): Promise<Source> {
  const object = plan.objects[wanted.range.object];
  if (!object) {
    throw new ConfigFailure(`a chunk reads object ${wanted.range.object}, the plan has ${plan.objects.length}`, 'run the files again');
  }
  const { input: spec } = plan.config.spec;
  return spec.format === 'parquet' ? fetchParquet(input, { object, ...wanted }) : fetchText(input, { object, input: spec, ...wanted });
}
