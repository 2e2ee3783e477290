import { hivePath } from '../../core/work/hive';
import { maxPartitionsOf } from '../../core/work/output';
import { type Engine, identifier, literal } from '../engine';
import { ConfigFailure } from '../failures';
import { tooManyPartitions } from '../partitions';
import type { ChunkWork, PartFile } from '../work';

/** A query's rows in one file, in the order of their partitions and then in their own. */
export interface Stage {
  readonly file: string;
  readonly columns: readonly string[];
  readonly rows: number;
  /** The rows as the query gave them, to stand after FROM. */
  readonly relation: string;
}

/** Hardly columns' names. */
const FOLDER = 'batchwright_folder_';
const ORDINAL = 'batchwright_output_ordinal';

/** Small, so that a partition is found without reading the rest. */
const STAGE_ROW_GROUP = 16_384;
const STAGE_OPTIONS = `FORMAT parquet, COMPRESSION lz4_raw, ROW_GROUP_SIZE ${STAGE_ROW_GROUP}`;

const folderOf = (index: number): string => identifier(`${FOLDER}${index}`);
const helpers = (columns: readonly string[]): readonly string[] => [...columns.map((_, index) => folderOf(index)), identifier(ORDINAL)];

/**
 * Keeps the rows in a file, sorted by partition where there are any, so that each is then one stretch and one writer is open at a time, however many there are;
 * the engine spills what does not fit into memory.
 */
export async function stageRows(
  engine: Engine,
  query: string,
  { columns, file }: { readonly columns: readonly string[]; readonly file: string },
): Promise<Stage> {
  if (columns.length === 0) {
    const rows = await engine.copy(`COPY (${query}\n) TO ${literal(file)} (${STAGE_OPTIONS})`);
    return { file, columns, rows, relation: `read_parquet(${literal(file)})` };
  }
  await checkColumns(engine, query, columns);
  const folders = columns.map((column, index) => `nullif(CAST(${identifier(column)} AS VARCHAR), '') AS ${folderOf(index)}`);
  const numbered = `SELECT *, ${folders.join(', ')}, row_number() OVER () AS ${identifier(ORDINAL)} FROM (${query}\n)`;
  const sorted = `SELECT * FROM (${numbered}) ORDER BY ${helpers(columns).join(', ')}`;
  const rows = await engine.copy(`COPY (${sorted}) TO ${literal(file)} (${STAGE_OPTIONS})`);
  const relation = `(SELECT * EXCLUDE (${helpers(columns).join(', ')}) FROM read_parquet(${literal(file)}))`;
  return { file, columns, rows, relation };
}

const NESTED = /^(STRUCT|MAP|UNION|BLOB)|\]$/;

async function checkColumns(engine: Engine, query: string, columns: readonly string[]): Promise<void> {
  const described = await engine.rows(`DESCRIBE ${query}\n`);
  const types = new Map(described.map((row) => [String(row.column_name), String(row.column_type)]));
  const missing = columns.find((column) => !types.has(column));
  if (missing !== undefined) {
    throw new ConfigFailure(
      `the query gives no column ${JSON.stringify(missing)} to partition by, its columns are: ${[...types.keys()].join(', ')}`,
      'name columns of the query in output.partitionBy, spelled the same way',
    );
  }
  const nested = columns.find((column) => NESTED.test(types.get(column) ?? ''));
  if (nested !== undefined) {
    throw new ConfigFailure(
      `the column ${JSON.stringify(nested)} of output.partitionBy is of type ${types.get(nested)}, which is no folder's name`,
      'partition by columns of text, numbers, booleans or dates',
    );
  }
  if (columns.length === types.size) {
    throw new ConfigFailure(
      'output.partitionBy names every column of the query, so none is left for the files',
      'give the query a column more',
    );
  }
}

interface Split {
  readonly work: ChunkWork;
  /** Writes the rows of a query as one part. */
  write(query: string, partition: number): Promise<readonly PartFile[]>;
}

/** One part for each partition of a stage. */
export async function splitStage(engine: Engine, { file, columns }: Stage, { work, write }: Split): Promise<readonly PartFile[]> {
  const most = maxPartitionsOf(work.config.spec.output);
  const folders = columns.map((_, index) => folderOf(index)).join(', ');
  const stage = `read_parquet(${literal(file)})`;
  const found = await engine.rows(`SELECT DISTINCT ${folders} FROM ${stage} ORDER BY ALL LIMIT ${most + 1}`);
  if (found.length > most) throw tooManyPartitions(columns, most);
  const leftOut = [...columns.map(identifier), ...helpers(columns)].join(', ');
  const parts: PartFile[] = [];
  for (const [partition, row] of found.entries()) {
    const values = columns.map((column, index) => [column, folderText(row[`${FOLDER}${index}`])] as const);
    const own = values.map(([, value], index) => `${folderOf(index)} ${value === null ? 'IS NULL' : `= ${literal(value)}`}`);
    const written = await write(`SELECT * EXCLUDE (${leftOut}) FROM ${stage} WHERE ${own.join(' AND ')}`, partition);
    parts.push(...written.map((part) => ({ ...part, partition: hivePath(values) })));
  }
  return parts;
}

const folderText = (value: unknown): string | null => (value === null || value === undefined ? null : String(value));
