import { open } from 'node:fs/promises';
import path from 'node:path';
import { MIB } from '../../core/units';
import { literal } from '../engine';
import { ConfigFailure } from '../failures';
import type { BadRecord } from '../quarantine';
import { type ReadRecord, readRecords } from '../rows/records';
import { columnsOf, propertiesOf, type Schema, sqlType } from '../schema/columns';
import type { ChunkWork, SqlColumn, TextSource } from '../work';
import type { PreparedSource } from './sources';

/** What DuckDB takes for granted. */
const USUAL_OBJECT_BYTES = 16 * MIB;
const LINE_BREAK = Buffer.from('\n');

/** Lines of JSON, each parsed and validated here; DuckDB is given the good ones. */
export async function jsonLines(work: ChunkWork, source: TextSource, index: number): Promise<PreparedSource> {
  const columns = source.columns ?? namedColumns(work.config.schemas.input);
  const file = path.join(work.scratch, `input-${index}.jsonl`);
  const { bad, good } = await writeGood({ ...work, sources: [source] }, file);
  const objectBytes = Math.max(USUAL_OBJECT_BYTES, source.longest + LINE_BREAK.length);
  const types = columns.map((column) => `${literal(column.name)}: ${literal(column.sqlType)}`).join(', ');
  return {
    source,
    file,
    reader: () => `read_json(${literal(file)}, columns = {${types}}, format = 'newline_delimited', maximum_object_size = ${objectBytes})`,
    columns: '*',
    checks: [],
    pushesFilters: false,
    bad,
    filed: () => [],
    expected: good,
  };
}

/** Lines of JSON say nothing about their columns. */
function namedColumns(schema: Schema | undefined): readonly SqlColumn[] {
  const columns = columnsOf(Object.keys(propertiesOf(schema)), schema);
  if (columns.length > 0) return columns.map((column) => ({ name: column.name, sqlType: sqlType(column) }));
  throw new ConfigFailure(
    'jsonl with an SQL process has no input.schema, so its columns are unknown',
    'name them in a JSON Schema: input.schema',
  );
}

async function writeGood(work: ChunkWork, file: string): Promise<{ bad: BadRecord[]; good: number }> {
  const bad: BadRecord[] = [];
  let good = 0;
  const out = await open(file, 'w');
  try {
    for await (const batch of readRecords(work)) {
      const kept = batch.filter(({ fault }) => !fault);
      good += kept.length;
      await out.appendFile(Buffer.concat(kept.flatMap((record) => [record.raw(), LINE_BREAK])));
      bad.push(...batch.flatMap(badRecord));
    }
  } finally {
    await out.close();
  }
  return { bad, good };
}

/** A copy of the bytes, so that they alone are kept and not the window that they lie in. */
const badRecord = ({ source, offset, number, fault, raw }: ReadRecord): BadRecord[] =>
  fault ? [{ object: source.object, offset, record: number, fault, raw: Buffer.from(raw()) }] : [];
