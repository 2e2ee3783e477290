import type { JudgedQuery } from '../../adapters/query/judge';
import { explained } from '../../core/inference/infer-schema';
import { traceNames } from '../../core/query/trace';
import { dialectOf } from '../../core/records';
import { Engine } from '../engine';
import { ConfigFailure, DataFailure, DiskFullFailure, OutOfMemoryFailure, StoppedError, WorkerFailure } from '../failures';
import type { BadRecord } from '../quarantine';
import { booksOf, invalidOf, type SourceBooks } from '../sql/books';
import { countsOf, type Done } from '../sql/counts';
import { csvSource } from '../sql/csv-source';
import { engineFailure, queryFailure } from '../sql/engine-failure';
import { exportRows } from '../sql/export';
import { jsonLines } from '../sql/json-source';
import { bindTables, judgeOnce } from '../sql/judge';
import type { LookupTable } from '../sql/lookups';
import { parquetSource } from '../sql/parquet-source';
import type { PreparedSource } from '../sql/sources';
import { addTimings } from '../sql/timings';
import { observedQuery, RecordTrace } from '../sql/trace';
import { numberedInput } from '../sql/view';
import type { ChunkWork, Outcome, Processor } from '../work';

/** Runs a job's SELECT over one chunk in one scan. Bad records go to quarantine; rows keep their order. */
export const sqlProcessor =
  (sql: string): Processor =>
  async (work) => {
    const attempt = { work, query: sql.trim().replace(/;$/, '') };
    const isDelimited = dialectOf(work.config.spec.input) !== undefined;
    const asIs = await tryScan(attempt, { rewrite: false, lastResort: !isDelimited });
    const scanned = asIs ?? (await tryScan(attempt, { rewrite: true, lastResort: true }));
    if (!scanned) throw new DataFailure('the engine and the splitter do not agree on the records', 'look for malformed quotes');
    const { input } = work.config.schemas;
    for (const bad of scanned.bad) work.quarantine.add({ ...bad, fault: explained(bad.fault, input) });
    return scanned.outcome;
  };

interface Attempt {
  readonly work: ChunkWork;
  readonly query: string;
}

interface Scanned {
  readonly outcome: Outcome;
  readonly bad: readonly BadRecord[];
}

interface Mode {
  /** Whether delimited files are rewritten before the engine sees them. */
  readonly rewrite: boolean;
  /** Whether a scan that goes wrong is final. */
  readonly lastResort: boolean;
}

/** One attempt in an engine of its own; undefined when the file has to be rewritten first. */
async function tryScan(attempt: Attempt, mode: Mode): Promise<Scanned | undefined> {
  const { signal, scratch, profile, lookups } = attempt.work;
  const tables = await lookups();
  const engine = await Engine.open(
    scratch,
    profile,
    tables.map(({ file }) => file),
  );
  const stop = (): void => engine.interrupt();
  signal.addEventListener('abort', stop);
  try {
    return await scan(engine, attempt, mode);
  } catch (thrown) {
    if (signal.aborted) throw new StoppedError();
    if (thrown instanceof WorkerFailure) throw thrown;
    const failure = engineFailure(thrown);
    const isOutOfRoom = failure instanceof OutOfMemoryFailure || failure instanceof DiskFullFailure;
    if (!mode.lastResort && !isOutOfRoom) return undefined;
    throw failure;
  } finally {
    signal.removeEventListener('abort', stop);
    engine.close();
  }
}

async function scan(engine: Engine, { work, query }: Attempt, mode: Mode): Promise<Scanned | undefined> {
  const judged = await judgeOnce(engine, work.config, query);
  const prepared = await prepare(engine, work, mode);
  const observed = await observe(engine, { prepared, judged, lookups: await work.lookups() });
  const begun = performance.now();
  const exported = await exportRows(engine, observed.query, work);
  addTimings(work.meter, await engine.profile(), (performance.now() - begun) / 1000);
  const books = await booksOf(engine, prepared);
  const missing = prepared.findIndex((one, i) => one.expected !== handled(books[i]));
  if (missing !== -1) return disagreement({ prepared: prepared[missing], books: books[missing], mode });
  return settle(engine, { prepared, books, exported, trace: observed.trace });
}

