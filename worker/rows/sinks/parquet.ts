import { literal } from '../../engine';
import { outputColumns, schemaColumns, storedType } from '../../schema/output';
import { copyStatement } from '../../sql/copy';
import type { ChunkWork } from '../../work';
import { linesFormat } from './lines';
import type { FileFormat, FinishedFile, UseEngine } from './sink';

/** Parquet goes through JSON lines: no writer in JavaScript is faster. */
export const parquet = (work: ChunkWork, useEngine: UseEngine): FileFormat => linesFormat((file) => toParquet(work, file, useEngine));

async function toParquet({ config }: ChunkWork, file: string, useEngine: UseEngine): Promise<FinishedFile> {
  const part = `${file}.parquet`;
  const engine = await useEngine();
  const rows = `SELECT * FROM ${jsonRelation(literal(file), config)}`;
  await engine.copy(await copyStatement(engine, rows, { output: config.spec.output, file: part }));
  return { file: part, columns: await engine.columns(`SELECT * FROM read_parquet(${literal(part)})`) };
}

/** Files of JSON lines as SQL reads them; all columns of the schema, those that become folders too, where `whole`. */
export function jsonRelation(files: string, config: ChunkWork['config'], whole = false): string {
  return `read_json([${files}], ${jsonTypes(config, whole)}, format = 'newline_delimited')`;
}

function jsonTypes(config: ChunkWork['config'], whole: boolean): string {
  const named = whole ? schemaColumns(config) : outputColumns(config);
  const columns = named.map((column) => `${literal(column.name)}: ${literal(storedType(column))}`);
  return columns.length > 0 ? `columns = {${columns.join(', ')}}` : 'sample_size = -1';
}
