import type { Fault } from '../../core/fault';
import type { BadRecord } from '../quarantine';
import { keepText } from '../rows/text-place';
import type { Check } from '../schema/checks';
import type { ColumnKind } from '../schema/columns';
import type { Source } from '../work';

/** A record as it lies in the file that DuckDB reads. */
export interface FiledRecord {
  /** Number within the chunk, from 0. */
  readonly record: number;
  /** Offset in DuckDB's file. */
  readonly filed: number;
  /** In the source's bytes, as `end`; of Parquet the row's number in the file. */
  readonly start: number;
  readonly end: number;
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

/** The record as quarantine takes it. Rows of Parquet have no bytes of their own. */
export function badRecordOf(source: Source, place: Pick<FiledRecord, 'record' | 'start' | 'end'>, fault: Fault): BadRecord {
  const kept = source.kind === 'text' ? keepText(source, place) : { offset: place.start, raw: Buffer.alloc(0) };
  return { object: source.object, record: place.record, fault, ...kept };
}
