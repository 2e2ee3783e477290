import type { PinnedLookup } from '../core/contracts';
import { lookupObjects } from '../core/plan/lookups';
import type { JobSpec } from '../core/spec/schema';
import { StepFailure } from '../core/step-failures';
import { errorName } from './errors';
import type { ObjectStore, StoredObject } from './ports';

/** What S3 answers for an object that may not be read, and for one that is missing in a bucket that may not be listed. */
const REFUSED: ReadonlySet<string> = new Set(['Forbidden', 'AccessDenied', 'NoSuchBucket', 'PermanentRedirect', '403']);

/** The versions of a job's lookups that the whole run will use. */
export async function pinLookups(
  spec: Pick<JobSpec, 'process'>,
  bucketOf: (name: string) => ObjectStore,
): Promise<readonly PinnedLookup[]> {
  const pinned: PinnedLookup[] = [];
  for (const { name, bucket, key } of lookupObjects(spec)) {
    const head = await headOf(bucketOf(bucket), key);
    if (!head) {
      throw new StepFailure(
        'CONFIG',
        `the lookup ${name} cannot be read: there is no s3://${bucket}/${key}, or this deployment may not read it`,
      );
    }
    pinned.push({ name, bucket, key, versionId: head.versionId, bytes: head.bytes });
  }
  return pinned;
}

async function headOf(store: ObjectStore, key: string): Promise<StoredObject | undefined> {
  try {
    return await store.head(key);
  } catch (thrown) {
    if (REFUSED.has(errorName(thrown))) return undefined;
    throw thrown;
  }
}
