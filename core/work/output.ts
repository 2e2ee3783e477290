import type { CsvDialect } from '../spec/sections/csv';
import { type Output, PARTITIONS } from '../spec/sections/output';

/** How rows are written; `files` holds none. */
export type RowFormat = Exclude<Output['format'], 'files'>;

/** The format of an output that rows are written to. */
export function rowFormatOf({ format }: Output): RowFormat {
  if (format === 'files') throw new RangeError('output.format is files, which holds no rows, allowed: parquet, jsonl, csv or avro');
  return format;
}

type Compression = NonNullable<Output['compression']>;

const USUAL_COMPRESSION: Readonly<Record<Output['format'], Compression>> = {
  parquet: 'zstd',
  avro: 'deflate',
  jsonl: 'none',
  csv: 'none',
  files: 'none',
};

/** What an output file is compressed with; text is plain unless the spec says otherwise. */
export const compressionOf = ({ format, compression }: Output): Compression => compression ?? USUAL_COMPRESSION[format];

/** What compresses a text file as a whole; the other formats are compressed inside. */
export function textCompressionOf(output: Output): 'gzip' | 'zstd' | undefined {
  if (output.format !== 'jsonl' && output.format !== 'csv') return undefined;
  const compression = compressionOf(output);
  return compression === 'gzip' || compression === 'zstd' ? compression : undefined;
}

const ENDINGS = { gzip: '.gz', zstd: '.zst' } as const;

/** How the name of a part ends: `parquet`, `jsonl`, `csv.gz`… */
export function partExtension(output: Output): string {
  const compression = textCompressionOf(output);
  return compression ? `${output.format}${ENDINGS[compression]}` : output.format;
}

const CONTENT_TYPES = {
  parquet: 'application/vnd.apache.parquet',
  jsonl: 'application/x-ndjson',
  csv: 'text/csv',
  avro: 'application/avro',
  files: 'application/octet-stream',
} as const;

/** The media type that a part is stored with. */
export function contentTypeOf(output: Output): string {
  const compression = textCompressionOf(output);
  return compression ? `application/${compression}` : CONTENT_TYPES[output.format];
}

/** How CSV is written. */
export const csvOutputOf = ({ csv }: Output): NonNullable<Output['csv']> => csv ?? { header: true, delimiter: ',', escapeFormulas: true };

/** How a CSV part is read back. */
export function outputDialect(output: Output): CsvDialect {
  const { header, delimiter } = csvOutputOf(output);
  return { header, delimiter, quote: '"', escape: '"', quotedNewlines: true };
}

/** How many partitions a chunk may write. */
export const maxPartitionsOf = ({ maxPartitions }: Output): number => maxPartitions ?? PARTITIONS.usual;
