import { Fault } from '../../core/fault';
import type { Engine, Operator } from '../engine';
import { ConfigFailure } from '../failures';
import type { BadRecord } from '../quarantine';
import { badRecordOf, type PreparedSource } from './sources';
import { castsOnce, invalidRows } from './view';

/** What became of the records of one source's file. */
export interface SourceBooks {
  /** Rows that the scan handed on. */
  readonly delivered: number;
  /** Of these, the valid ones: what the query saw. */
  readonly accepted: number;
  /** Records that the scan could not read or cast. */
  readonly rejected: readonly BadRecord[];
}

interface Scan {
  readonly file: string;
  readonly delivered: number;
  /** Rows that passed the numberings above the scan, the nearest one last. */
  readonly numbered: readonly number[];
}

const FILE_FIELD = 'Filename(s)';

/** Every file scan of a profile. */
function scansOf(operator: Operator, numbered: readonly number[] = []): readonly Scan[] {
  const cardinality = operator.operator_cardinality ?? 0;
  const file = operator.extra_info?.[FILE_FIELD];
  if (typeof file === 'string') return [{ file, delivered: cardinality, numbered }];
  const above = operator.operator_type === 'STREAMING_WINDOW' ? [...numbered, cardinality] : numbered;
  return (operator.children ?? []).flatMap((child) => scansOf(child, above));
}

/**
 * Scans of one file that stand side by side in a query (it may read `input` twice) all saw the same rows: the longest
 * tells. A scan into which checks were pushed hands on fewer rows than it read; all that the file holds is then taken as
 * delivered, and whatever is missing must be found among the invalid.
 */
function longest(scans: readonly Scan[], prepared: PreparedSource): { delivered: number; accepted: number } {
  const own = scans.filter(({ file }) => file === prepared.file);
  const scanned = Math.max(0, ...own.map(({ delivered }) => delivered));
  const nth = castsOnce(prepared) ? -2 : -1;
  const accepted = Math.max(0, ...own.map(({ numbered }) => numbered.at(nth) ?? 0));
  if (!prepared.pushesFilters) return { delivered: scanned, accepted };
  return { delivered: prepared.checks.length > 0 ? prepared.expected : accepted, accepted };
}

/** The books of each source after the query ran. */
export async function booksOf(engine: Engine, prepared: readonly PreparedSource[]): Promise<readonly SourceBooks[]> {
  const scans = scansOf(await engine.profile());
  const rejects = await rejectsOf(engine);
  return prepared.map((one) => {
    const own = rejects.filter(({ file }) => file === one.file);
    return { ...longest(scans, one), rejected: own.length === 0 ? [] : locate(own, one) };
  });
}

interface Reject {
  readonly file: string;
  /** Where the line begins in the file. */
  readonly filed: number;
  readonly type: string;
  readonly reason: string;
  /** The first bad column. */
  readonly column: string;
}

/** What scans rejected: one entry per line of a file, with what is wrong with its first bad column. */
async function rejectsOf(engine: Engine): Promise<readonly Reject[]> {
  const tables = await engine.rows("SELECT 1 FROM duckdb_tables() WHERE table_name = 'reject_errors'");
  if (tables.length === 0) return [];
  const rows = await engine.rows(`SELECT file_path, line_byte_position - 1 AS filed, arg_min(error_message, column_idx) AS reason,
    arg_min(error_type, column_idx) AS type, arg_min(column_name, column_idx) AS column_name
    FROM reject_errors JOIN reject_scans USING (scan_id, file_id) GROUP BY ALL ORDER BY filed`);
  return rows.map((row) => ({
    file: String(row.file_path),
    filed: Number(row.filed),
    type: String(row.type),
    reason: String(row.reason),
    column: String(row.column_name),
  }));
}

/** A value that could not be cast is told in the validator's words. */
function faultOf({ type, reason, column }: Reject, { kinds }: PreparedSource): Fault {
  const kind = kinds?.get(column);
  if (type !== 'CAST') return new Fault('PARSE', reason);
  return new Fault('TYPE', kind === undefined ? reason : `column ${JSON.stringify(column)} must be ${kind}`);
}

function locate(rejects: readonly Reject[], prepared: PreparedSource): readonly BadRecord[] {
  const byPosition = new Map(prepared.filed().map((record) => [record.filed, record]));
  return rejects.flatMap((reject) => {
    const record = byPosition.get(reject.filed);
    return record ? [badRecordOf(prepared.source, record, faultOf(reject, prepared))] : [];
  });
}

/** The records that were read but are not valid; DuckDB numbers what it delivers, which is all but the rejected. */
export async function invalidOf(
  engine: Engine,
  prepared: PreparedSource,
  { rejected, delivered, accepted }: SourceBooks,
): Promise<readonly BadRecord[]> {
  if (delivered === accepted) return [];
  const rows = await engine.rows(invalidRows(prepared));
  if (rows.length !== delivered - accepted) throw unreadRows(delivered - accepted, rows.length);
  const rejectedNumbers = new Set(rejected.map(({ record }) => record));
  const candidates = prepared.filed().filter(({ record }) => !rejectedNumbers.has(record));
  return rows.flatMap((row) => {
    const record = candidates[Number(row.ordinal) - 1];
    const check = prepared.checks[Number(row.failed)];
    return record && check ? [badRecordOf(prepared.source, record, check.fault)] : [];
  });
}

const unreadRows = (missing: number, invalid: number): ConfigFailure =>
  new ConfigFailure(
    `the query left ${missing} records of its chunk unread, but only ${invalid} are not valid`,
    'a query must read every record of its chunk: take LIMIT out of it, and conditions that are never true',
  );
