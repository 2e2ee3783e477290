import { TryAgainFailure } from '../failures';
import type { Source } from '../work';

/** Once more, when the line has changed what it carried. */
const TRIES = 2;

/**
 * Fetches, and compares the checksum of every object that was read as a whole with the one that S3 holds: what was
 * damaged on its way is read again. Objects in several chunks are proven by Commit, from all their ranges.
 */
export async function verifyWhole<T extends Whole>(fetch: () => Promise<readonly T[]>): Promise<readonly T[]> {
  for (let attempt = 1; ; attempt += 1) {
    const sources = await fetch();
    const damaged = sources.find(isDamaged);
    if (!damaged) return sources;
    if (attempt === TRIES) {
      const what = `${damaged.object.key} did not arrive as S3 holds it, ${TRIES} times`;
      throw new TryAgainFailure(what, 'nothing: the chunk is tried again elsewhere');
    }
  }
}

type Whole = Pick<Source, 'object' | 'read'>;

function isDamaged({ object, read }: Whole): boolean {
  const { checksum, bytes } = object;
  if (!checksum || !read.checksum || read.start !== 0 || read.end !== bytes) return false;
  return read.checksum.algorithm === checksum.algorithm && read.checksum.value !== checksum.value;
}
