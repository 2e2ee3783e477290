/** What a processor module may know and use beside the record. */
export interface RecordContext extends ChunkContext {
  /** Number of the record within its chunk, from 0. */
  readonly record: number;
  /** Byte offset of the record in its object; for Parquet the row's number. */
  readonly offset: number;
  readonly object: { readonly bucket: string; readonly key: string; readonly versionId: string };
  /** 1 for the first try of this record, 2 for the next… */
  readonly attempt: number;
}

/** What a processor may use at any time of a chunk. */
export interface ChunkContext {
  /** Aborted when the worker is told to stop, when the chunk has failed, and for a record when its time is up. */
  readonly signal: AbortSignal;
  /** Adds to a number that stands in the run's report, summed over all chunks that count. @param by 1 when left out */
  count(name: string, by?: number): void;
}

/** A record as it is read or written: plain JSON values by column name. An empty field of a delimited file is null. */
export type DataRecord = Readonly<Record<string, unknown>>;

/** What becomes of a record: one row, several, or none. */
export type Answer<Output> = Output | readonly Output[] | null;

/** How often a record is tried and how long is waited between: a random time up to base × 2^n, and never more than max. */
export interface RetryRule {
  /** Tries of one record, the first included. @default 5 */
  readonly attempts?: number;
  /** Milliseconds. @default 200 */
  readonly baseMs?: number;
  /** Milliseconds. @default 30000 */
  readonly maxMs?: number;
  /** What follows the last try: the chunk fails and is tried again later, or the record goes to quarantine. @default fail */
  readonly onExhausted?: 'fail' | 'skip';
}

/** The rule for `RetryRecordError` and for time-outs; others are named by an error's `name` or `code`. */
export interface RetryRules extends RetryRule {
  /** Errors of libraries that deserve another try, such as `{ ECONNRESET: {}, ThrottlingException: { attempts: 10 } }`. */
  readonly byError?: Readonly<Record<string, RetryRule>>;
}

/** How many calls of `process` a task may make. */
export interface RateLimit {
  readonly perSecond: number;
  /** In all, over all chunks of a task; a chunk for which too few are left fails before it begins and is tried again by another task. */
  readonly perTask?: number;
}

/** A module under `processors/` exports one of these as its default. */
export interface ProcessorModule<Input = DataRecord, Output = DataRecord> {
  /** Called once per chunk, before its first record. */
  open?(context: ChunkContext): void | Promise<void>;
  /**
   * Answers the record to write, several of them, or null to filter it out. Throws `SkipRecordError` to quarantine it and
   * `RetryRecordError` to try it again.
   */
  process(record: Input, context: RecordContext): Answer<Output> | Promise<Answer<Output>>;
  /** Called once per chunk, after its last record or a failure. */
  close?(context: ChunkContext): void | Promise<void>;
  /** Records in flight at once, for functions that wait; rows keep the order of their records. @default 1 */
  readonly concurrency?: number;
  readonly rateLimit?: RateLimit;
  readonly retry?: RetryRules;
  /** Milliseconds that one try may take; only a function that waits can be timed. @default no limit */
  readonly timeoutMs?: number;
}

/** This record is bad, and the reason says why: it goes to quarantine and the chunk goes on. */
export class SkipRecordError extends Error {
  override readonly name = 'SkipRecordError';
}

/** This record may succeed at another try, after a pause. */
export class RetryRecordError extends Error {
  override readonly name = 'RetryRecordError';
}

/** Declares a processor, so that its records are checked by the compiler. */
export const defineProcessor = <Input = DataRecord, Output = DataRecord>(
  processor: ProcessorModule<Input, Output>,
): ProcessorModule<Input, Output> => processor;
