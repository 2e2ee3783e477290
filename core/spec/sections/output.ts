import { z } from 'zod';
import { checkOutput } from '../output-rules';

/** DuckDB's vectors have 2048 rows, and row groups are whole vectors; a row group is held in memory before it is written. */
const ROW_GROUP_ROWS = { least: 2048, most: 10_000_000 } as const;

/** Each is an upload, a part in the marker and a file that readers open. */
export const PARTITIONS = { usual: 1000, most: 10_000 } as const;

export const Output = z
  .strictObject({
    format: z
      .enum(['parquet', 'jsonl', 'csv', 'avro', 'files'])
      .describe('how parts are written; files: as the command wrote them; avro needs a schema'),
    compression: z
      .enum(['zstd', 'snappy', 'gzip', 'deflate', 'none'])
      .optional()
      .describe(
        'parquet: zstd (default), snappy, gzip or none; jsonl and csv: gzip, zstd or none (default); avro: deflate (default) or none',
      ),
    rowGroupSize: z
      .number()
      .int()
      .min(ROW_GROUP_ROWS.least)
      .max(ROW_GROUP_ROWS.most)
      .optional()
      .describe('parquet: rows of a row group, 122,880 where it is not given'),
    csv: z
      .strictObject({
        header: z.boolean().default(true).describe('whether every part begins with the names of its columns'),
        delimiter: z
          .string()
          .regex(/^[\t -~]$/, 'expected one ASCII character that is no line break')
          .default(',')
          .describe('one ASCII character'),
        escapeFormulas: z
          .boolean()
          .default(true)
          .describe('whether a text that a spreadsheet would take for a formula gets an apostrophe; false for CSV that only programs read'),
      })
      .optional()
      .describe('how csv is written'),
    partitionBy: z
      .array(z.string().min(1))
      .min(1)
      .optional()
      .describe('columns whose values become folders, as in country=DE/year=2024/; they are left out of the files'),
    maxPartitions: z
      .number()
      .int()
      .positive()
      .max(PARTITIONS.most)
      .optional()
      .describe(`how many partitions one chunk may write, at most ${PARTITIONS.most}; ${PARTITIONS.usual} where it is not given`),
    schema: z.string().min(1).optional().describe('JSON Schema of an output record, relative to the spec'),
  })
  .superRefine(checkOutput);
export type Output = z.infer<typeof Output>;
