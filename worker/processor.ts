/** What a processor module may know and use beside the record. */
export interface RecordContext {
  /** Number of the record within its chunk, from 0. */
  readonly record: number;
  /** Byte offset of the record in its object; for Parquet the row's number. */
  readonly offset: number;
  readonly object: { readonly bucket: string; readonly key: string; readonly versionId: string };
}

/** A record as it is read or written: plain JSON values by column name. An empty field of a delimited file is null. */
export type DataRecord = Readonly<Record<string, unknown>>;

/** A module under `processors/` exports one of these as its default. */
export interface ProcessorModule<Input = DataRecord, Output = DataRecord> {
  /** Called once per chunk, before its first record. */
  open?(): void | Promise<void>;
  /** Answers the record to write, or null to filter it out; throw `SkipRecordError` to quarantine it. */
  process(record: Input, context: RecordContext): Output | null | Promise<Output | null>;
  /** Called once per chunk, after its last record or a failure. */
  close?(): void | Promise<void>;
}

/** This record is bad, and the reason says why: it goes to quarantine and the chunk goes on. */
export class SkipRecordError extends Error {
  override readonly name = 'SkipRecordError';
}

/** Declares a processor, so that its records are checked by the compiler. */
export const defineProcessor = <Input = DataRecord, Output = DataRecord>(
  processor: ProcessorModule<Input, Output>,
): ProcessorModule<Input, Output> => processor;
