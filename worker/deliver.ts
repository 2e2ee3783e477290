import { createJson, readJson } from '../adapters/json';
import type { ObjectStore, PendingUploads } from '../adapters/ports';
import { Marker, type Measures, type PendingPart, type Plan } from '../core/contracts';
import { fileKey, markerKey, partKey, quarantineKey } from '../core/keys';
import { contentTypeOf, partExtension } from '../core/work/output';
import { checksumOf } from './checksum';
import { claimedSeconds, type Processed } from './chunk';
import { DataFailure, StoppedError } from './failures';
import { keepFindings } from './quality/keep';
import { uploadPending } from './upload';
import type { PartFile } from './work';

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

/** Of windows of one range, each of which reads all of it, the first one counts. */
const bytesRead = ({ start, end, window }: Marker['read'][number]): number => (window && window[0] > 0 ? 0 : end - start);

function markerOf(
  { chunk, read, counts, columns, outcome, meter }: Processed,
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
    ...(outcome.identity && { identity: outcome.identity }),
    ...(outcome.metrics && { metrics: outcome.metrics }),
    bytes: { read: read.reduce((sum, one) => sum + bytesRead(one), 0), written: bytesOf(parts) },
    parts: [...parts],
    ...(columns && { columns }),
    ...kept,
    seconds: { fetch, process: processing, upload, total: fetch + processing + upload },
    peakRssBytes: process.resourceUsage().maxRSS * 1024,
    measures: { ...deps.measures(), stages: meter.stages },
    finishedAt: now().toISOString(),
  };
}

/** A refused write is not yet a loss: the marker that is there may be this writer's own, written by a retry of the client. */
async function mark(marker: Marker, { state, plan, writer }: DeliverDeps): Promise<boolean> {
  const key = markerKey(plan.runId, marker.chunk, plan.plannedIn);
  if (await createJson(state, key, marker)) return true;
  return (await readJson(state, key, Marker)).writer === writer;
}
