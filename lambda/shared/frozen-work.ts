import type { ObjectStore } from '../../adapters/ports';
import type { Work } from '../../core/commit/conclude';
import { decodeWork, encodeWork } from '../../core/commit/frozen-work';
import type { Decision, FrozenList, RunRef } from '../../core/contracts';
import { decidedKey } from '../../core/keys';

/** As many hex digits as other names of the ledger have. */
const NAME_DIGITS = 24;

/** Stores what a decision is to rest on; harmless when no decision comes to name it. */
export async function freezeWork(state: ObjectStore, { runId, drive }: RunRef, work: Work): Promise<FrozenList> {
  const { body, ...list } = encodeWork(work);
  const key = decidedKey(runId, list.sha256.slice(0, NAME_DIGITS), drive);
  await state.createOnce(key, body);
  return { key, ...list };
}

/** Reads what a decision rests on. @throws BrokenDecisionError when the list is not the one that the decision names */
export async function readFrozenWork(state: ObjectStore, { frozen }: Decision): Promise<Work> {
  return decodeWork(await state.read(frozen.key), frozen);
}
