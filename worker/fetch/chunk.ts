import path from 'node:path';
import { mapConcurrently } from '../../adapters/concurrency';
import type { ObjectStore } from '../../adapters/ports';
import type { Chunk, Plan, Range } from '../../core/contracts';
import type { Meter } from '../meter';
import type { Source } from '../work';
import { fetchAvro } from './avro';
import { fetchCompressed } from './compressed';
import { objectOfRange } from './listed';
import { fetchParquet } from './parquet';
import { fetchText } from './text';

/** Small files of one chunk are fetched side by side, since each of them is little more than a request. */
const RANGES_AT_ONCE = 8;

/** Where a chunk is fetched to, and who is told what it took. */
export interface FetchTarget {
  readonly chunk: Chunk;
  /** Local copies go here. */
  readonly scratch: string;
  readonly meter: Meter;
}

/** Reads all ranges of a chunk. */
export async function fetchChunk(input: ObjectStore, plan: Plan, { chunk, scratch, meter }: FetchTarget): Promise<readonly Source[]> {
  const { proven, given } = chunk;
  const sources = await mapConcurrently(chunk.ranges, RANGES_AT_ONCE, (range, index) =>
    fetchRange(input, plan, { range, proven, given, file: path.join(scratch, `source-${index}`), meter }),
  );
  return sources.flat();
}

interface Wanted extends Pick<Chunk, 'proven' | 'given'> {
  readonly range: Range;
  readonly file: string;
  readonly meter: Meter;
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
