import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { type Engine, identifier, literal } from '../engine';
import { ConfigFailure } from '../failures';
import { avro } from '../rows/sinks/avro';
import { LotSink } from '../rows/sinks/lots';
import { outputColumns, storedType } from '../schema/output';
import type { ChunkWork, PartFile } from '../work';

/** The engine writes no Avro: it writes JSON lines, which are encoded here. */
export async function writeAvro(
  engine: Engine,
  query: string,
  { work, file }: { readonly work: ChunkWork; readonly file: string },
): Promise<{ readonly rows: number; finish(): Promise<readonly PartFile[]> }> {
  const lines = `${file}.jsonl`;
  const rows = await engine.copy(`COPY (${await exactly(engine, query, work)}\n) TO ${literal(lines)} (FORMAT json)`);
  return {
    rows,
    finish: async () => {
      const sink = new LotSink(avro(work), file);
      for await (const line of createInterface({ input: createReadStream(lines), crlfDelay: Number.POSITIVE_INFINITY }))
        await sink.add(line);
      return sink.finish();
    },
  };
}

/** Numbers of which JSON would lose digits. */
const EXACT = /^(BIGINT|DECIMAL)/;

async function exactly(engine: Engine, query: string, { config }: ChunkWork): Promise<string> {
  const columns = outputColumns(config);
  const given = (await engine.rows(`DESCRIBE ${query}\n`)).map((row) => String(row.column_name));
  const unknown = given.find((name) => !columns.some((column) => column.name === name));
  if (unknown !== undefined) {
    throw new ConfigFailure(
      `the query gives a column ${JSON.stringify(unknown)} that output.schema does not name`,
      'Avro is written by output.schema: name the column there, or leave it out of the query',
    );
  }
  const missing = columns.find(({ name, nullable }) => !nullable && !given.includes(name));
  if (missing) {
    throw new ConfigFailure(
      `the query gives no column ${JSON.stringify(missing.name)}, which output.schema requires`,
      'add the column to the query, or take it out of the required list of output.schema',
    );
  }
  const cells = columns
    .filter(({ name }) => given.includes(name))
    .map((column) =>
      EXACT.test(storedType(column))
        ? `CAST(${identifier(column.name)} AS VARCHAR) AS ${identifier(column.name)}`
        : identifier(column.name),
    );
  return `SELECT ${cells.join(', ')} FROM (${query}\n)`;
}
