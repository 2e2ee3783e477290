import type { TraceNames } from '../../core/query/trace';
import { type Engine, identifier } from '../engine';

const FUNCTION = 'batchwright_seen';

/** Which records the rows of a query belong to, as they pass by on their way to the part. */
export class RecordTrace {
  /** One more than the largest number of a record. */
  private readonly seen: Uint8Array;
  /** Rows that passed. */
  rows = 0;
  /** Records that have a row. */
  records = 0;
  /** Rows that belong to no record. */
  strays = 0;

  constructor(records: number) {
    this.seen = new Uint8Array(records + 1);
  }

  see(records: Int32Array): void {
    const { seen } = this;
    let [known, strays] = [0, 0];
    for (const record of records) {
      if (record < 1 || record >= seen.length) strays += 1;
      else if (seen[record] === 0) {
        seen[record] = 1;
        known += 1;
      }
    }
    this.rows += records.length;
    this.records += known;
    this.strays += strays;
  }

  /** How many of the records (first, last] have no row. */
  missing(first: number, last: number): number {
    let missing = 0;
    for (let record = first + 1; record <= last; record++) if (this.seen[record] !== 1) missing += 1;
    return missing;
  }
}

/** The query whose rows are shown to a trace; 0 is no record. The function stands in the select list, because a condition would be moved beneath joins. */
export function observedQuery(
  engine: Engine,
  sql: string,
  { trace, names }: { readonly trace: RecordTrace; readonly names: TraceNames },
): string {
  engine.observe(FUNCTION, (records) => trace.see(records));
  const [record, seen] = [identifier(names.column), identifier(`${names.column}_seen`)];
  return `SELECT * EXCLUDE (${record}, ${seen}) FROM (SELECT *, ${FUNCTION}(coalesce(${record}, 0)) AS ${seen} FROM (${sql}\n)) WHERE ${seen}`;
}
