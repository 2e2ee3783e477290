import { type Engine, literal } from '../engine';
import { parquetRows } from '../rows/parquet';
import { checkCompilable, checksOf } from '../schema/checks';
import { checkRequired, columnsOf, propertiesOf } from '../schema/columns';
import type { ChunkWork, ParquetSource } from '../work';
import type { FiledRecord, PreparedSource } from './sources';

/** The row groups of a Parquet range; its columns keep the file's types, the schema only adds conditions. */
export async function parquetSource(work: ChunkWork, source: ParquetSource, engine: Engine): Promise<PreparedSource> {
  const schema = work.config.schemas.input;
  checkCompilable(schema);
  const described = await engine.rows(`DESCRIBE SELECT * FROM read_parquet(${literal(source.file)})`);
  const names = described.map((row) => String(row.column_name));
  checkRequired(names, schema, source.object.key);
  const mentioned = Object.keys(propertiesOf(schema)).filter((name) => names.includes(name));
  return {
    source,
    file: source.file,
    reader: () => `(${parquetRows(source)})`,
    columns: '*',
    checks: checksOf(columnsOf(mentioned, schema), 'typed'),
    pushesFilters: true,
    bad: [],
    filed: () => filedRows(source),
    expected: source.read.records,
  };
}

/** Rows have no bytes of their own: a row is named by its number in the file. */
const filedRows = ({ firstRow, read }: ParquetSource): readonly FiledRecord[] =>
  Array.from({ length: read.records }, (_, record) => ({ record, offset: firstRow + record, filed: record, raw: Buffer.alloc(0) }));
