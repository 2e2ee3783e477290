import { literal } from '../../engine';
import { outputColumns, storedType } from '../../schema/output';
import { copyStatement } from '../../sql/copy';
import type { ChunkWork } from '../../work';
import type { FileFormat, UseEngine } from './sink';
import { linesEncoder } from './text';

/** Parquet goes through JSON lines: no writer in JavaScript is faster. */
export const parquet = (work: ChunkWork, useEngine: UseEngine): FileFormat => ({
  ...linesEncoder(),
  finish: (file) => toParquet(work, file, useEngine),
});

async function toParquet({ config }: ChunkWork, file: string, useEngine: UseEngine): Promise<string> {
  const part = `${file}.parquet`;
  const engine = await useEngine();
  const rows = `SELECT * FROM read_json(${literal(file)}, ${jsonTypes(config)}, format = 'newline_delimited')`;
  await engine.copy(await copyStatement(engine, rows, { output: config.spec.output, file: part }));
  return part;
}

function jsonTypes(config: ChunkWork['config']): string {
  const columns = outputColumns(config).map((column) => `${literal(column.name)}: ${literal(storedType(column))}`);
  return columns.length > 0 ? `columns = {${columns.join(', ')}}` : 'sample_size = -1';
}
