import { mapConcurrently } from '../../adapters/concurrency';
import type { PendingPart } from '../../core/contracts';
import type { Deps } from '../runtime';

const PARTS_AT_ONCE = 32;
const PARTS_OF_BATCH = 1000;

type RemovalDeps = Pick<Deps, 'output' | 'uploads'>;

/** Aborts the upload first, so that no other process can complete it behind this one's back. */
async function removePart({ key, uploadId }: PendingPart, { output, uploads }: RemovalDeps): Promise<void> {
  await uploads.abort({ key, uploadId });
  for (let head = await output.head(key); head; head = await output.head(key)) await uploads.withdraw(key, head.versionId);
}

/** Takes parts back, pending or visible. @returns false when time ran out first */
export async function removeParts(parts: readonly PendingPart[], deps: RemovalDeps, hasTime: () => boolean): Promise<boolean> {
  for (let at = 0; at < parts.length; at += PARTS_OF_BATCH) {
    if (at > 0 && !hasTime()) return false;
    await mapConcurrently(parts.slice(at, at + PARTS_OF_BATCH), PARTS_AT_ONCE, (part) => removePart(part, deps));
  }
  return true;
}
