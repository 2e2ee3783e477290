import type { PreparedSource } from './sources';

/** Hardly a column's name. */
const ORDINAL = 'batchwright_ordinal';

/** One condition that the optimizer cannot take apart. */
function valid({ checks }: PreparedSource): string {
  const conditions = checks.flatMap(({ sql, accept = sql }) => accept ?? []);
  return `CASE WHEN ${conditions.join(' AND ')} THEN true ELSE false END`;
}

/** Whether a barrier stands between the scan and the query. */
export const hasBarrier = ({ checks, pushesFilters }: PreparedSource): boolean => checks.length > 0 || pushesFilters;

/** Whether a second numbering stands between casts and checks: it keeps the optimizer from making a cast once for them and once for the query. */
export const castsOnce = ({ casts = [] }: PreparedSource): boolean => casts.length > 0;

function readOnce(prepared: PreparedSource): string {
  const { casts = [] } = prepared;
  if (!castsOnce(prepared)) return prepared.reader(true);
  return `(SELECT *, row_number() OVER () AS ${ORDINAL}_read FROM (SELECT *, ${casts.join(', ')} FROM ${prepared.reader(true)}))`;
}

/**
 * The valid rows of a source. Numbering them is a barrier that no filter of the query passes, so the engine's profile
 * tells truly how many rows were delivered and how many of them were valid, in the one scan that does the work.
 */
function validRows(prepared: PreparedSource): string {
  const where = prepared.checks.length > 0 ? `WHERE ${valid(prepared)}` : '';
  const rows = `SELECT ${prepared.columns} FROM (FROM ${readOnce(prepared)} ${where})`;
  if (!hasBarrier(prepared)) return rows;
  return `SELECT * EXCLUDE (${ORDINAL}) FROM (SELECT *, row_number() OVER () AS ${ORDINAL} FROM (${rows}))`;
}

/** `input`, as the query of the spec sees it. */
export const inputView = (sources: readonly PreparedSource[]): string =>
  `CREATE VIEW input AS ${sources.map((prepared) => `(${validRows(prepared)})`).join(' UNION ALL BY NAME ')}`;

/** Which of the delivered rows are not valid, by their ordinal from 1, and the number of the check that each fails; a scan of its own, for chunks that have some. */
export function invalidRows(prepared: PreparedSource): string {
  const failed = prepared.checks.map(({ sql }, check) => `WHEN NOT (${sql}) THEN ${check}`).join(' ');
  return `SELECT ${ORDINAL} AS ordinal, CASE ${failed} END AS failed
    FROM (SELECT *, ${[...(prepared.casts ?? []), `row_number() OVER () AS ${ORDINAL}`].join(', ')} FROM ${prepared.reader(false)})
    WHERE NOT (${valid(prepared)}) ORDER BY ${ORDINAL}`;
}
