import { NotParquetError, type ParquetFooter, readParquetFooter } from '../../adapters/parquet';
import type { ObjectStore } from '../../adapters/ports';
import { readFooterBytes, writeSparse } from '../../adapters/sparse-parquet';
import type { PlannedObject, Range } from '../../core/contracts';
import { rangeChecksum } from '../checksum';
import { DataFailure } from '../failures';
import type { Meter } from '../meter';
import type { ParquetSource } from '../work';

export interface ParquetRange {
  readonly object: PlannedObject;
  readonly range: Range;
  /** Where the local copy goes. */
  readonly file: string;
  readonly meter?: Meter;
}

/** Copies a range's row groups and the footer to where they lie in the object: a sparse file that reads like the whole. */
export async function fetchParquet(store: ObjectStore, { object, range, file, meter }: ParquetRange): Promise<ParquetSource> {
  const { rowGroups } = await footerOf(store, object);
  const [first, last] = range.rowGroups ?? [0, rowGroups.length];
  const rowsIn = (from: number, to: number): number => rowGroups.slice(from, to).reduce((sum, { rows }) => sum + rows, 0);
  const body = await store.read(object.key, { versionId: object.versionId, range: { start: range.start, end: range.end } });
  const footer = await readFooterBytes(store, object);
  await writeSparse(file, object.bytes, [
    { at: range.start, bytes: body },
    { at: object.bytes - footer.length, bytes: footer },
  ]);
  const checksum = await rangeChecksum(body, object.checksum, meter);
  const { ref, ...bounds } = range;
  const read = { ...bounds, records: rowsIn(first, last), ...(checksum && { checksum }) };
  return { kind: 'parquet', object, read, file, firstRow: rowsIn(0, first) };
}

async function footerOf(store: ObjectStore, object: PlannedObject): Promise<ParquetFooter> {
  try {
    return await readParquetFooter(store, object);
  } catch (thrown) {
    if (thrown instanceof NotParquetError) throw new DataFailure(thrown.message, 'the file is corrupt or cut short: write it anew');
    throw thrown;
  }
}
