import { randomUUID } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { chunksOfTask } from '../adapters/chunk-lists';
import { mapConcurrently } from '../adapters/concurrency';
import { createJson, findJson, readJson } from '../adapters/json';
import type { ObjectStore, PendingUploads } from '../adapters/ports';
import { type Chunk, type Complaint, Fence, Plan, SubmittedJob } from '../core/contracts';
import { ExitCode } from '../core/exit-codes';
import type { FailureClass } from '../core/failures';
import { complaintKey, fenceKey, jobIdKey, markerKey, planKey } from '../core/keys';
import { type ChunkDeps, doChunk, type Fetched } from './chunk';
import { exitCodeOf, failureOf, StoppedError } from './failures';
import { fetchChunk } from './fetch/chunk';
import type { Log } from './log';

/** Which task of which array this process is. */
export interface TaskRef {
  readonly runId: string;
  readonly round: number;
  readonly array: number;
  /** As Batch names it: `parent:index` for a child of an array. */
  readonly jobId: string;
  /** 0 for a plain job. */
  readonly index: number;
  readonly attempt: number;
}

export interface TaskDeps {
  readonly state: ObjectStore;
  readonly input: ObjectStore;
  readonly output: PendingUploads;
  readonly log: Log;
  /** Aborted when the platform wants the process to end. */
  readonly signal: AbortSignal;
  /** An existing folder for temporary files. */
  readonly scratch: string;
  readonly jobsFolder: string;
  readonly childEnvironment: Readonly<Record<string, string>>;
  readonly now: () => Date;
}

/** A task may hold thousands of chunks; its sockets are few. */
const HEADS_AT_ONCE = 16;

/** What the platform reads as "stopped by SIGTERM". */
export const STOPPED_EXIT_CODE = 143;

/** Does one task: its chunks in order, each committed by its own marker, so that doing it again does only what is left. */
export async function runTask(ref: TaskRef, deps: TaskDeps): Promise<number> {
  const fence = await readJson(deps.state, fenceKey(ref.runId, ref.round, ref.array), Fence);
  if (await isFencedOut(ref, deps)) return ExitCode.Done;
  const plan = await readJson(deps.state, planKey(ref.runId), Plan);
  const chunks = await uncommitted(await chunksOfTask(deps.state, { ...ref, task: fence.array.firstTask + ref.index }), ref, deps);
  deps.log('task started', { chunks: chunks.length });
  return doChunks(chunks, { ...deps, ref, fence, plan });
}

/** A second array submitted by mistake finds that the fence names the first, and leaves the work to it. */
async function isFencedOut({ runId, round, array, jobId }: TaskRef, { state, log }: TaskDeps): Promise<boolean> {
  const submitted = await findJson(state, jobIdKey(runId, round, array), SubmittedJob);
  const isOther = submitted !== undefined && submitted.jobId !== parentOf(jobId);
  if (isOther) log('stood down', { fenced: submitted.jobId });
  return isOther;
}

const parentOf = (jobId: string): string => jobId.split(':')[0] ?? jobId;

async function uncommitted(chunks: readonly Chunk[], { runId }: TaskRef, { state }: TaskDeps): Promise<readonly Chunk[]> {
  const markers = await mapConcurrently(chunks, HEADS_AT_ONCE, ({ id }) => state.head(markerKey(runId, id)));
  return chunks.filter((_, index) => markers[index] === undefined);
}

interface Context extends TaskDeps {
  readonly ref: TaskRef;
  readonly fence: Fence;
  readonly plan: Plan;
}

/** Chunk n + 1 is fetched while n is processed. */
async function doChunks(chunks: readonly Chunk[], context: Context): Promise<number> {
  const failures: FailureClass[] = [];
  let fetching = startFetch(chunks[0], context);
  for (const [index, chunk] of chunks.entries()) {
    const fetched = await fetching;
    const stop = context.signal.aborted || failures.includes('CONFIG');
    fetching = startFetch(stop ? undefined : chunks[index + 1], context);
    const failure = stop ? undefined : await tryChunk(chunk, fetched, context);
    if (fetched) await rm(fetched.scratch, { recursive: true, force: true });
    if (failure) failures.push(failure);
  }
  return context.signal.aborted ? STOPPED_EXIT_CODE : exitCodeOf(failures);
}

/** The outcome of a fetch; what it threw is thrown where the chunk is done. */
interface Fetch {
  readonly scratch: string;
  result(): Fetched;
}

async function startFetch(chunk: Chunk | undefined, context: Context): Promise<Fetch | undefined> {
  if (!chunk) return undefined;
  const scratch = path.join(context.scratch, randomUUID());
  const begun = performance.now();
  try {
    await mkdir(scratch);
    const sources = await fetchChunk(context.input, context.plan, { chunk, scratch });
    const { plan, fence, jobsFolder, childEnvironment, log, signal } = context;
    const work = { chunk, sources, scratch, config: plan.config, profile: fence.array.profile, jobsFolder, childEnvironment, log, signal };
    const fetched = { work, seconds: (performance.now() - begun) / 1000 };
    return { scratch, result: () => fetched };
  } catch (thrown) {
    return {
      scratch,
      result: () => {
        throw thrown;
      },
    };
  }
}

/** Does a chunk, or writes down why not; answers the class of the failure. */
async function tryChunk(chunk: Chunk, fetched: Fetch | undefined, context: Context): Promise<FailureClass | undefined> {
  const { ref, log } = context;
  const { round, array, index: task, jobId, attempt } = ref;
  const deps: ChunkDeps = { ...context, writer: randomUUID(), attempt: { round, array, task, jobId, attempt } };
  try {
    const won = fetched !== undefined && (await doChunk(fetched.result(), deps));
    log(won ? 'chunk committed' : 'chunk was committed by another worker', { chunk: chunk.id });
    return undefined;
  } catch (thrown) {
    if (thrown instanceof StoppedError || context.signal.aborted) return undefined;
    return complain(chunk, thrown, deps, context);
  }
}

async function complain(chunk: Chunk, thrown: unknown, deps: ChunkDeps, { ref, state, log }: Context): Promise<FailureClass> {
  const failure = failureOf(thrown);
  log('chunk failed', { chunk: chunk.id, class: failure.class });
  const complaint: Complaint = { schema: 'complaint.v1', chunk: chunk.id, attempt: deps.attempt, failure };
  await createJson(state, complaintKey(ref.runId, ref.round, chunk.id, deps.writer), complaint);
  return failure.class;
}
