import path from 'node:path';
import { mapConcurrently } from '../../adapters/concurrency';
import type { ObjectStore } from '../../adapters/ports';
import type { Chunk, Plan, Range } from '../../core/contracts';
import type { Source } from '../work';
import { fetchAvro } from './avro';
import { fetchCompressed } from './compressed';
import { objectOfRange } from './listed';
import { fetchParquet } from './parquet';
import { fetchText } from './text';

/** Only chunks of many small files have several ranges: one after another they would wait for S3 most of the time. */
const READS_AT_ONCE = 8;

/** Reads all ranges of a chunk; local copies go into `scratch`. */
export async function fetchChunk(
  input: ObjectStore,
  plan: Plan,
  { chunk, scratch }: { chunk: Chunk; scratch: string },
): Promise<readonly Source[]> {
  const { proven, given } = chunk;
  const sources = await mapConcurrently(chunk.ranges, READS_AT_ONCE, (range, index) =>
    fetchRange(input, plan, { range, proven, given, file: path.join(scratch, `source-${index}`) }),
  );
  return sources.flat();
}

interface Wanted extends Pick<Chunk, 'proven' | 'given'> {
  readonly range: Range;
  readonly file: string;
}

async function fetchRange(input: ObjectStore, plan: Plan, wanted: Wanted): Promise<readonly Source[]> {
  const { object, store } = await objectOfRange(input, plan, wanted.range);
  const { input: spec } = plan.config.spec;
  if (spec.format === 'parquet') return [await fetchParquet(store, { object, ...wanted })];
  if (spec.format === 'avro') return fetchAvro(store, { object, input: spec, ...wanted });
  const { compression } = object;
  if (compression) return fetchCompressed(store, { object, compression, input: spec, ...wanted });
  return [await fetchText(store, { object, input: spec, ...wanted })];
}
