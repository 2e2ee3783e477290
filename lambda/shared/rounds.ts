import { readChunks } from '../../adapters/chunk-lists';
import { collect, mapConcurrently } from '../../adapters/concurrency';
import { createJson, findJson, readJson } from '../../adapters/json';
import type { ObjectStore } from '../../adapters/ports';
import type { DriveRef } from '../../adapters/run-plan';
import { leavesOf } from '../../core/assess/leaves';
import { type Chunk, Decision, Marker, Round, type RoundRef } from '../../core/contracts';
import { chunksKey, decisionKey, markersPrefix, roundKey, tasksIndexKey } from '../../core/keys';
import { countedRounds, driveOf } from '../../core/operate/counted-rounds';
import { encodeTasks } from '../../core/plan/packing';
import { digest } from '../../core/run-id';
import type { Party } from '../../core/submit/needs';
import { packParties } from '../../core/submit/party-packing';

/** Small objects read at once: far below S3's 5,500 a second, and a Lambda's sockets. */
const READS_AT_ONCE = 32;

/** A round that a step wants to be done. */
export interface NewRound extends Pick<Round, 'base' | 'plannedIn' | 'because' | 'waitSeconds'> {
  readonly runId: string;
  readonly drive?: number | undefined;
  /** The number that it should have; it has a higher one where a step of an earlier drive wrote a round of that number. */
  readonly round: number;
  readonly groups: readonly Party[];
}

/**
 * Creates a drive's next round once, under the first number from `round` on that no other drive has. Repeated, it answers
 * what the drive wrote first.
 * @returns undefined when the drive was decided, or a later one has begun: nothing may follow then
 */
export async function claimRound(
  state: ObjectStore,
  { runId, drive = 0, round: from }: Pick<NewRound, 'runId' | 'drive' | 'round'>,
  make: (number: number) => Promise<Round>,
): Promise<Round | undefined> {
  for (let number = from; ; number++) {
    const key = roundKey(runId, number);
    const round = (await findJson(state, key, Round)) ?? (await createRound(state, { runId, drive }, await make(number)));
    if (!round || driveOf(round) > drive) return undefined;
    if (driveOf(round) === drive) return round;
  }
}

async function createRound(state: ObjectStore, ref: DriveRef, record: Round): Promise<Round | undefined> {
  if (await isDecided(state, ref)) return undefined;
  const key = roundKey(ref.runId, record.round);
  await createJson(state, key, record);
  return readJson(state, key, Round);
}

/** Writes a round down: its chunk list and task index under names of their own, then the record that names both. */
export function writeRound(state: ObjectStore, plan: NewRound): Promise<Round | undefined> {
  const { runId, drive = 0, base, plannedIn, because, waitSeconds } = plan;
  const { chunks, starts, arrays } = packParties(plan.groups);
  const { lines, index } = encodeTasks(chunks, starts);
  const counts = { arrays: [...arrays], chunks: chunks.length, tasks: starts.length };
  return claimRound(state, plan, async (round) => {
    const lists = { chunks: chunksKey(runId, round, digest(lines)), tasks: tasksIndexKey(runId, round, digest(index)) };
    await state.createOnce(lists.chunks, lines);
    await state.createOnce(lists.tasks, index);
    return { schema: 'round.v1', round, drive, base, plannedIn, lists, ...counts, because, waitSeconds };
  });
}

/** The decision about a drive, where there is one. */
export const findDecision = (state: ObjectStore, { runId, drive }: DriveRef) => findJson(state, decisionKey(runId, drive), Decision);

const isDecided = async (state: ObjectStore, ref: DriveRef): Promise<boolean> => (await findDecision(state, ref)) !== undefined;

export const roundRef = (round: Round, waitSeconds = round.waitSeconds ?? 0): RoundRef => ({
  round: round.round,
  arrays: round.arrays.map(({ array }) => ({ array })),
  waitSeconds,
});

/** Every round written so far, also those that count for nothing. */
export async function readRounds(state: ObjectStore, runId: string): Promise<readonly Round[]> {
  const rounds: Round[] = [];
  for (;;) {
    const round = await findJson(state, roundKey(runId, rounds.length), Round);
    if (!round) return rounds;
    rounds.push(round);
  }
}

export interface Progress {
  /** Every round written so far. */
  readonly written: readonly Round[];
  /** The rounds that count. */
  readonly rounds: readonly Round[];
  /** The chunks that count, in record order. */
  readonly leaves: readonly Chunk[];
  /** Every marker of the plan by chunk, those of replaced chunks too. */
  readonly markers: ReadonlyMap<string, Marker>;
}

/** Where a run stands, from S3 alone; `before` leaves out the rounds from that number on. */
export async function readProgress(state: ObjectStore, runId: string, before = Number.POSITIVE_INFINITY): Promise<Progress> {
  const written = await readRounds(state, runId);
  const rounds = countedRounds(written.filter(({ round }) => round < before));
  const lists = await mapConcurrently(rounds, READS_AT_ONCE, ({ round, lists: at }) => readChunks(state, { runId, round, lists: at }));
  const keys = await collect(state.list(markersPrefix(runId, rounds[0]?.plannedIn)));
  const markers = await mapConcurrently(keys, READS_AT_ONCE, ({ key }) => readJson(state, key, Marker));
  return { written, rounds, leaves: leavesOf(lists), markers: new Map(markers.map((marker) => [marker.chunk, marker])) };
}
