import { createReadStream } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { Fault } from '../../core/fault';
import { Engine, literal } from '../engine';
import type { Kept } from '../quarantine';
import { fileFailure } from '../sql/engine-failure';
import type { ChunkWork, ParquetSource } from '../work';
import type { TypedRecord } from './convert';
import type { Reading, ReadRecord } from './records';

/** Rows handed on at once. */
const BATCH_ROWS = 1000;

/** The rows of a Parquet source in SQL, in the file's order, but for some by their number in the chunk. */
export function parquetRows({ file, firstRow, read }: ParquetSource, without: readonly number[] = []): string {
  const left = without.length === 0 ? '' : ` AND file_row_number NOT IN (${without.map((row) => firstRow + row).join(', ')})`;
  return `SELECT * EXCLUDE (file_row_number) FROM read_parquet(${literal(file)}, file_row_number = true)
   WHERE file_row_number BETWEEN ${firstRow} AND ${firstRow + read.records - 1}${left}`;
}

/** Rows of a Parquet source as plain values: DuckDB knows every codec and type, and JSON lines are how they come out fastest. */
export async function* parquetRecords(reading: Reading, source: ParquetSource): AsyncGenerator<readonly ReadRecord[]> {
  const file = path.join(reading.work.scratch, 'rows.jsonl');
  await exportRows(reading.work, source, file);
  let row = source.firstRow;
  let batch: ReadRecord[] = [];
  for await (const line of createInterface({ input: createReadStream(file), crlfDelay: Number.POSITIVE_INFINITY })) {
    batch.push(rowRecord(reading, source, { row: row++, line }));
    if (batch.length === BATCH_ROWS) {
      yield batch;
      batch = [];
    }
  }
  yield batch;
}

async function exportRows({ scratch, profile }: ChunkWork, source: ParquetSource, file: string): Promise<void> {
  const engine = await Engine.open(scratch, profile);
  try {
    await engine.copy(`COPY (${parquetRows(source)}) TO ${literal(file)} (FORMAT json)`);
  } catch (thrown) {
    throw fileFailure(source.object.key, thrown);
  } finally {
    engine.close();
  }
}

const NOT_FINITE = new Fault('PARSE', 'holds a number that is not finite, which JSON has not');

/** The engine writes what a column holds, also where JSON has no word for it. */
function parseRow(line: string): TypedRecord | undefined {
  try {
    return JSON.parse(line) as TypedRecord;
  } catch (thrown) {
    if (thrown instanceof SyntaxError) return undefined;
    throw thrown;
  }
}

function rowRecord(reading: Reading, source: ParquetSource, { row, line }: { readonly row: number; readonly line: string }): ReadRecord {
  const value = parseRow(line);
  const fault = value ? reading.validate(value) : NOT_FINITE;
  const raw = (): Buffer => Buffer.from(line);
  const kept = (): Kept => ({ offset: row, raw: raw() });
  return { source, number: reading.number++, offset: row, raw, kept, value: fault ? undefined : value, fault };
}
