import { ApiError } from '../kernel/errors';

export interface BatchEntry {
  readonly Id: string;
}

/** SQS takes 1..10 entries with different ids. */
const MAX_ENTRIES = 10;

function checkEntries(entries: readonly BatchEntry[]): void {
  if (entries.length === 0) throw new ApiError('EmptyBatchRequest', 'the batch has no entries');
  if (entries.length > MAX_ENTRIES)
    throw new ApiError('TooManyEntriesInBatchRequest', `the batch has ${entries.length} entries, ${MAX_ENTRIES} are allowed`);
  if (new Set(entries.map(({ Id }) => Id)).size < entries.length)
    throw new ApiError('BatchEntryIdsNotDistinct', 'two entries of the batch have the same id');
}

/** Does every entry on its own: what fails is answered beside what succeeds. */
export function eachEntry<T extends BatchEntry>(entries: readonly T[], act: (entry: T) => object) {
  checkEntries(entries);
  const outcomes = entries.map((entry) => {
    try {
      return { ok: { Id: entry.Id, ...act(entry) } };
    } catch (thrown) {
      if (!(thrown instanceof ApiError)) throw thrown;
      return { failed: { Id: entry.Id, SenderFault: true, Code: thrown.code, Message: thrown.message } };
    }
  });
  return {
    Successful: outcomes.flatMap(({ ok }) => (ok ? [ok] : [])),
    Failed: outcomes.flatMap(({ failed }) => (failed ? [failed] : [])),
  };
}