const handled = (books: SourceBooks | undefined): number => (books ? books.delivered + books.rejected.length : 0);

/** The engine saw other records than there are: the file bends the rules, or the query stops before the end. */
function disagreement(found: { prepared?: PreparedSource; books?: SourceBooks; mode: Mode }): undefined {
  if (!found.mode.lastResort) return undefined;
  throw new ConfigFailure(
    `the query took ${found.books?.delivered ?? 0} records and ${found.books?.rejected.length ?? 0} were rejected, but the chunk has ${found.prepared?.expected ?? 0}`,
    'a query must read every record of its chunk: take LIMIT out of it, and conditions that are never true',
  );
}

async function settle(engine: Engine, done: Done): Promise<Scanned> {
  const counts = countsOf(done);
  const bad: BadRecord[] = [];
  let before = 0;
  for (const [i, prepared] of done.prepared.entries()) {
    const books = done.books[i] as SourceBooks;
    const found = [...prepared.bad, ...books.rejected, ...(await invalidOf(engine, prepared, books))];
    // Each source numbers its own records; a chunk's are numbered throughout.
    for (const one of found) bad.push({ ...one, record: one.record + before });
    before += prepared.source.read.records;
  }
  const outcome = { ...(await done.exported.finish()), ...counts };
  return { outcome, bad: bad.toSorted((a, b) => a.offset - b.offset) };
}

async function prepare(engine: Engine, work: ChunkWork, { rewrite }: Mode): Promise<readonly PreparedSource[]> {
  const prepared: PreparedSource[] = [];
  for (const [index, source] of work.sources.entries()) {
    if (source.kind === 'parquet') prepared.push(await parquetSource(work, source, engine));
    else if (!dialectOf(work.config.spec.input)) prepared.push(await jsonLines(work, source, index));
    else prepared.push(await csvSource(work, source, { rewrite, index }));
  }
  return prepared;
}

interface Query {
  readonly prepared: readonly PreparedSource[];
  readonly lookups: readonly LookupTable[];
  readonly judged: JudgedQuery;
}

async function columnsOf(engine: Engine, prepared: readonly PreparedSource[]): Promise<readonly string[]> {
  const names: string[] = [];
  for (const source of prepared) {
    const described = await engine.rows(`DESCRIBE FROM ${source.reader(false)}`);
    names.push(...described.map(({ column_name }) => String(column_name)));
  }
  return names;
}

interface Observed {
  readonly query: string;
  /** Absent where rows do not carry their record's number. */
  readonly trace: RecordTrace | undefined;
}

/** Tells a query that cannot run from data that cannot be read, and has each row carry the number of its record. */
async function observe(engine: Engine, { prepared, lookups, judged }: Query): Promise<Observed> {
  const query = judged.sql;
  try {
    const names = traceNames([query, ...(await columnsOf(engine, prepared)), ...lookups.flatMap(({ name, scan }) => [name, scan])]);
    await engine.run(numberedInput(prepared, names));
    const traced = await bindTables(engine, judged, { names, lookups });
    if (!(await engine.isOneSelect(query))) throw new TypeError('expected exactly one SELECT');
    await engine.rows(`DESCRIBE ${query}\n`);
    // Within FROM, columns of one name are told apart.
    if ('untraceable' in traced) return { query: `SELECT * FROM (${query}\n)`, trace: undefined };
    const trace = new RecordTrace(prepared.reduce((sum, { expected }) => sum + expected, 0));
    return { query: observedQuery(engine, traced.sql, { trace, names }), trace };
  } catch (thrown) {
    throw thrown instanceof WorkerFailure ? thrown : queryFailure(thrown);
  }
}
