import type { JobSpec } from './spec/schema';

type Output = JobSpec['output'];

/** How rows are written; `files` holds none. */
export type RowFormat = Exclude<Output['format'], 'files'>;

/** The format of an output that rows are written to. */
export function rowFormatOf({ format }: Output): RowFormat {
  if (format === 'files') throw new RangeError('output.format is files, which holds no rows, allowed: parquet, jsonl or csv');
  return format;
}

/** What an output file is compressed with; text is plain unless the spec says otherwise. */
export const compressionOf = ({ format, compression }: Output): 'zstd' | 'snappy' | 'gzip' | 'none' =>
  compression ?? (format === 'parquet' ? 'zstd' : 'none');

/** How the name of a part ends: `parquet`, `jsonl`, `csv.gz`… */
export const partExtension = (output: Output): string =>
  output.format !== 'parquet' && compressionOf(output) === 'gzip' ? `${output.format}.gz` : output.format;

const CONTENT_TYPES = {
  parquet: 'application/vnd.apache.parquet',
  jsonl: 'application/x-ndjson',
  csv: 'text/csv',
  files: 'application/octet-stream',
} as const;

/** The media type that a part is stored with. */
export const contentTypeOf = (output: Output): string =>
  partExtension(output).endsWith('.gz') ? 'application/gzip' : CONTENT_TYPES[output.format];
