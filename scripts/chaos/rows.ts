import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import type { Row } from './files';

let connection: Promise<DuckDBConnection> | undefined;

const quoted = (file: string): string => `'${file.replaceAll("'", "''")}'`;

const LINES = "format = 'newline_delimited', columns = {id: 'BIGINT', twice: 'BIGINT', note: 'VARCHAR'}";

/** How DuckDB opens a part; compressed lines show by their ending. */
const tableOf = (file: string): string =>
  file.endsWith('.parquet') ? `read_parquet(${quoted(file)})` : `read_json(${quoted(file)}, ${LINES})`;

async function rowsIn(file: string): Promise<readonly Row[]> {
  connection ??= DuckDBInstance.create(':memory:', { threads: '1' }).then((instance) => instance.connect());
  const result = await (await connection).runAndReadAll(`SELECT id, twice, note FROM ${tableOf(file)}`);
  return result.getRows().map(([id, twice, note]): Row => [Number(id), Number(twice), String(note)]);
}

/** The rows of published parts, by id, as a reader who knows nothing of the system finds them. */
export async function rowsOf(files: readonly string[]): Promise<readonly Row[]> {
  const lists: (readonly Row[])[] = [];
  for (const file of files) lists.push(await rowsIn(file));
  return lists.flat().toSorted(([a], [b]) => a - b);
}
