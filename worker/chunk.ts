import { createJson, readJson } from '../adapters/json';
import type { ObjectStore, PendingUploads } from '../adapters/ports';
import { chunkBytesOf } from '../core/chunking';
import { type Chunk, type JobConfig, Marker, type Measures, type PendingPart, type Plan } from '../core/contracts';
import { fileKey, markerKey, partKey, quarantineKey } from '../core/keys';
import { contentTypeOf, partExtension } from '../core/output';
import { dialectOf } from '../core/records';
import { skipsAllowedInChunk } from '../core/skip-limit';
import { setAsideAll } from './bisect/set-aside';
import { checksumOf } from './checksum';
import { DataFailure, StoppedError } from './failures';
import type { Meter } from './meter';
import { processorOf } from './processors';
import { keepFindings } from './quality/keep';
import { Quarantine } from './quarantine';
import { uploadPending } from './upload';
import { type ChunkWork, type Outcome, type PartFile, readsOf } from './work';

/** A chunk as it was fetched. */
export type Fetched = Omit<ChunkWork, 'quarantine'>;

/** A chunk whose records are done, as far as it has to be delivered: nothing of its input is held any more. */
export interface Processed extends Pick<Marker, 'read' | 'counts'> {
  readonly chunk: Chunk;
  readonly config: JobConfig;
  readonly outcome: Outcome;
  readonly quarantine: Quarantine;
  readonly meter: Meter;
}

/** What a chunk is delivered with; `writer` is this attempt's own name. */
export interface DeliverDeps {
  readonly plan: Plan;
  readonly state: ObjectStore;
  readonly output: PendingUploads;
  readonly attempt: Marker['attempt'];
  readonly writer: string;
  readonly signal: AbortSignal;
  readonly now: () => Date;
  /** Called when all but the marker is delivered. */
  readonly measures: () => Omit<Measures, 'stages'>;
}

/** Does the records of one chunk; its part lies in its scratch folder, its bad records in its quarantine. */
export async function processChunk(fetched: Fetched, { attempt, runBytes }: { attempt: number; runBytes: number }): Promise<Processed> {
  const quarantine = new Quarantine({ attempt, folder: fetched.scratch, limit: skipLimitOf(fetched, runBytes) });
  const work: ChunkWork = { ...fetched, quarantine };
  const claimed = claimedSeconds(work.meter);
  const begun = performance.now();
  const outcome = await processRecords(work);
  if (work.signal.aborted) throw new StoppedError();
  const seconds = (performance.now() - begun) / 1000 - (claimedSeconds(work.meter) - claimed);
  const { chunk, config, meter, sources, files } = work;
  const counts = countsOf(work, outcome);
  meter.add('process', { seconds: Math.max(0, seconds), records: counts.read });
  return { chunk, config, outcome, quarantine, meter, read: readsOf(files ?? sources, chunk.ranges), counts };
}

/**
 * A chunk that guessed where it begins may have guessed wrong, and then its bad records say nothing; a piece was cut out
 * because its records are bad, and says nothing about the others.
 */
function skipLimitOf({ chunk, config, ...input }: Fetched, runBytes: number): number {
  const guesses = dialectOf(config.spec.input)?.quotedNewlines === true && !chunk.proven && chunk.ranges.some(({ start }) => start > 0);
  if (guesses || chunk.level !== undefined || chunk.suspect) return Number.POSITIVE_INFINITY;
  return skipsAllowedInChunk(config.spec.errors.skipLimit, { records: recordsOf(input), bytes: chunkBytesOf(chunk), runBytes });
}

/** Seconds that a processor's own parsing and writing have taken. */
const claimedSeconds = (meter: Meter): number => meter.seconds('parse') + meter.seconds('process') + meter.seconds('write');

/** Of windows of one range, each of which reads all of it, the first one counts. */
const bytesRead = ({ start, end, window }: Marker['read'][number]): number => (window && window[0] > 0 ? 0 : end - start);

/** A file is a record. */
const recordsOf = ({ sources, files = [] }: Pick<ChunkWork, 'sources' | 'files'>): number =>
  [...sources, ...files].reduce((sum, { read }) => sum + read.records, 0);

/** A chunk inside one long record, or of a header alone, has nothing to process. */
async function processRecords(work: ChunkWork): Promise<Outcome> {
  if (recordsOf(work) === 0) return { parts: [], written: 0, filtered: 0 };
  return work.chunk.suspect ? setAsideAll(work) : processorOf(work.config.spec.process)(work);
}

const countsOf = (work: ChunkWork, { written, filtered, rows }: Outcome): Marker['counts'] => ({
  read: recordsOf(work),
  written,
  filtered,
  quarantined: work.quarantine.records,
  ...(rows !== undefined && rows !== written && { rows }),
});

