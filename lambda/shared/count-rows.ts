import { expand } from '../../adapters/expand';
import { readParquetFooter } from '../../adapters/parquet';
import type { ObjectStore, StoredObject } from '../../adapters/ports';
import { RecordCounter } from '../../core/records';
import { AvroCounter } from '../../core/records/avro-counter';
import type { Output } from '../../core/spec/sections/output';
import { MIB } from '../../core/units';
import { outputDialect, textCompressionOf } from '../../core/work/output';

/** Several files are counted at once, each with a few of these in memory. */
const PIECE_BYTES = 8 * MIB;

/** A stored object piece by piece, exactly the version that was found. */
export async function* piecesOf(output: ObjectStore, { key, versionId, bytes }: StoredObject): AsyncGenerator<Buffer> {
  for (let start = 0; start < bytes; start += PIECE_BYTES) {
    yield await output.read(key, { versionId, range: { start, end: Math.min(start + PIECE_BYTES, bytes) } });
  }
}

/** Rows of a delivered file, counted again from the file itself; memory does not grow with it. */
export async function countRows(output: ObjectStore, stored: StoredObject, spec: Output): Promise<number> {
  if (stored.bytes === 0) return 0;
  if (spec.format === 'parquet') return (await readParquetFooter(output, stored)).rows;
  const compression = textCompressionOf(spec);
  const pieces = piecesOf(output, stored);
  const counter = spec.format === 'avro' ? new AvroCounter() : new RecordCounter(spec.format === 'csv' ? outputDialect(spec) : undefined);
  for await (const piece of compression ? expand(compression, pieces) : pieces) counter.add(piece);
  return counter.finish();
}
