import type { ObjectRef, QuarantinedRecord } from '../../core/contracts';

/** Records of one object version, by where they stand in it. */
export interface ObjectRecords {
  readonly ref: ObjectRef;
  readonly records: readonly QuarantinedRecord[];
}

/** Records by the object versions that they stand in; their bytes are not held. */
export async function recordsByObject(records: AsyncIterable<QuarantinedRecord>): Promise<readonly ObjectRecords[]> {
  const objects = new Map<string, { readonly ref: ObjectRef; readonly records: QuarantinedRecord[] }>();
  for await (const { raw, rawBase64, ...record } of records) {
    const { bucket, key, versionId } = record;
    const id = JSON.stringify([bucket, key, versionId]);
    const object = objects.get(id) ?? { ref: { bucket, key, versionId }, records: [] };
    object.records.push(record);
    objects.set(id, object);
  }
  return [...objects.values()];
}
