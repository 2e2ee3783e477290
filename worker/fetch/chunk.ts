import path from 'node:path';
import { mapConcurrently } from '../../adapters/concurrency';
import type { ObjectStore, ReadOptions } from '../../adapters/ports';
import type { Chunk, Plan, Range } from '../../core/contracts';
import { dialectOf } from '../../core/records';
import { narrowed } from '../bisect/narrow';
import type { Meter } from '../meter';
import type { ChunkWork, Source } from '../work';
import { fetchAvro } from './avro';
import { fetchConverted } from './converted';
import { fetchFiles } from './files';
import { objectOfRange } from './listed';
import { fetchParquet } from './parquet';
import { fetchText } from './text';
import { verifyWhole } from './whole';

/** Small files of one chunk are fetched side by side, since each of them is little more than a request. */
const RANGES_AT_ONCE = 8;

/** Where a chunk is fetched to, and who is told what it took. */
export interface FetchTarget {
  readonly chunk: Chunk;
  /** Local copies go here. */
  readonly scratch: string;
  readonly meter: Meter;
  /** Where text goes. @default - new memory */
  readonly memory?: ReadOptions['memory'];
}

/** What a chunk's processor is given to work on. */
export type FetchedInput = Pick<ChunkWork, 'sources' | 'files'>;

/** Reads a chunk, and again what was damaged on its way. */
export async function fetchInput(input: ObjectStore, plan: Plan, target: FetchTarget): Promise<FetchedInput> {
  if (plan.config.spec.input.format !== 'files') return { sources: await verifyWhole(() => fetchChunk(input, plan, target)) };
  return { sources: [], files: await verifyWhole(() => fetchFiles(input, plan, target)) };
}

/** Reads all ranges of a chunk. */
async function fetchChunk(input: ObjectStore, plan: Plan, { chunk, scratch, meter, memory }: FetchTarget): Promise<readonly Source[]> {
  const { proven, given } = chunk;
  const sources = await mapConcurrently(chunk.ranges, RANGES_AT_ONCE, (range, index) =>
    fetchRange(input, plan, { range, proven, given, file: path.join(scratch, `source-${index}`), meter, memory }),
  );
  return sources.flat();
}

interface Wanted extends Pick<Chunk, 'proven' | 'given'> {
  readonly range: Range;
  readonly file: string;
  readonly meter: Meter;
  readonly memory: ReadOptions['memory'];
}

async function fetchRange(input: ObjectStore, plan: Plan, wanted: Wanted): Promise<readonly Source[]> {
  const { window } = wanted.range;
  const sources = await fetchWhole(input, plan, wanted);
  return window ? narrowed(sources, window, dialectOf(plan.config.spec.input)) : sources;
}

async function fetchWhole(input: ObjectStore, plan: Plan, wanted: Wanted): Promise<readonly Source[]> {
  const { object, store } = await objectOfRange(input, plan, wanted.range);
  const { input: spec } = plan.config.spec;
  if (spec.format === 'parquet') return [await fetchParquet(store, { object, ...wanted })];
  if (spec.format === 'avro') return fetchAvro(store, { object, input: spec, ...wanted });
  const { compression } = object;
  if (compression || spec.encoding !== 'utf-8') return fetchConverted(store, { object, compression, input: spec, ...wanted });
  return [await fetchText(store, { object, input: spec, ...wanted })];
}
