import { z } from 'zod';
import { findAbort } from '../adapters/aborting';
import { chunksOfTask } from '../adapters/chunk-lists';
import { collect, mapConcurrently } from '../adapters/concurrency';
import { findJson, readJson } from '../adapters/json';
import { readPlan } from '../adapters/run-plan';
import { type ChunkFailure, assess as decide, failureOf } from '../core/assess';
import { chunkBytesOf } from '../core/chunking';
import { type Assessment, Complaint, type Failure, Round, RunRef, SubmittedJob } from '../core/contracts';
import { abortFailure, type Evidence } from '../core/failures';
import { isInferred } from '../core/inference/infer-schema';
import { complaintsPrefix, jobIdKey, roundKey } from '../core/keys';
import { taskTarget } from '../core/packing';
import { dialectOf } from '../core/records';
import { objectsOf } from '../core/source-objects';
import { type Deps, toHandler } from './runtime';
import { layOutRound, readProgress, roundRef } from './shared/rounds';

export const AssessInput = RunRef.extend({ round: z.number().int() });
type AssessInput = z.infer<typeof AssessInput>;
type AssessDeps = Pick<Deps, 'state' | 'batch' | 'random' | 'log'>;

const READS_AT_ONCE = 32;

async function complaintsOf({ runId, round }: AssessInput, state: Deps['state']): Promise<ReadonlyMap<string, Failure>> {
  const keys = await collect(state.list(complaintsPrefix(runId, round)));
  const complaints = await mapConcurrently(keys, READS_AT_ONCE, ({ key }) => readJson(state, key, Complaint));
  return new Map(complaints.map(({ chunk, failure }) => [chunk, failure]));
}

/** What the platform says of each failed task of the round. */
async function evidenceOf(
  { runId, round }: AssessInput,
  arrays: Round['arrays'],
  { state, batch }: AssessDeps,
): Promise<ReadonlyMap<number, Evidence>> {
  const lists = await mapConcurrently(arrays, READS_AT_ONCE, async ({ array, firstTask }) => {
    const job = await findJson(state, jobIdKey(runId, round, array), SubmittedJob);
    const failed = job ? await batch.failedTasks(job.jobId) : [];
    return failed.map(({ index, ...evidence }) => [firstTask + index, evidence] as const);
  });
  return new Map(lists.flat());
}

async function failuresOf(input: AssessInput, record: Round, deps: AssessDeps): Promise<readonly ChunkFailure[]> {
  const complaints = await complaintsOf(input, deps.state);
  const evidence = await evidenceOf(input, record.arrays, deps);
  const lists = await mapConcurrently([...evidence], READS_AT_ONCE, async ([task, said]) => {
    const chunks = await chunksOfTask(deps.state, { ...input, task });
    return chunks.map(({ id }) => failureOf(id, said, complaints.get(id)));
  });
  return lists.flat();
}

/** Step 4: reads markers and failures, and says what follows: another round, the commit, or the end. */
export async function assess(input: AssessInput, deps: AssessDeps): Promise<Assessment> {
  const { runId, round } = input;
  const abort = await findAbort(deps.state, input);
  if (abort) return { next: 'stop', failure: abortFailure(abort.reason) };
  const plan = await readPlan(deps.state, input);
  const record = await readJson(deps.state, roundKey(runId, round), Round);
  const { leaves, markers } = await readProgress(deps.state, runId);
  const share = record.arrays[0] ?? { profile: plan.config.worker.profile, capacity: plan.config.spec.compute.capacity };

  const decision = decide({
    objects: objectsOf(plan, { leaves, markers }),
    leaves,
    markers,
    failures: await failuresOf(input, record, deps),
    skipLimit: plan.config.spec.errors.skipLimit,
    typesInferred: isInferred(plan.config.schemas.input),
    profile: share.profile,
    capacity: share.capacity,
    guesses: dialectOf(plan.config.spec.input)?.quotedNewlines ?? false,
    random: deps.random(),
  });
  deps.log.info('assessed', { runId, round, next: decision.next });
  if (decision.next !== 'round') return decision;

  const { chunks, split, profile, capacity, waitSeconds } = decision;
  const bytes = chunks.reduce((sum, chunk) => sum + chunkBytesOf(chunk), 0);
  const tasks = split ? chunks.length : taskTarget(bytes, chunks.length);
  const next = await layOutRound(deps.state, { runId, round: round + 1, chunks, tasks, profile, capacity });
  return { next: 'round', round: roundRef(next, waitSeconds) };
}

export const handler = toHandler(AssessInput, assess);
