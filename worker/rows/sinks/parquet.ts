import { Engine, literal } from '../../engine';
import { columnsOf, propertiesOf, type Schema, sqlType } from '../../schema/columns';
import { copyStatement } from '../../sql/copy';
import type { ChunkWork } from '../../work';
import type { FileFormat } from './sink';
import { linesEncoder } from './text';

/** Parquet goes through JSON lines: no writer in JavaScript is faster. */
export const parquet = (work: ChunkWork): FileFormat => ({ encode: linesEncoder(), finish: (file) => toParquet(work, file) });

async function toParquet({ scratch, profile, config }: ChunkWork, file: string): Promise<string> {
  const part = `${file}.parquet`;
  const engine = await Engine.open(scratch, profile);
  try {
    const rows = `SELECT * FROM read_json(${literal(file)}, ${jsonTypes(config.schemas.output)}, format = 'newline_delimited')`;
    await engine.copy(await copyStatement(engine, rows, { output: config.spec.output, file: part }));
    return part;
  } finally {
    engine.close();
  }
}

function jsonTypes(output: Schema | undefined): string {
  const columns = columnsOf(Object.keys(propertiesOf(output)), output).map(
    (column) => `${literal(column.name)}: ${literal(sqlType(column))}`,
  );
  return columns.length > 0 ? `columns = {${columns.join(', ')}}` : 'sample_size = -1';
}
