import type { BadRecord } from '../quarantine';
import type { Check } from '../schema/checks';
import type { ColumnKind } from '../schema/columns';
import type { Source } from '../work';

/** A record as it lies in the file that DuckDB reads. */
export interface FiledRecord {
  /** Number within the chunk, from 0. */
  readonly record: number;
  /** Offset in the object. */
  readonly offset: number;
  /** Offset in DuckDB's file. */
  readonly filed: number;
  readonly raw: Buffer;
}

/** A source as DuckDB can scan it. */
export interface PreparedSource {
  readonly source: Source;
  readonly file: string;
  /** What DuckDB reads, to stand after FROM; `noting` what it rejects, or just leaving that out. */
  reader(noting: boolean): string;
  /** Casts that columns and checks share, with their aliases. @default - none */
  readonly casts?: readonly string[];
  /** The typed columns of what the reader gives. */
  readonly columns: string;
  /** What a row must meet beyond what the reader refuses. */
  readonly checks: readonly Check[];
  /** Kinds of the columns that the reader casts, by name. */
  readonly kinds?: ReadonlyMap<string, ColumnKind>;
  /** Whether the engine could push a query's filter into the scan, which would hide how many rows there were. */
  readonly pushesFilters: boolean;
  /** Records that never reached DuckDB's file. */
  readonly bad: readonly BadRecord[];
  /** Records that did, in order, made when asked for. */
  filed(): readonly FiledRecord[];
  /** How many did. */
  readonly expected: number;
}
