import type { JobConfig, ObjectRef, PlannedObject } from '../core/contracts';
import type { Divisible } from '../core/plan/chunking';
import type { Look } from '../core/plan/listing-planner';
import { StepFailure } from '../core/step-failures';
import { readBeginning } from './beginning';
import { mapConcurrently } from './concurrency';
import { NotParquetError, readParquetFooter } from './parquet';
import type { ObjectStore, StoredObject } from './ports';

const HEADS_AT_ONCE = 32;

async function headOf(input: ObjectStore, { key, versionId }: ObjectRef): Promise<StoredObject> {
  const head = await input.head(key, versionId);
  if (!head)
    throw new StepFailure(
      'DATA',
      `s3://${input.bucket}/${key} has no version ${versionId} any more: it was deleted before the run was planned`,
    );
  return head;
}

/** An object's pins: size, checksum and header of exactly the version that the run is over. */
export async function lookAt(input: ObjectStore, { bucket, key, versionId }: ObjectRef, config: JobConfig): Promise<PlannedObject> {
  const ref = { bucket, key, versionId };
  const head = await headOf(input, ref);
  const beginning = await readBeginning(input, head, config.spec.input);
  return { ...ref, bytes: head.bytes, etag: head.etag, ...(head.checksum && { checksum: head.checksum }), ...beginning };
}

export const plannedObjects = (input: ObjectStore, refs: readonly ObjectRef[], config: JobConfig): Promise<PlannedObject[]> =>
  mapConcurrently(refs, HEADS_AT_ONCE, (ref) => lookAt(input, ref, config));

/** How an object may be cut: anywhere between records, only between row groups, or not at all. */
async function divisible(input: ObjectStore, object: PlannedObject, format: string): Promise<Divisible> {
  if (object.compression) return { bytes: object.bytes, whole: true };
  if (format !== 'parquet' || object.bytes === 0) return { bytes: object.bytes };
  try {
    return { bytes: object.bytes, rowGroups: (await readParquetFooter(input, object)).rowGroups };
  } catch (thrown) {
    if (thrown instanceof NotParquetError) throw new StepFailure('DATA', thrown.message);
    throw thrown;
  }
}

export const divisibles = (input: ObjectStore, objects: readonly PlannedObject[], format: string): Promise<Divisible[]> =>
  mapConcurrently(objects, HEADS_AT_ONCE, (object) => divisible(input, object, format));

/** Looks at an object closely enough to say how it is cut. */
export async function lookClosely(input: ObjectStore, ref: ObjectRef, config: JobConfig): Promise<Look> {
  const object = await lookAt(input, ref, config);
  const { rowGroups } = await divisible(input, object, config.spec.input.format);
  return { ...object, ...(rowGroups && { rowGroups }) };
}
