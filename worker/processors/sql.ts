import { explained } from '../../core/inference/infer-schema';
import { dialectOf } from '../../core/records';
import { Engine, identifier } from '../engine';
import { ConfigFailure, DataFailure, DiskFullFailure, OutOfMemoryFailure, StoppedError, WorkerFailure } from '../failures';
import type { BadRecord } from '../quarantine';
import { booksOf, invalidOf, type SourceBooks } from '../sql/books';
import { csvSource } from '../sql/csv-source';
import { engineFailure, queryFailure } from '../sql/engine-failure';
import { type Exported, exportRows } from '../sql/export';
import { jsonLines } from '../sql/json-source';
import type { LookupTable } from '../sql/lookups';
import { parquetSource } from '../sql/parquet-source';
import type { PreparedSource } from '../sql/sources';
import { addTimings } from '../sql/timings';
import { inputView } from '../sql/view';
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
  const prepared = await prepare(engine, work, mode);
  await checkQuery(engine, { prepared, query, lookups: await work.lookups() });
  const begun = performance.now();
  const exported = await exportRows(engine, query, work);
  addTimings(work.meter, await engine.profile(), (performance.now() - begun) / 1000);
  const books = await booksOf(engine, prepared);
  const missing = prepared.findIndex((one, i) => one.expected !== handled(books[i]));
  if (missing !== -1) return disagreement({ prepared: prepared[missing], books: books[missing], mode });
  return settle(engine, { prepared, books, exported });
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

async function settle(
  engine: Engine,
  done: { prepared: readonly PreparedSource[]; books: readonly SourceBooks[]; exported: Exported },
): Promise<Scanned> {
  const accepted = done.books.reduce((sum, books) => sum + books.accepted, 0);
  const { written } = done.exported;
  if (written > accepted) throw tooMany(written, accepted);
  const bad: BadRecord[] = [];
  let before = 0;
  for (const [i, prepared] of done.prepared.entries()) {
    const books = done.books[i] as SourceBooks;
    const found = [...prepared.bad, ...books.rejected, ...(await invalidOf(engine, prepared, books))];
    // Each source numbers its own records; a chunk's are numbered throughout.
    for (const one of found) bad.push({ ...one, record: one.record + before });
    before += prepared.source.read.records;
  }
  const outcome = { ...(await done.exported.finish()), written, filtered: accepted - written };
  return { outcome, bad: bad.toSorted((a, b) => a.offset - b.offset) };
}

const tooMany = (written: number, accepted: number): ConfigFailure =>
  new ConfigFailure(
    `the query made ${written} rows of ${accepted} records, allowed: at most one row per record`,
    'a query sees one chunk at a time: take joins, UNION and unnest that multiply records out of it',
  );

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
  readonly query: string;
}

/** Tells a query that cannot run from data that cannot be read. */
async function checkQuery(engine: Engine, { prepared, lookups, query }: Query): Promise<void> {
  try {
    await engine.run(inputView(prepared));
    for (const { name, scan } of lookups) await engine.run(`CREATE VIEW ${identifier(name)} AS FROM ${scan}`);
    if (!(await engine.isOneSelect(query))) throw new TypeError('expected exactly one SELECT');
    await engine.rows(`DESCRIBE ${query}\n`);
  } catch (thrown) {
    throw queryFailure(thrown);
  }
}
