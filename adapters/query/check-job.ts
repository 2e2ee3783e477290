import path from 'node:path';
import { DuckDBInstance, version } from '@duckdb/node-api';
import type { JobConfig } from '../../core/contracts';
import type { QueryFinding } from '../../core/query/finding';
import { traceNames } from '../../core/query/trace';
import { type QueryVerdict, queriesOf, queryDigest } from '../../core/query/verdict';
import { type Ask, judgeBound, judgeQuery, type Tables, traceQuery } from './judge';

/** A job as it is to be deployed. */
export interface CheckedJob {
  readonly spec: JobConfig['spec'];
  readonly schemas: JobConfig['schemas'];
  /** The folder of its spec, to which the paths of lookups are relative. */
  readonly folder: string;
}

export interface JobFinding {
  /** Of the query in the spec. */
  readonly path: readonly (string | number)[];
  readonly finding: QueryFinding;
}

export interface JobCheck {
  readonly findings: readonly JobFinding[];
  /** Absent where the job has no query. */
  readonly verdict?: QueryVerdict;
}

/** Judges the queries of jobs as they are written, before any record is there. */
export async function checkJobs(jobs: readonly CheckedJob[]): Promise<readonly JobCheck[]> {
  const checks: JobCheck[] = [];
  for (const job of jobs) checks.push(queriesOf(job.spec).length === 0 ? { findings: [] } : await inDuckDb((ask) => checkJob(ask, job)));
  return checks;
}

async function inDuckDb<T>(use: (ask: Ask) => Promise<T>): Promise<T> {
  const instance = await DuckDBInstance.create(':memory:', {
    threads: '1',
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
    allow_community_extensions: 'false',
  });
  const connection = await instance.connect();
  try {
    return await use(async (sql) => (await connection.runAndReadAll(sql)).getRowObjectsJson());
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

async function checkJob(ask: Ask, job: CheckedJob): Promise<JobCheck> {
  const process = 'sql' in job.spec.process ? await checkProcess(ask, job, job.spec.process.sql) : { findings: [] };
  const rules = await checkRules(ask, job);
  const { rows, findings } = { rows: undefined, ...process };
  const verdict: QueryVerdict = { schema: 'verdict.v1', digest: queryDigest(job), engine: version(), ...rows };
  return { findings: [...findings, ...rules], verdict };
}

/** A rule's query may aggregate the rows that it is given, but must answer the same each time. */
async function checkRules(ask: Ask, { spec }: CheckedJob): Promise<readonly JobFinding[]> {
  const found: JobFinding[] = [];
  for (const { path: at, sql } of queriesOf(spec)) {
    if (at[0] !== 'quality') continue;
    const { findings } = await judgeQuery(ask, sql, { others: ['output'] });
    found.push(...findings.map((finding) => ({ path: at, finding })));
  }
  return found;
}

interface ProcessCheck {
  readonly findings: readonly JobFinding[];
  readonly rows?: Pick<QueryVerdict, 'rows' | 'because' | 'rewritten'>;
}

async function checkProcess(ask: Ask, job: CheckedJob, sql: string): Promise<ProcessCheck> {
  const at = (findings: readonly QueryFinding[]): ProcessCheck => ({
    findings: findings.map((finding) => ({ path: ['process', 'sql'], finding })),
  });
  const columns = Object.keys(propertiesOf(job));
  const tables: Tables = { input: 'input', others: Object.keys(lookupsOf(job)), columns };
  const judged = await judgeQuery(ask, sql, tables);
  if (judged.findings.length > 0) return at(judged.findings);
  const bound = await checkBound(ask, job, { sql, tables });
  if (bound.length > 0) return at(bound);
  const traced = await traceQuery(ask, judged, traceNames([sql, ...columns, ...tables.others]));
  if ('sql' in traced) return { findings: [], rows: { rows: 'observed', rewritten: traced.sql } };
  if (judged.syntax?.judgement.multiplies) return at([untraced(traced.untraceable)]);
  return { findings: [], rows: { rows: 'computed', because: traced.untraceable } };
}

/** Rows that may be more than their records must say whose they are. */
export const untraced = (why: string): QueryFinding => ({
  construct: 'a query that may make several rows of a record',
  why: `must show which record each row belongs to, and this one cannot (${why})`,
  instead: 'list each column by name, and join only with tables of process.lookups or VALUES',
});

const propertiesOf = ({ schemas }: CheckedJob): Readonly<Record<string, unknown>> =>
  (schemas.input?.properties ?? {}) as Record<string, unknown>;

const lookupsOf = ({ spec }: CheckedJob): Readonly<Record<string, string>> => ('sql' in spec.process ? (spec.process.lookups ?? {}) : {});

/** The plan's verdict where the columns are known: a name that the schema does not have may still be in the files, and the worker looks again. */
async function checkBound(
  ask: Ask,
  job: CheckedJob,
  query: { readonly sql: string; readonly tables: Tables },
): Promise<readonly QueryFinding[]> {
  if (!(await createTables(ask, job))) return [];
  const { findings, unbound } = await judgeBound(ask, query.sql, query.tables);
  return unbound === undefined ? findings : [];
}

const READERS: Readonly<Record<string, string>> = { csv: 'read_csv', tsv: 'read_csv', jsonl: 'read_json', parquet: 'read_parquet' };

const identifier = (name: string): string => `"${name.replaceAll('"', '""')}"`;
const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/** Empty tables with the columns of the input's schema and of the lookups; false where some are not known yet. */
async function createTables(ask: Ask, job: CheckedJob): Promise<boolean> {
  const columns = Object.entries(propertiesOf(job)).map(([name, property]) => `${identifier(name)} ${sqlType(property)}`);
  const lookups = Object.entries(lookupsOf(job));
  if (columns.length === 0 || lookups.some(([, location]) => location.startsWith('s3:'))) return false;
  try {
    await ask(`CREATE TABLE input (${columns.join(', ')})`);
    for (const [name, location] of lookups) {
      const reader = READERS[path.extname(location).slice(1)] ?? 'read_csv';
      await ask(`CREATE TABLE ${identifier(name)} AS FROM ${reader}(${literal(path.join(job.folder, location))}) LIMIT 0`);
    }
    return true;
  } catch {
    // Columns that SQL cannot tell apart and lookups that cannot be read have messages of their own elsewhere.
    return false;
  }
}

function sqlType(property: unknown): string {
  const { type, format } = (typeof property === 'object' && property !== null ? property : {}) as { type?: unknown; format?: unknown };
  const [only] = [type].flat().filter((one) => one !== 'null');
  if (only === 'integer') return 'BIGINT';
  if (only === 'number') return 'DOUBLE';
  if (only === 'boolean') return 'BOOLEAN';
  if (only === 'object' || only === 'array') return 'JSON';
  if (format === 'date') return 'DATE';
  return format === 'date-time' ? 'TIMESTAMP' : 'VARCHAR';
}
