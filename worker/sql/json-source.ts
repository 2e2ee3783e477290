import { open } from 'node:fs/promises';
import path from 'node:path';
import { Fault } from '../../core/fault';
import { MIB } from '../../core/units';
import { literal } from '../engine';
import { ConfigFailure } from '../failures';
import type { BadRecord } from '../quarantine';
import { badRecord, type ReadRecord, readRecords } from '../rows/records';
import { checkDistinct, columnsOf, propertiesOf, type Schema, sqlType } from '../schema/columns';
import type { ChunkWork, SqlColumn, TextSource } from '../work';
import type { PreparedSource } from './sources';

/** What DuckDB takes for granted. */
const USUAL_OBJECT_BYTES = 16 * MIB;
const LINE_BREAK = Buffer.from('\n');

/** Lines of JSON, each parsed and validated here; DuckDB is given the good ones. */
export async function jsonLines(work: ChunkWork, source: TextSource, index: number): Promise<PreparedSource> {
  const columns = source.columns ?? namedColumns(work.config.schemas.input);
  const file = path.join(work.scratch, `input-${index}.jsonl`);
  const integers = columns.filter(({ sqlType }) => sqlType === 'BIGINT').map(({ name }) => name);
  const { bad, good } = await writeGood({ ...work, sources: [source] }, { file, integers });
  const objectBytes = Math.max(USUAL_OBJECT_BYTES, source.longest + LINE_BREAK.length);
  const types = columns.map((column) => `${literal(column.name)}: ${literal(column.sqlType)}`).join(', ');
  return {
    source,
    file,
    reader: () =>
      `read_json(${literal(file)}, columns = {${types}}, format = 'newline_delimited', records = true, maximum_object_size = ${objectBytes})`,
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
  checkDistinct(columns, 'the input schema');
  if (columns.length > 0) return columns.map((column) => ({ name: column.name, sqlType: sqlType(column) }));
  throw new ConfigFailure(
    'jsonl with an SQL process has no input.schema, so its columns are unknown',
    'name them in a JSON Schema: input.schema',
  );
}

interface Target {
  readonly file: string;
  /** Columns of 64-bit integers. */
  readonly integers: readonly string[];
}

async function writeGood(work: ChunkWork, { file, integers }: Target): Promise<{ bad: BadRecord[]; good: number }> {
  const bad: BadRecord[] = [];
  let good = 0;
  const out = await open(file, 'w');
  try {
    for await (const read of readRecords(work, { forSql: true })) {
      const batch = read.map((record) => inRange(record, integers));
      const kept = batch.filter(({ fault }) => !fault);
      good += kept.length;
      await out.appendFile(Buffer.concat(kept.flatMap((record) => [record.raw(), LINE_BREAK])));
      bad.push(...batch.flatMap((record) => (record.fault ? [badRecord(record, record.fault)] : [])));
    }
  } finally {
    await out.close();
  }
  return { bad, good };
}

/** Beyond it JavaScript tells whole numbers of 64 bits and larger ones apart no more. */
const FIRST_TOO_LARGE = 2 ** 63;
const WHOLE_NUMBERS = /-?\d+/g;

/** The record, or the same as a bad one where a whole number of it has more than 64 bits, over which the engine would stop. */
function inRange(record: ReadRecord, integers: readonly string[]): ReadRecord {
  const { value = {} } = record;
  const column = integers.find((name) => Math.abs(Number(value[name])) >= FIRST_TOO_LARGE);
  if (column === undefined || fitsExactly(record.raw(), Number(value[column]))) return record;
  const { source, number, offset, raw, kept } = record;
  return {
    source,
    number,
    offset,
    raw,
    kept,
    value: undefined,
    fault: new Fault('TYPE', `column ${JSON.stringify(column)} must be integer`),
  };
}

/** Whether all that a line's numbers can mean by a value has 64 bits. */
function fitsExactly(line: Buffer, value: number): boolean {
  const meant = (line.toString('utf8').match(WHOLE_NUMBERS) ?? []).filter((text) => Number(text) === value);
  return meant.length > 0 && meant.every((text) => BigInt.asIntN(64, BigInt(text)) === BigInt(text));
}
