import path from 'node:path';
import type { ObjectStore } from '../../adapters/ports';
import type { Chunk, Plan, Range } from '../../core/contracts';
import { ConfigFailure } from '../failures';
import type { Source } from '../work';
import { fetchAvro } from './avro';
import { fetchCompressed } from './compressed';
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
    const { proven, given } = chunk;
    sources.push(...(await fetchRange(input, plan, { range, proven, given, file: path.join(scratch, `source-${index}`) })));
  }
  return sources;
}

interface Wanted extends Pick<Chunk, 'proven' | 'given'> {
  readonly range: Range;
  readonly file: string;
}

async function fetchRange(input: ObjectStore, plan: Plan, wanted: Wanted): Promise<readonly Source[]> {
  const object = plan.objects[wanted.range.object];
  if (!object) {
    throw new ConfigFailure(`a chunk reads object ${wanted.range.object}, the plan has ${plan.objects.length}`, 'run the files again');
  }
  const { input: spec } = plan.config.spec;
  if (spec.format === 'parquet') return [await fetchParquet(input, { object, ...wanted })];
  if (spec.format === 'avro') return fetchAvro(input, { object, input: spec, ...wanted });
  const { compression } = object;
  if (compression) return fetchCompressed(input, { object, compression, input: spec, ...wanted });
  return [await fetchText(input, { object, input: spec, ...wanted })];
}
