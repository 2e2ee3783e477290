import { type Refuse, refuse } from './refuse';

/** What the output section of a spec may not combine. */

interface OutputSection {
  readonly format: string;
  readonly compression?: string;
  readonly rowGroupSize?: number;
  readonly csv?: { readonly delimiter: string };
  readonly partitionBy?: readonly string[];
  readonly maxPartitions?: number;
  readonly schema?: string;
}

/** What each output format can be compressed with. */
const COMPRESSIONS: Readonly<Record<string, readonly string[]>> = {
  files: ['none'],
  parquet: ['zstd', 'snappy', 'gzip', 'none'],
  jsonl: ['gzip', 'zstd', 'none'],
  csv: ['gzip', 'zstd', 'none'],
  avro: ['deflate', 'none'],
};

const list = (words: readonly string[]): string =>
  words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;

export function checkOutput(output: OutputSection, context: Refuse): void {
  checkCompression(output, context);
  checkOptions(output, context);
  if (output.partitionBy) checkPartitions(output.partitionBy, output, context);
  else if (output.maxPartitions !== undefined) {
    refuse(context, ['maxPartitions'], `maxPartitions is for partitionBy, which is not there, received ${output.maxPartitions}`);
  }
}

function checkCompression({ format, compression }: OutputSection, context: Refuse): void {
  const allowed = COMPRESSIONS[format] ?? [];
  if (compression === undefined || allowed.includes(compression)) return;
  refuse(context, ['compression'], `expected ${list(allowed)} for ${format}, received "${compression}"`);
}

function checkOptions({ format, rowGroupSize, csv, schema }: OutputSection, context: Refuse): void {
  if (rowGroupSize !== undefined && format !== 'parquet') {
    refuse(context, ['rowGroupSize'], `rowGroupSize is for the format parquet, received format "${format}"`);
  }
  if (csv && format !== 'csv') refuse(context, ['csv'], `csv is for the format csv, received format "${format}"`);
  if (csv?.delimiter === '"') refuse(context, ['csv', 'delimiter'], 'expected another character than ", which quotes fields');
  if (format === 'avro' && schema === undefined) {
    refuse(context, ['schema'], 'avro is written by a schema: expected the path of the JSON Schema of an output record, received nothing');
  }
}

function checkPartitions(columns: readonly string[], { format }: OutputSection, context: Refuse): void {
  if (format === 'files') refuse(context, ['partitionBy'], 'files have no columns to be partitioned by, received format "files"');
  const twice = columns.find((column, index) => columns.indexOf(column) < index);
  if (twice !== undefined) refuse(context, ['partitionBy'], `expected each column once, received "${twice}" twice`);
}
