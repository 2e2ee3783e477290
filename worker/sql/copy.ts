import { compressionOf, type RowFormat, rowFormatOf } from '../../core/output';
import type { JobSpec } from '../../core/spec/schema';
import { type Engine, identifier, literal } from '../engine';

type Output = JobSpec['output'];

/** Characters with which a spreadsheet takes a cell for a formula. */
const FORMULA = '^[=+\\-@\\t\\r]';

const FORMATS: Readonly<Record<RowFormat, string>> = {
  parquet: 'FORMAT parquet',
  jsonl: 'FORMAT json',
  csv: 'FORMAT csv, HEADER true',
};

const optionsOf = (output: Output): string =>
  `${FORMATS[rowFormatOf(output)]}, COMPRESSION ${compressionOf(output) === 'none' ? 'uncompressed' : compressionOf(output)}`;

/** The COPY that writes a query's rows in the output's format. */
export async function copyStatement(
  engine: Engine,
  query: string,
  target: { readonly output: Output; readonly file: string },
): Promise<string> {
  const { output, file } = target;
  const rows = output.format === 'csv' ? await harmlessCells(engine, query) : query;
  return `COPY (${rows}\n) TO ${literal(file)} (${optionsOf(output)})`;
}

/** Texts that look like formulas get an apostrophe; and a lone empty cell is quoted, because an empty line is no record. */
async function harmlessCells(engine: Engine, query: string): Promise<string> {
  const columns = await engine.rows(`DESCRIBE ${query}\n`);
  const cells = columns.map(({ column_name, column_type }) => {
    const name = identifier(String(column_name));
    const cell = column_type === 'VARCHAR' ? `CASE WHEN regexp_matches(${name}, '${FORMULA}') THEN '''' || ${name} ELSE ${name} END` : name;
    return `${columns.length === 1 ? `coalesce((${cell})::VARCHAR, '')` : cell} AS ${name}`;
  });
  return `SELECT ${cells.join(', ')} FROM (${query}\n)`;
}
