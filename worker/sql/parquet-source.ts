import type { Fault } from '../../core/fault';
import { type Engine, literal } from '../engine';
import type { BadRecord } from '../quarantine';
import { faultsOf } from '../rows/faults';
import { parquetRows } from '../rows/parquet';
import { compileTyped } from '../schema/checks';
import { type ColumnKind, checkRequired, columnsOf } from '../schema/columns';
import type { ChunkWork, ParquetSource } from '../work';
import { badRecordOf, type FiledRecord, type PreparedSource } from './sources';

/** SQL types whose values the validator would find to be of the kind, as they come out as JSON. */
const FITTING: Readonly<Record<ColumnKind, RegExp>> = {
  integer: /^U?(TINY|SMALL|BIG)?INT(EGER)?$/,
  number: /^(U?(TINY|SMALL|BIG)?INT(EGER)?|DECIMAL.*)$/,
  boolean: /^BOOLEAN$/,
  date: /^DATE$/,
  timestamp: /^TIMESTAMP$/,
  string: /^VARCHAR$/,
  json: /^$/,
};

/** The row groups of a Parquet range; its columns keep the file's types, the schema only adds conditions. */
export async function parquetSource(work: ChunkWork, source: ParquetSource, engine: Engine): Promise<PreparedSource> {
  const schema = work.config.schemas.input;
  const described = await engine.rows(`DESCRIBE SELECT * FROM read_parquet(${literal(source.file)})`);
  const types = new Map(described.map((row) => [String(row.column_name), String(row.column_type)]));
  checkRequired([...types.keys()], schema, source.object.key);
  const columns = columnsOf([...types.keys()], schema);
  const fits = columns.every(({ name, kind, named }) => !named || FITTING[kind].test(types.get(name) ?? ''));
  const checks = fits ? compileTyped(columns, schema) : undefined;
  const faults = checks ? new Map<number, Fault>() : await faultsOf({ ...work, sources: [source] });
  const rows = filedRows(source);
  return {
    source,
    file: source.file,
    reader: () => `(${parquetRows(source, [...faults.keys()])})`,
    columns: '*',
    checks: checks ?? [],
    pushesFilters: true,
    bad: rows.flatMap((row) => badRow(row, source, faults.get(row.record))),
    filed: () => rows.filter(({ record }) => !faults.has(record)),
    expected: source.read.records - faults.size,
  };
}

const badRow = (row: FiledRecord, source: ParquetSource, fault: Fault | undefined): readonly BadRecord[] =>
  fault ? [badRecordOf(source, row, fault)] : [];

/** A row is named by its number in the file. */
const filedRows = ({ firstRow, read }: ParquetSource): readonly FiledRecord[] =>
  Array.from({ length: read.records }, (_, record) => ({ record, filed: record, start: firstRow + record, end: firstRow + record + 1 }));
