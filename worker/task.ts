import { chunksOfTask, chunksWithin } from '../adapters/chunk-lists';
import { mapConcurrently } from '../adapters/concurrency';
import { readJson } from '../adapters/json';
import type { ObjectStore, PendingUploads } from '../adapters/ports';
import { readPlan } from '../adapters/run-plan';
import type { Tally } from '../adapters/tally';
import { type Chunk, Fence, type Plan } from '../core/contracts';
import { ExitCode } from '../core/exit-codes';
import { fenceKey, markerKey } from '../core/keys';
import { linesOf } from '../core/plan/task-index';
import { exitCodeOf } from './failures';
import { FenceWatch } from './fence';
import type { Log } from './log';
import { runPipeline } from './pipeline';
import { ChunkStages, type StageDeps } from './stages';
import { Turn } from './turn';

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
  /** Other buckets by name, as far as the task may read them.
   *  @default - none */
  readonly bucket?: (name: string) => ObjectStore;
  readonly log: Log;
  /** Aborted when the platform wants the process to end. */
  readonly signal: AbortSignal;
  /** An existing folder for temporary files. */
  readonly scratch: string;
  readonly jobsFolder: string;
  readonly childEnvironment: Readonly<Record<string, string>>;
  /** Counted by the stores: what had to be asked for again.
   *  @default - nobody counts */
  readonly retries?: { readonly input: Tally; readonly output: Tally };
  /** How long chunks may go on to be taken before Batch would end the attempt; may be negative.
   *  @default - for ever */
  readonly secondsLeft?: () => number;
  readonly now: () => Date;
}

/** A task may hold thousands of chunks; its sockets are few. */
const HEADS_AT_ONCE = 16;

/** What the platform reads as "stopped by SIGTERM". */
export const STOPPED_EXIT_CODE = 143;

/** Does one task: its chunks in order, each committed by its own marker, so that doing it again does only what is left. */
export async function runTask(ref: TaskRef, deps: TaskDeps): Promise<number> {
  const fence = await readJson(deps.state, fenceKey(ref.runId, ref.round, ref.array), Fence);
  const fenceWatch = new FenceWatch(ref, deps);
  await fenceWatch.look();
  if (fenceWatch.isOut) return ExitCode.Done;
  const plan = await readPlan(deps.state, { runId: ref.runId, drive: fence.drive });
  const chunks = await uncommitted(await ownChunks(ref, fence, deps.state), plan, deps);
  deps.log('task started', { chunks: chunks.length });
  const hasFailures = chunks.some(({ failures = {} }) => Object.keys(failures).length > 0);
  return doChunks(chunks, { ...deps, ref, fence, fenceWatch, plan, hasFailures });
}

/** The fence mostly says where the task's lines lie. */
function ownChunks({ runId, round, index }: TaskRef, { lists, array, lines }: Fence, state: ObjectStore): Promise<readonly Chunk[]> {
  const at = { runId, round, lists };
  return lines ? chunksWithin(state, at, linesOf(lines, index)) : chunksOfTask(state, { ...at, task: array.firstTask + index });
}

async function uncommitted(chunks: readonly Chunk[], { runId, plannedIn }: Plan, { state }: TaskDeps): Promise<readonly Chunk[]> {
  const markers = await mapConcurrently(chunks, HEADS_AT_ONCE, ({ id }) => state.head(markerKey(runId, id, plannedIn)));
  return chunks.filter((_, index) => markers[index] === undefined);
}

/** Chunks that there was no time for, or that the platform took the time for, are left to the next round. */
async function doChunks(chunks: readonly Chunk[], deps: StageDeps): Promise<number> {
  const stages = new ChunkStages(deps);
  const turns = chunks.map((chunk) => new Turn(chunk));
  const taken = await runPipeline(turns, stages).finally(() => stages.close());
  if (deps.signal.aborted) return STOPPED_EXIT_CODE;
  if (deps.fenceWatch.isOut) return ExitCode.Done;
  const isOutOfTime = taken < chunks.length && !stages.failures.includes('CONFIG');
  if (isOutOfTime) deps.log('out of time', { left: chunks.length - taken });
  const code = exitCodeOf(stages.failures);
  return isOutOfTime && code === ExitCode.Done ? ExitCode.TryAgain : code;
}
