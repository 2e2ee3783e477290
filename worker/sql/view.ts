import type { TraceNames } from '../../core/query/trace';
import { identifier } from '../engine';
import type { PreparedSource } from './sources';

/** Hardly a column's name. */
const ORDINAL = 'batchwright_ordinal';

/** One condition that the optimizer cannot take apart. */
function valid({ checks }: PreparedSource): string {
  const conditions = checks.flatMap(({ sql, accept = sql }) => accept ?? []);
  return `CASE WHEN ${conditions.join(' AND ')} THEN true ELSE false END`;
}

/** Whether a second numbering stands between casts and checks: it keeps the optimizer from making a cast once for them and once for the query. */
export const castsOnce = ({ casts = [] }: PreparedSource): boolean => casts.length > 0;

function readOnce(prepared: PreparedSource): string {
  const { casts = [] } = prepared;
  if (!castsOnce(prepared)) return prepared.reader(true);
  return `(SELECT *, row_number() OVER () AS ${ORDINAL}_read FROM (SELECT *, ${casts.join(', ')} FROM ${prepared.reader(true)}))`;
}

/** Records before a source's own among those of its chunk. */
interface Numbering {
  readonly names: TraceNames;
  readonly before: number;
}

/**
 * The valid rows of a source, each with the number of its record. Numbering them is a barrier that no filter of the query
 * passes, so the engine's profile tells truly how many rows were delivered and how many of them were valid, in the one scan
 * that does the work.
 */
function validRows(prepared: PreparedSource, { names, before }: Numbering): string {
  const where = prepared.checks.length > 0 ? `WHERE ${valid(prepared)}` : '';
  const rows = `SELECT ${prepared.columns} FROM (FROM ${readOnce(prepared)} ${where})`;
  const number = `CAST(${ORDINAL} + ${before} AS INTEGER) AS ${identifier(names.column)}`;
  return `SELECT * EXCLUDE (${ORDINAL}), ${number} FROM (SELECT *, row_number() OVER () AS ${ORDINAL} FROM (${rows}))`;
}

/** Where the numbers of each source's records begin. */
export const numbersBefore = (sources: readonly PreparedSource[]): readonly number[] =>
  sources.map((_, index) => sources.slice(0, index).reduce((sum, { expected }) => sum + expected, 0));

/** The records of a chunk with their numbers, from 1, as their last column. */
export function numberedInput(sources: readonly PreparedSource[], names: TraceNames): string {
  const before = numbersBefore(sources);
  const all = sources
    .map((prepared, index) => `(${validRows(prepared, { names, before: before[index] ?? 0 })})`)
    .join(' UNION ALL BY NAME ');
  const column = identifier(names.column);
  const rows = sources.length > 1 ? `SELECT * EXCLUDE (${column}), ${column} FROM (${all})` : all;
  return `CREATE VIEW ${identifier(names.table)} AS ${rows}`;
}

/** Which of the delivered rows are not valid, by their ordinal from 1, and the number of the check that each fails; a scan of its own, for chunks that have some. */
export function invalidRows(prepared: PreparedSource): string {
  const failed = prepared.checks.map(({ sql }, check) => `WHEN NOT (${sql}) THEN ${check}`).join(' ');
  return `SELECT ${ORDINAL} AS ordinal, CASE ${failed} END AS failed
    FROM (SELECT *, ${[...(prepared.casts ?? []), `row_number() OVER () AS ${ORDINAL}`].join(', ')} FROM ${prepared.reader(false)})
    WHERE NOT (${valid(prepared)}) ORDER BY ${ORDINAL}`;
}
