import type { Output } from '../../core/spec/sections/output';
import { compressionOf, csvOutputOf } from '../../core/work/output';
import { type Engine, identifier, literal } from '../engine';

/** Characters with which a spreadsheet takes a cell for a formula. */
const FORMULA = '^[=+\\-@\\t\\r]';

/** The formats that the engine itself writes. */
const FORMATS: Readonly<Record<'parquet' | 'jsonl' | 'csv', (output: Output) => string>> = {
  parquet: ({ rowGroupSize }) => `FORMAT parquet${rowGroupSize === undefined ? '' : `, ROW_GROUP_SIZE ${rowGroupSize}`}`,
  jsonl: () => 'FORMAT json',
  csv: (output) => {
    const { header, delimiter } = csvOutputOf(output);
    return `FORMAT csv, HEADER ${header}, DELIMITER ${literal(delimiter)}`;
  },
};

function optionsOf(output: Output, format: keyof typeof FORMATS): string {
  const compression = compressionOf(output);
  return `${FORMATS[format](output)}, COMPRESSION ${compression === 'none' ? 'uncompressed' : compression}`;
}

/** The COPY that writes a query's rows in the output's format. */
export async function copyStatement(
  engine: Engine,
  query: string,
  target: { readonly output: Output; readonly file: string },
): Promise<string> {
  const { output, file } = target;
  const { format } = output;
  if (format === 'avro' || format === 'files') throw new RangeError(`the engine does not write ${format}, allowed: parquet, jsonl or csv`);
  const rows = format === 'csv' ? await harmlessCells(engine, query, csvOutputOf(output).escapeFormulas) : query;
  return `COPY (${rows}\n) TO ${literal(file)} (${optionsOf(output, format)})`;
}

/** Texts that look like formulas get an apostrophe; and a lone empty cell is quoted, because an empty line is no record. */
async function harmlessCells(engine: Engine, query: string, escapeFormulas: boolean): Promise<string> {
  const columns = await engine.rows(`DESCRIBE ${query}\n`);
  const cells = columns.map(({ column_name, column_type }) => {
    const name = identifier(String(column_name));
    const cell =
      escapeFormulas && column_type === 'VARCHAR'
        ? `CASE WHEN regexp_matches(${name}, '${FORMULA}') THEN '''' || ${name} ELSE ${name} END`
        : name;
    return `${columns.length === 1 ? `coalesce((${cell})::VARCHAR, '')` : cell} AS ${name}`;
  });
  return `SELECT ${cells.join(', ')} FROM (${query}\n)`;
}
