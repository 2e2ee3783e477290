import { version } from '@duckdb/node-api';
import { CATALOGUE_SQL, type Catalogue, catalogueOf } from '../../core/query/catalogue';
import type { QueryFinding } from '../../core/query/finding';
import { unpackCatalogue } from '../../core/query/functions';
import { FUNCTIONS } from '../../core/query/functions.generated';
import { judgePlan } from '../../core/query/judge-plan';
import { judgeTree } from '../../core/query/judge-tree';
import type { Judgement, Scope } from '../../core/query/rules';
import { normalizeTree, type TraceNames, traceTree } from '../../core/query/trace';
import { parseTree, printTree, type Tree, textAt, treesAt } from '../../core/query/tree';

/** Asks DuckDB; answers rows as plain values. */
export type Ask = (sql: string) => Promise<readonly Readonly<Record<string, unknown>>[]>;

const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`;

let known: Catalogue | undefined;

/** DuckDB's functions, which are the same wherever one version runs. Another version than the one written down is asked for its own. */
export async function functionsOf(ask: Ask): Promise<Catalogue> {
  known ??= FUNCTIONS.version === version() ? unpackCatalogue(FUNCTIONS) : catalogueOf(await ask(CATALOGUE_SQL));
  return known;
}

async function treeOf(ask: Ask, sql: string): Promise<Tree> {
  const [row] = await ask(`SELECT CAST(json_serialize_sql(${literal(sql)}) AS VARCHAR) AS tree`);
  return parseTree(String(row?.tree));
}

/** A query as DuckDB reads it, and what its syntax says. */
export interface JudgedQuery {
  readonly sql: string;
  readonly findings: readonly QueryFinding[];
  /** Of a query that is one SELECT. */
  readonly syntax?: { readonly whole: Tree; readonly statement: Tree; readonly judgement: Judgement };
}

export interface Tables {
  /** The table whose rows are records. @default none: a rule's query, over rows that are there as a whole */
  readonly input?: string;
  /** Others that may be read. */
  readonly others: readonly string[];
  /** Names of the input's columns, as far as they are known. */
  readonly columns?: readonly string[];
}

type Table = NonNullable<ReturnType<Scope['get']>>;

function scopeOf({ input, others }: Tables): Scope {
  const named = others.map((name): [string, Table] => [name.toLowerCase(), { kind: 'constant' }]);
  return new Map(input === undefined ? named : [...named, [input, { kind: 'records', isInput: true }]]);
}

/** Judges a query by its syntax alone. */
export async function judgeQuery(ask: Ask, sql: string, tables: Tables): Promise<JudgedQuery> {
  const whole = await treeOf(ask, sql);
  const statements = treesAt(whole, 'statements');
  const [statement] = statements;
  if (whole.error === true || statements.length !== 1 || !statement) return { sql, findings: [noSelect(whole, sql)] };
  const { columns } = tables;
  const judgement = judgeTree(statement, { catalogue: await functionsOf(ask), tables: scopeOf(tables), ...(columns && { columns }) });
  return { sql, findings: judgement.findings, syntax: { whole, statement, judgement } };
}

/** Why a text is not one SELECT. */
function noSelect(whole: Tree, sql: string): QueryFinding {
  const instead = 'expected exactly one SELECT';
  if (textAt(whole, 'error_type') === 'parser') {
    const offset = Number(textAt(whole, 'position') || Number.NaN);
    return {
      construct: 'SQL',
      why: `Parser Error: ${textAt(whole, 'error_message')}`,
      instead,
      ...(Number.isFinite(offset) && { offset }),
    };
  }
  if (whole.error !== true)
    return { construct: `a text of ${treesAt(whole, 'statements').length} statements`, why: 'is not one query', instead };
  const [word = ''] = sql.trim().split(/\s+/, 1);
  return {
    construct: `a statement that begins with ${word.toUpperCase()}`,
    why: 'is no SELECT over the records (PIVOT, INSERT, COPY, SET and the like are none)',
    instead,
    offset: 0,
  };
}

export type TracedQuery = { readonly sql: string } | { readonly untraceable: string };

/** The query with the number of its record as the last column, as DuckDB writes it; and DuckDB must read it as it was meant. */
export async function traceQuery(ask: Ask, { syntax }: JudgedQuery, names: TraceNames): Promise<TracedQuery> {
  if (!syntax) return { untraceable: 'it is no SELECT' };
  const traced = traceTree(syntax.statement, syntax.judgement, names);
  if ('untraceable' in traced) return traced;
  try {
    const whole = printTree({ ...syntax.whole, statements: [traced.tree] });
    const [row] = await ask(`SELECT json_deserialize_sql(CAST(${literal(whole)} AS JSON)) AS sql`);
    const sql = String(row?.sql);
    const [again] = treesAt(await treeOf(ask, sql), 'statements');
    const isSame = again !== undefined && printTree(normalizeTree(again)) === printTree(normalizeTree(traced.tree));
    return isSame ? { sql } : { untraceable: 'DuckDB writes it in another way than it reads it' };
  } catch (thrown) {
    return { untraceable: `DuckDB cannot write it: ${thrown instanceof Error ? thrown.message : String(thrown)}` };
  }
}

export interface BoundQuery {
  readonly findings: readonly QueryFinding[];
  /** Why DuckDB could not bind the query to these tables. */
  readonly unbound?: string;
}

/** Judges a query by its bound plan. `input` and the others must be empty tables. */
export async function judgeBound(ask: Ask, sql: string, { input = '', others }: Tables): Promise<BoundQuery> {
  const [row] = await ask(`SELECT CAST(json_serialize_plan(${literal(sql)}, optimize := false) AS VARCHAR) AS plan`);
  const plan = parseTree(String(row?.plan));
  if (plan.error === true) return { findings: [], unbound: textAt(plan, 'error_message') };
  return { findings: judgePlan(plan, { catalogue: await functionsOf(ask), input, lookups: others }) };
}
