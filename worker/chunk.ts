import { createJson, readJson } from '../adapters/json';
import type { ObjectStore, PendingUploads } from '../adapters/ports';
import { type Fence, Marker, type PendingPart, type Plan } from '../core/contracts';
import { markerKey, partKey, quarantineKey } from '../core/keys';
import { contentTypeOf, partExtension } from '../core/output';
import { StoppedError } from './failures';
import { processorOf } from './processors';
import { Quarantine } from './quarantine';
import { uploadPending } from './upload';
import { type ChunkWork, type Outcome, readsOf } from './work';

/** What a chunk is done with; `writer` is this attempt's own name. */
export interface ChunkDeps {
  readonly plan: Plan;
  readonly fence: Fence;
  readonly state: ObjectStore;
  readonly output: PendingUploads;
  readonly attempt: Marker['attempt'];
  readonly writer: string;
  readonly now: () => Date;
}

/** A chunk as it was fetched. */
export interface Fetched {
  readonly work: Omit<ChunkWork, 'quarantine'>;
  readonly seconds: number;
}

const SECOND = 1000;

/** Does one chunk and says so in its marker; answers false when another worker's marker was there first. */
export async function doChunk({ work: fetched, seconds }: Fetched, deps: ChunkDeps): Promise<boolean> {
  const begun = performance.now();
  const quarantine = new Quarantine(deps.attempt.attempt);
  const work = { ...fetched, quarantine };
  const outcome = await processRecords(work);
  const processed = performance.now();
  const parts = await upload(work, outcome, deps);
  await keepQuarantine(work, parts, deps);
  const uploaded = performance.now();
  const spent = {
    fetch: seconds,
    process: (processed - begun) / SECOND,
    upload: (uploaded - processed) / SECOND,
    total: seconds + (uploaded - begun) / SECOND,
  };
  // If this throws, nobody knows whether the marker was written: its uploads stay for Commit, which aborts what no marker lists.
  const won = await mark(markerOf({ work, outcome, parts, spent }, deps), deps);
  if (!won) await forget(parts, deps.output);
  return won;
}

const recordsOf = ({ sources }: ChunkWork): number => sources.reduce((sum, { read }) => sum + read.records, 0);

/** A chunk inside one long record, or of a header alone, has nothing to process. */
async function processRecords(work: ChunkWork): Promise<Outcome> {
  if (recordsOf(work) === 0) return { parts: [], written: 0, filtered: 0 };
  return (await processorOf(work.config.spec.process))(work);
}

/** One part after the other; when one fails, those before it are taken back. */
async function upload({ config, chunk, signal }: ChunkWork, outcome: Outcome, deps: ChunkDeps): Promise<readonly PendingPart[]> {
  const { output } = config.spec;
  const contentType = contentTypeOf(output);
  const key = partKey(config.spec.name, deps.plan.runId, chunk.id, partExtension(output));
  const uploaded: PendingPart[] = [];
  try {
    if (signal.aborted) throw new StoppedError();
    for (const { file, rows } of outcome.parts) uploaded.push(await uploadPending(deps.output, { file, key, contentType, rows, signal }));
    return uploaded;
  } catch (thrown) {
    await forget(uploaded, deps.output);
    throw thrown;
  }
}

async function forget(parts: readonly PendingPart[], output: PendingUploads): Promise<void> {
  for (const part of parts) await output.abort(part);
}

/** Before the marker that lists it; when it cannot be written the chunk has failed, and its uploads with it. */
async function keepQuarantine({ chunk, quarantine }: ChunkWork, parts: readonly PendingPart[], deps: ChunkDeps): Promise<void> {
  if (quarantine.records === 0) return;
  try {
    await deps.state.createOnce(quarantineKey(deps.plan.runId, chunk.id, deps.writer), quarantine.body());
  } catch (thrown) {
    await forget(parts, deps.output);
    throw thrown;
  }
}

const countsOf = (work: ChunkWork, { written, filtered, rows }: Outcome): Marker['counts'] => ({
  read: recordsOf(work),
  written,
  filtered,
  quarantined: work.quarantine.records,
  ...(rows !== undefined && rows !== written && { rows }),
});

interface Done {
  readonly work: ChunkWork;
  readonly outcome: Outcome;
  readonly parts: readonly PendingPart[];
  readonly spent: Marker['seconds'];
}

function markerOf({ work, outcome, parts, spent }: Done, { plan, writer, attempt, now }: ChunkDeps): Marker {
  const { chunk, quarantine, sources } = work;
  const key = quarantineKey(plan.runId, chunk.id, writer);
  return {
    schema: 'marker.v1',
    runId: plan.runId,
    chunk: chunk.id,
    writer,
    attempt,
    read: readsOf(sources, chunk.ranges),
    counts: countsOf(work, outcome),
    ...(outcome.metrics && { metrics: outcome.metrics }),
    bytes: {
      read: sources.reduce((sum, { read }) => sum + read.end - read.start, 0),
      written: parts.reduce((sum, { bytes }) => sum + bytes, 0),
    },
    parts: [...parts],
    ...(quarantine.records > 0 && { quarantine: { key, records: quarantine.records } }),
    seconds: spent,
    peakRssBytes: process.resourceUsage().maxRSS * 1024,
    finishedAt: now().toISOString(),
  };
}

/** A refused write is not yet a loss: the marker that is there may be this writer's own, written by a retry of the client. */
async function mark(marker: Marker, { state, plan, writer }: ChunkDeps): Promise<boolean> {
  const key = markerKey(plan.runId, marker.chunk);
  if (await createJson(state, key, marker)) return true;
  return (await readJson(state, key, Marker)).writer === writer;
}
