import type { ObjectStore } from '../../adapters/ports';
import { lookAt } from '../../adapters/sources';
import type { ListedRef, Plan, PlannedObject, Range } from '../../core/contracts';
import { objectOf } from '../../core/plan/source-objects';
import { MIB } from '../../core/units';
import { ConfigFailure, DataFailure } from '../failures';

/** A file up to here is read once, whole: its first bytes, its footer and its records then cost no request each. */
const READ_WHOLE_BYTES = 8 * MIB;

/** The object of a range, and where to read it from. */
export interface RangeObject {
  readonly object: PlannedObject;
  readonly store: ObjectStore;
}

/** The object as Plan saw it, or looked at now where Plan knows it from a listing alone. */
export async function objectOfRange(input: ObjectStore, plan: Plan, range: Range): Promise<RangeObject> {
  const found = objectOf(plan, range);
  if (!found) {
    throw new ConfigFailure(`a chunk reads object ${range.object}, the plan has ${plan.objects.length}`, 'run the files again');
  }
  if (found.seen) return { object: found.object, store: input };
  const store = found.object.bytes <= READ_WHOLE_BYTES ? readingOnce(input) : input;
  const object = await lookAt(store, found.object, plan.config);
  checkSame(object, found.object, range.ref);
  return { object, store };
}

/** Without versions an object may have been replaced since it was listed. */
function checkSame(found: PlannedObject, listed: PlannedObject, ref: ListedRef | undefined): void {
  if (found.bytes === listed.bytes && (ref?.etag === undefined || found.etag === ref.etag)) return;
  throw new DataFailure(
    `${listed.key} was replaced while the run was under way: it has ${found.bytes} bytes and the ETag ${found.etag}, ` +
      `it was listed with ${listed.bytes} bytes and the ETag ${ref?.etag ?? 'of its version'}`,
    'run it again; in a bucket that keeps versions a run reads what it was planned over, whatever happens meanwhile',
  );
}

/** The same store, but for bodies: the first read of a version brings all of it, later ones come from memory. */
function readingOnce(input: ObjectStore): ObjectStore {
  let whole: Promise<Buffer> | undefined;
  return {
    bucket: input.bucket,
    head: (key, versionId) => input.head(key, versionId),
    createOnce: (key, body) => input.createOnce(key, body),
    list: (prefix) => input.list(prefix),
    read: async (key, { versionId, range } = {}) => {
      whole ??= input.read(key, { versionId });
      const body = await whole;
      return range ? body.subarray(range.start, Math.max(range.start, range.end)) : body;
    },
  };
}
