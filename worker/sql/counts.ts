import { CodeFailure, ConfigFailure } from '../failures';
import type { Outcome } from '../work';
import type { SourceBooks } from './books';
import type { Exported } from './export';
import type { PreparedSource } from './sources';
import type { RecordTrace } from './trace';
import { numbersBefore } from './view';

/** A query that has run over the sources of a chunk. */
export interface Done {
  readonly prepared: readonly PreparedSource[];
  readonly books: readonly SourceBooks[];
  readonly exported: Exported;
  readonly trace: RecordTrace | undefined;
}

/** What became of the records: seen in the rows where these carry their record's number, counted where no record can have two. */
export function countsOf({ prepared, books, exported, trace }: Done): Pick<Outcome, 'written' | 'filtered' | 'rows' | 'identity'> {
  const accepted = books.reduce((sum, one) => sum + one.accepted, 0);
  const { rows } = exported;
  if (rows > accepted) throw tooMany(rows, accepted);
  if (!trace) return { written: rows, filtered: accepted - rows, identity: 'computed' };
  const starts = numbersBefore(prepared);
  const filtered = books.reduce((sum, one, i) => sum + trace.missing(starts[i] ?? 0, (starts[i] ?? 0) + one.accepted), 0);
  const isWhole = trace.strays === 0 && trace.rows === rows && trace.records + filtered === accepted;
  if (!isWhole) throw unobserved(trace, { rows, accepted, filtered });
  return { written: trace.records, rows, filtered, identity: 'observed' };
}

const tooMany = (rows: number, accepted: number): ConfigFailure =>
  new ConfigFailure(
    `the query made ${rows} rows of ${accepted} records, allowed: at most as many rows as records`,
    'a query sees one chunk at a time: take joins and unnest that multiply records out of it',
  );

interface Told {
  readonly rows: number;
  readonly accepted: number;
  readonly filtered: number;
}

const unobserved = (trace: RecordTrace, { rows, accepted, filtered }: Told): CodeFailure =>
  new CodeFailure(
    `${rows} rows were written of ${accepted} records, but ${trace.rows} rows of ${trace.records} records were seen, ${trace.strays} of none, and ${filtered} records had no row`,
    'nothing of the chunk is published; the query as it was rewritten stands in the config of the job: report both',
  );
