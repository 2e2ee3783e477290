import { parseChunks } from '../../adapters/chunk-lists';
import { collect, mapConcurrently } from '../../adapters/concurrency';
import { createJson, findJson, readJson } from '../../adapters/json';
import type { ObjectStore } from '../../adapters/ports';
import { leavesOf } from '../../core/assess/leaves';
import { type ArrayJob, type Chunk, Marker, Round, type RoundRef } from '../../core/contracts';
import { chunksKey, markersPrefix, roundKey, tasksIndexKey } from '../../core/keys';
import { chunkBytesOf } from '../../core/plan/chunking';
import { arraysOf, encodeTasks, packTasks } from '../../core/plan/packing';
import { TASK_ENTRY_BYTES } from '../../core/plan/task-index';

/** Small objects read at once: far below S3's 5,500 a second, and a Lambda's sockets. */
const READS_AT_ONCE = 32;

const readText = async (store: ObjectStore, key: string): Promise<string> => (await store.read(key)).toString('utf8');

/** Creates a text once; answers what is stored, which is another writer's if there was one first. */
async function settleText(store: ObjectStore, key: string, text: string): Promise<string> {
  return (await store.createOnce(key, text)) ? text : readText(store, key);
}

export interface RoundPlan extends Pick<ArrayJob, 'capacity' | 'profile'> {
  readonly runId: string;
  readonly round: number;
  readonly chunks: readonly Chunk[];
  readonly tasks: number;
}

/** Writes a round down: chunk list, task index, then the round itself; repeated, it answers what was written first. */
export async function layOutRound(state: ObjectStore, plan: RoundPlan): Promise<Round> {
  const { runId, round } = plan;
  const done = await findJson(state, roundKey(runId, round), Round);
  if (done) return done;
  const starts = plan.chunks.length === 0 ? [] : packTasks(plan.chunks.map(chunkBytesOf), plan.tasks);
  const { lines, index } = encodeTasks(plan.chunks, starts);
  const chunks = parseChunks(await settleText(state, chunksKey(runId, round), lines)).length;
  const tasks = (await settleText(state, tasksIndexKey(runId, round), index)).length / TASK_ENTRY_BYTES;
  const record: Round = { schema: 'round.v1', round, arrays: [...arraysOf(tasks, plan)], chunks, tasks };
  await createJson(state, roundKey(runId, round), record);
  return readJson(state, roundKey(runId, round), Round);
}

export const roundRef = (round: Round, waitSeconds: number): RoundRef => ({
  round: round.round,
  arrays: round.arrays.map(({ array }) => ({ array })),
  waitSeconds,
});

/** Every round written so far. */
export async function readRounds(state: ObjectStore, runId: string): Promise<readonly Round[]> {
  const rounds: Round[] = [];
  for (;;) {
    const round = await findJson(state, roundKey(runId, rounds.length), Round);
    if (!round) return rounds;
    rounds.push(round);
  }
}

export interface Progress {
  /** All of the run, those of plans that were given up too. */
  readonly rounds: readonly Round[];
  /** The chunks that count, in record order. */
  readonly leaves: readonly Chunk[];
  /** Every marker of the plan by chunk, those of replaced chunks too. */
  readonly markers: ReadonlyMap<string, Marker>;
}

/** The rounds of the newest plan: nothing was committed of those before. */
const ofThisPlan = (rounds: readonly Round[]): readonly Round[] =>
  rounds.slice(
    Math.max(
      0,
      rounds.findLastIndex(({ plannedIn }) => plannedIn !== undefined),
    ),
  );

/** Where a run stands, from S3 alone. */
export async function readProgress(state: ObjectStore, runId: string): Promise<Progress> {
  const rounds = await readRounds(state, runId);
  const mine = ofThisPlan(rounds);
  const lists = await mapConcurrently(mine, READS_AT_ONCE, async ({ round, plannedIn }) =>
    parseChunks(await readText(state, chunksKey(runId, round, plannedIn))),
  );
  const keys = await collect(state.list(markersPrefix(runId, mine[0]?.plannedIn)));
  const markers = await mapConcurrently(keys, READS_AT_ONCE, ({ key }) => readJson(state, key, Marker));
  return { rounds, leaves: leavesOf(lists), markers: new Map(markers.map((marker) => [marker.chunk, marker])) };
}
