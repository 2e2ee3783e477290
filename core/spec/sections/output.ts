import { z } from 'zod';
import { checkOutput } from '../rules';

export const Output = z
  .strictObject({
    format: z.enum(['parquet', 'jsonl', 'csv', 'files']).describe('how parts are written; files: as the command wrote them'),
    compression: z
      .enum(['zstd', 'snappy', 'gzip', 'none'])
      .optional()
      .describe('parquet: zstd (default), snappy or none; jsonl and csv: gzip or none (default)'),
    schema: z.string().min(1).optional().describe('JSON Schema of an output record, relative to the spec'),
  })
  .superRefine(checkOutput);
