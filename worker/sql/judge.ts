import { untraced } from '../../adapters/query/check-job';
import { type JudgedQuery, judgeBound, judgeQuery, type TracedQuery, traceQuery } from '../../adapters/query/judge';
import type { JobConfig } from '../../core/contracts';
import { explainFinding, type QueryFinding } from '../../core/query/finding';
import { lineAndColumn } from '../../core/query/place';
import type { TraceNames } from '../../core/query/trace';
import { type Engine, identifier } from '../engine';
import { ConfigFailure } from '../failures';
import { propertiesOf } from '../schema/columns';
import type { LookupTable } from './lookups';

const HINT = 'correct the query: `batchwright validate` shows the place in the spec';

const refusal = (sql: string, findings: readonly QueryFinding[]): ConfigFailure =>
  new ConfigFailure(
    `SQL: ${findings.map((finding) => explainFinding(finding) + placeIn(sql, finding)).join('; ')}`,
    findings[0]?.instead ? `${findings[0].instead}; ${HINT}` : HINT,
  );

function placeIn(sql: string, { offset }: QueryFinding): string {
  if (offset === undefined) return '';
  const { line, column } = lineAndColumn(sql, offset);
  return ` (line ${line}, column ${column} of the query)`;
}

/** Judged once per job's config, that is once per task. */
const judged = new WeakMap<JobConfig, Promise<JudgedQuery>>();

/** The query of a job, judged by its syntax; throws before any record is touched. */
export async function judgeOnce(engine: Engine, config: JobConfig, sql: string): Promise<JudgedQuery> {
  const lookups = 'sql' in config.spec.process ? Object.keys(config.spec.process.lookups ?? {}) : [];
  const tables = { input: 'input', others: lookups, columns: Object.keys(propertiesOf(config.schemas.input)) };
  const query = judged.get(config) ?? judgeQuery((text) => engine.rows(text), sql, tables);
  judged.set(config, query);
  query.catch(() => judged.delete(config));
  const { findings } = await query;
  if (findings.length > 0) throw refusal(sql, findings);
  return query;
}

/** The query of a rule may aggregate the rows of a chunk, but must answer the same each time. */
export async function refuseChanging(engine: Engine, sql: string): Promise<void> {
  const { findings } = await judgeQuery((text) => engine.rows(text), sql, { others: ['output'] });
  if (findings.length > 0) throw new TypeError(findings.map(explainFinding).join('; '));
}

/** Shapes of tables for which a query's plan was judged. */
const bound = new WeakMap<JudgedQuery, Map<string, TracedQuery>>();

export interface BoundTables {
  readonly names: TraceNames;
  readonly lookups: readonly LookupTable[];
}

type Column = Readonly<Record<string, unknown>>;
const shapeOf = (columns: readonly Column[]): string =>
  JSON.stringify(columns.map(({ column_name, column_type }) => [column_name, column_type]));

/**
 * Makes `input` and the lookups known to the query, whose plan is judged over them the first time that they have these columns.
 * Answers the query that carries the number of its record, or why there is none.
 */
export async function bindTables(engine: Engine, query: JudgedQuery, { names, lookups }: BoundTables): Promise<TracedQuery> {
  const input = `SELECT * EXCLUDE (${identifier(names.column)}) FROM ${identifier(names.table)}`;
  const shape = shapeOf(await engine.rows(`DESCRIBE ${input}`));
  const known = bound.get(query) ?? new Map<string, TracedQuery>();
  bound.set(query, known);
  const isNew = !known.has(shape);
  if (isNew) await judgeShape(engine, query, [{ name: 'input', scan: `(${input})` }, ...lookups]);
  await engine.run(`CREATE VIEW input AS ${input}`);
  for (const { name, scan } of lookups) await engine.run(`CREATE VIEW ${identifier(name)} AS FROM ${scan}`);
  if (isNew) known.set(shape, await traceFor(engine, query, names));
  return known.get(shape) ?? { untraceable: 'it was not rewritten' };
}

/** The plan is judged over empty tables, since only tables are called by their names in it. */
async function judgeShape(engine: Engine, query: JudgedQuery, tables: readonly Pick<LookupTable, 'name' | 'scan'>[]): Promise<void> {
  for (const { name, scan } of tables) await engine.run(`CREATE TABLE ${identifier(name)} AS FROM ${scan} LIMIT 0`);
  const others = tables.slice(1).map(({ name }) => name);
  const { findings } = await judgeBound((text) => engine.rows(text), query.sql, { input: 'input', others });
  for (const { name } of tables) await engine.run(`DROP TABLE ${identifier(name)}`);
  if (findings.length > 0) throw refusal(query.sql, findings);
}

async function traceFor(engine: Engine, query: JudgedQuery, names: TraceNames): Promise<TracedQuery> {
  const plain = shapeOf(await engine.rows(`DESCRIBE SELECT * FROM (${query.sql}\n)`));
  const traced = await traceQuery((text) => engine.rows(text), query, names);
  const checked = 'sql' in traced ? await withSameColumns(engine, traced.sql, { plain, names }) : traced;
  if ('untraceable' in checked && query.syntax?.judgement.multiplies) throw refusal(query.sql, [untraced(checked.untraceable)]);
  return checked;
}

/** The rewritten query must give the columns of the original and one more. */
async function withSameColumns(
  engine: Engine,
  sql: string,
  { plain, names }: { readonly plain: string; readonly names: TraceNames },
): Promise<TracedQuery> {
  try {
    const columns = await engine.rows(`DESCRIBE SELECT * EXCLUDE (${identifier(names.column)}) FROM (${sql}\n)`);
    return shapeOf(columns) === plain ? { sql } : { untraceable: 'its columns would not be the same' };
  } catch (thrown) {
    return { untraceable: `DuckDB does not read it: ${thrown instanceof Error ? thrown.message : String(thrown)}` };
  }
}
