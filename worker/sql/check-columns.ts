import { isInferred, isUnseen } from '../../core/inference/infer-schema';
import { dialectOf } from '../../core/records';
import { Engine, identifier, literal } from '../engine';
import { ConfigFailure } from '../failures';
import { columnNames } from '../rows/text';
import { checkDistinct, checkRequired, columnsOf, sqlType } from '../schema/columns';
import type { ChunkWork, Source, SqlColumn } from '../work';
import { fileFailure } from './engine-failure';
import { isAboutTypes } from './telling-types';

/**
 * The columns of every file are checked, also of one without records and of one that shares its chunk with others: a
 * query over several files would otherwise read null where one of them lacks a column, and a file of nothing but a wrong
 * header would pass.
 */

/** What a column is taken for where nobody knows its type; the query must be right with one of them. */
const GUESSES = ['NULL', 'NULL::VARCHAR', 'NULL::DOUBLE', 'NULL::TIMESTAMP'] as const;

interface FileColumns {
  readonly key: string;
  /** Absent: no value was seen, so any type may be right. */
  readonly columns: readonly { readonly name: string; readonly sqlType?: string }[];
}

const isWithoutRecords = ({ read }: Source): boolean => read.records === 0;

/** Fails by name when a file lacks columns that the schema requires, or that the query names. */
export async function checkColumns(work: ChunkWork, query: string | undefined): Promise<void> {
  const { sources } = work;
  if (!sources.some(isWithoutRecords) && (query === undefined || sources.length < 2)) return;
  const engine = new LazyEngine(work);
  try {
    const files: FileColumns[] = [];
    for (const source of sources) files.push(...(await columnsIn(source, work, engine)));
    if (query !== undefined) await checkQueries(files, query, { work, engine });
  } finally {
    engine.close();
  }
}

/** Opened by the first who needs it. */
class LazyEngine {
  private opened: Promise<Engine> | undefined;

  constructor(private readonly work: ChunkWork) {}

  get(): Promise<Engine> {
    this.opened ??= this.open();
    return this.opened;
  }

  private async open(): Promise<Engine> {
    const { scratch, profile, lookups } = this.work;
    const tables = await lookups();
    const engine = await Engine.open(
      scratch,
      profile,
      tables.map(({ file }) => file),
    );
    for (const { name, scan } of tables) await engine.run(`CREATE VIEW ${identifier(name)} AS FROM ${scan}`);
    return engine;
  }

  close(): void {
    // That it could not be opened was told to the one who asked for it.
    this.opened?.then(
      (engine) => engine.close(),
      () => undefined,
    );
  }
}

/** The columns of a file; none where it has no word for them, as JSON lines and a table without a header. */
async function columnsIn(source: Source, { config }: ChunkWork, engine: LazyEngine): Promise<readonly FileColumns[]> {
  const { input } = config.schemas;
  const { key } = source.object;
  const named = source.kind === 'parquet' ? await parquetColumns(source, await engine.get()) : source.columns;
  if (named) {
    checkRequired(
      named.map(({ name }) => name),
      input,
      key,
    );
    return [{ key, columns: named }];
  }
  const dialect = dialectOf(config.spec.input);
  if (source.kind !== 'text' || !dialect) return [];
  // A file of nothing has no header that could be wrong.
  if (dialect.header && source.object.header === undefined && isWithoutRecords(source)) return [];
  const columns = columnsOf(columnNames(source, dialect, input), input);
  checkDistinct(columns, key);
  if (columns.length === 0) return [];
  const isUnknown = (column: (typeof columns)[number]): boolean => isInferred(input) && (!column.named || isUnseen(input, column.name));
  return [{ key, columns: columns.map((column) => ({ name: column.name, ...(!isUnknown(column) && { sqlType: sqlType(column) }) })) }];
}

async function parquetColumns({ file, object }: Source & { kind: 'parquet' }, engine: Engine): Promise<readonly SqlColumn[]> {
  try {
    const rows = await engine.rows(`DESCRIBE SELECT * FROM read_parquet(${literal(file)})`);
    return rows.map((row) => ({ name: String(row.column_name), sqlType: String(row.column_type) }));
  } catch (thrown) {
    throw fileFailure(object.key, thrown);
  }
}

interface Place {
  readonly work: ChunkWork;
  readonly engine: LazyEngine;
}

/** Files that have the same columns are checked once; where all have, and hold records, the query itself will tell. */
async function checkQueries(files: readonly FileColumns[], query: string, { work, engine }: Place): Promise<void> {
  const kinds = [...new Map(files.map((file) => [JSON.stringify(file.columns), file])).values()];
  if (kinds.length < 2 && !work.sources.every(isWithoutRecords)) return;
  for (const file of kinds) await checkQuery(await engine.get(), file, query);
}

/** What fails for a type is no fault of a file of which no type is known. */
async function checkQuery(engine: Engine, file: FileColumns, query: string): Promise<void> {
  const isKnown = file.columns.every(({ sqlType: type }) => type !== undefined);
  const problems: string[] = [];
  for (const guess of isKnown ? GUESSES.slice(0, 1) : GUESSES) {
    const problem = await problemOf(engine, { ...file, guess }, query);
    if (problem === undefined) return;
    problems.push(problem);
  }
  const telling = problems.find((problem) => isKnown || !isAboutTypes(problem));
  if (telling === undefined) return;
  throw new ConfigFailure(
    `${file.key} has the columns ${file.columns.map(({ name }) => name).join(', ')}, to which the query does not apply: SQL: ${telling}`,
    'drop a file with the columns that process.sql names, or mend the query: every file of a run must have them, also one without records',
  );
}

async function problemOf(engine: Engine, { columns, guess }: FileColumns & { readonly guess: string }, query: string) {
  const cells = columns.map(({ name, sqlType: type }) => `${type === undefined ? guess : `NULL::${type}`} AS ${identifier(name)}`);
  try {
    await engine.run(`CREATE OR REPLACE VIEW input AS SELECT ${cells.join(', ')}`);
    await engine.rows(`DESCRIBE ${query}\n`);
    return undefined;
  } catch (thrown) {
    return thrown instanceof Error ? thrown.message : String(thrown);
  }
}
