import { parseChunks } from '../../adapters/chunk-lists';
import { createJson, findJson, readJson } from '../../adapters/json';
import type { ObjectStore } from '../../adapters/ports';
import { type Chunk, Round } from '../../core/contracts';
import { chunksKey, roundKey, tasksIndexKey } from '../../core/keys';
import { encodeTasks } from '../../core/plan/packing';
import { type Footing, partiesOf } from '../../core/submit/needs';
import { type PackedRound, packParties } from '../../core/submit/party-packing';

export interface NextRound extends Pick<Round, 'because' | 'waitSeconds'> {
  readonly runId: string;
  readonly round: number;
  readonly chunks: readonly Chunk[];
  readonly footing: Footing;
}

type Store = Pick<ObjectStore, 'read' | 'createOnce'>;

/** The round's list as it stands: what was written first, which is another's if an earlier attempt died after it. */
async function settleList(state: Store, { runId, round, chunks, footing }: NextRound): Promise<PackedRound> {
  const key = chunksKey(runId, round);
  const packed = packParties(partiesOf(chunks, footing));
  if (await state.createOnce(key, encodeTasks(packed.chunks, packed.starts).lines)) return packed;
  const stored = parseChunks((await state.read(key)).toString('utf8'));
  return packParties(partiesOf(stored, footing));
}

/** Writes a round down: chunk list, task index, then the round itself. All but the list follows from the list, so it may die anywhere and be repeated. */
export async function layOutNext(state: ObjectStore, next: NextRound): Promise<Round> {
  const { runId, round, because, waitSeconds } = next;
  const done = await findJson(state, roundKey(runId, round), Round);
  if (done) return done;
  const { chunks, starts, arrays } = await settleList(state, next);
  await state.createOnce(tasksIndexKey(runId, round), encodeTasks(chunks, starts).index);
  const sizes = { chunks: chunks.length, tasks: starts.length };
  const record: Round = { schema: 'round.v1', round, arrays: [...arrays], ...sizes, because, waitSeconds };
  await createJson(state, roundKey(runId, round), record);
  return readJson(state, roundKey(runId, round), Round);
}