/** Delivers a chunk, its marker last; answers false when another worker's marker was there first. */
export async function deliverChunk(processed: Processed, deps: DeliverDeps): Promise<boolean> {
  const { meter } = processed;
  const { parts, ...kept } = await meter.time('upload', async () => {
    const uploaded = await upload(processed, deps);
    return { parts: uploaded, ...(await keepRest(processed, uploaded, deps)) };
  });
  meter.add('upload', { bytes: bytesOf(parts) });
  // If this throws, nobody knows whether the marker was written: its uploads stay for Commit, which aborts what no marker lists.
  const won = await mark(markerOf(processed, { parts, ...kept }, deps), deps);
  if (!won) await forget(parts, deps.output);
  return won;
}

/** One part after the other; when one fails, those before it are taken back. */
async function upload({ config, chunk, outcome, meter }: Processed, deps: DeliverDeps): Promise<readonly PendingPart[]> {
  const { output } = config.spec;
  const run = [config.spec.name, deps.plan.runId] as const;
  const extension = partExtension(output);
  const keyOf = ({ name, partition }: PartFile): string =>
    name === undefined ? partKey(...run, { chunk: chunk.id, extension, partition }) : fileKey(...run, { chunk: chunk.id, name });
  const common = { contentType: contentTypeOf(output), signal: deps.signal, meter };
  const uploaded: PendingPart[] = [];
  try {
    if (deps.signal.aborted) throw new StoppedError();
    for (const part of outcome.parts) {
      const key = keyOf(part);
      checkKey(key);
      uploaded.push(await uploadPending(deps.output, { ...part, ...common, key }));
    }
    return uploaded;
  } catch (thrown) {
    await forget(uploaded, deps.output);
    throw thrown;
  }
}

/** What S3 allows. */
const MAX_KEY_BYTES = 1024;

function checkKey(key: string): void {
  const bytes = Buffer.byteLength(key);
  if (bytes <= MAX_KEY_BYTES) return;
  throw new DataFailure(
    `the key of a part has ${bytes} bytes, S3 allows ${MAX_KEY_BYTES}: it begins with ${JSON.stringify(key.slice(0, 120))}`,
    'shorten the values of the columns in output.partitionBy, or partition by others',
  );
}

async function forget(parts: readonly PendingPart[], output: PendingUploads): Promise<void> {
  for (const part of parts) await output.abort(part);
}

type Kept = Pick<Marker, 'quarantine' | 'quality'>;

/** Before the marker that lists them; when they cannot be written the chunk has failed, and its uploads with it. */
async function keepRest(processed: Processed, parts: readonly PendingPart[], deps: DeliverDeps): Promise<Kept> {
  try {
    const { runId } = deps.plan;
    const found = processed.outcome.quality;
    const quality = found && (await keepFindings(found, deps.state, { runId, chunk: processed.chunk.id, writer: deps.writer }));
    const quarantine = await keepQuarantine(processed, deps);
    return { ...(quality && { quality }), ...(quarantine && { quarantine }) };
  } catch (thrown) {
    await forget(parts, deps.output);
    throw thrown;
  }
}

async function keepQuarantine({ chunk, quarantine }: Processed, { plan, state, writer }: DeliverDeps): Promise<Kept['quarantine']> {
  if (quarantine.records === 0) return undefined;
  const key = quarantineKey(plan.runId, chunk.id, writer);
  const body = quarantine.body();
  await state.createOnce(key, body);
  return { key, ...quarantine.summary, checksum: await checksumOf(body, 'CRC32') };
}

const bytesOf = (parts: readonly PendingPart[]): number => parts.reduce((sum, { bytes }) => sum + bytes, 0);

function markerOf(
  { chunk, read, counts, outcome, meter }: Processed,
  { parts, ...kept }: Kept & { readonly parts: readonly PendingPart[] },
  deps: DeliverDeps,
): Marker {
  const { plan, writer, attempt, now } = deps;
  const [fetch, upload] = [meter.seconds('fetch'), meter.seconds('upload')];
  const processing = claimedSeconds(meter);
  return {
    schema: 'marker.v1',
    runId: plan.runId,
    chunk: chunk.id,
    writer,
    attempt,
    read,
    counts,
    ...(outcome.metrics && { metrics: outcome.metrics }),
    bytes: { read: read.reduce((sum, one) => sum + bytesRead(one), 0), written: bytesOf(parts) },
    parts: [...parts],
    ...kept,
    seconds: { fetch, process: processing, upload, total: fetch + processing + upload },
    peakRssBytes: process.resourceUsage().maxRSS * 1024,
    measures: { ...deps.measures(), stages: meter.stages },
    finishedAt: now().toISOString(),
  };
}

/** A refused write is not yet a loss: the marker that is there may be this writer's own, written by a retry of the client. */
async function mark(marker: Marker, { state, plan, writer }: DeliverDeps): Promise<boolean> {
  const key = markerKey(plan.runId, marker.chunk);
  if (await createJson(state, key, marker)) return true;
  return (await readJson(state, key, Marker)).writer === writer;
}
