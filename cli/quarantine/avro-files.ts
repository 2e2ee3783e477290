import { appendFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { plainAvroBlock, plainAvroHeader, readAvroHeader, readAvroRecords } from '../../adapters/avro/records';
import type { QuarantinedRecord } from '../../core/contracts';
import type { AvroHeader } from '../../core/records/avro-header';
import { UsageError } from '../errors';
import { type ObjectRecords, recordsByObject } from './object-records';
import { openPinned, type PinnedObject } from './pinned-objects';
import type { ReplayFiles, ReplaySource } from './replay-files';

/** Files of Avro, one for each schema: the records byte for byte as they are stored, in blocks that are not compressed. */
export async function writeAvroFiles(source: ReplaySource): Promise<ReplayFiles> {
  const files = new Map<string, { readonly file: string; readonly sync: Buffer }>();
  let total = 0;
  for (const object of await recordsByObject(source.records)) {
    const pinned = await openPinned(source.openBucket, object.ref, `its ${object.records.length} bad records are lost`);
    const header = await readAvroHeader(pinned.store, pinned.head);
    const known = files.get(header.schema);
    const target = known ?? { file: path.join(source.folder, `replay-${source.runId}-${files.size}.avro`), sync: header.sync };
    if (!known) writeFileSync(target.file, plainAvroHeader(header));
    files.set(header.schema, target);
    for await (const stored of storedRecords(object, pinned, header)) appendFileSync(target.file, plainAvroBlock(stored, target.sync));
    total += object.records.length;
  }
  return { paths: [...files.values()].map(({ file }) => file), records: total };
}

/** The records of each block together. */
async function* storedRecords(
  { ref, records }: ObjectRecords,
  { store, head }: PinnedObject,
  header: AvroHeader,
): AsyncGenerator<Buffer[]> {
  for (let i = 0; i < records.length; ) {
    const start = records[i]?.offset ?? 0;
    const inBlock = records.slice(i, i + runLength(records, i));
    const block = await readAvroRecords(store, head, { start, header });
    yield inBlock.map(({ index = -1 }) => {
      const record = block[index];
      if (record) return record;
      throw new UsageError(
        index === -1
          ? `the run was made before it was noted which record of the block at byte ${start} of ${ref.key} is bad: run the file again`
          : `the block at byte ${start} of ${ref.key} has ${block.length} records, expected one of number ${index}`,
      );
    });
    i += inBlock.length;
  }
}

/** How many records from this one on stand in one block. */
function runLength(records: readonly QuarantinedRecord[], from: number): number {
  let end = from;
  while (end < records.length && records[end]?.offset === records[from]?.offset) end += 1;
  return end - from;
}
