import { z } from 'zod';
import { parseSize, SIZE_PATTERN } from '../units';

/**
 * A job spec as people write it in `jobs/<name>.yaml`; `docs/job.schema.json` is generated from it.
 * Parsing is idempotent: a parsed spec parses to itself, so it can be stored and read back.
 */

const size = z
  .union([z.number().int().positive(), z.string().regex(SIZE_PATTERN, 'expected a size such as 64MiB, 1GiB or 500MB')])
  .transform((text) => parseSize(text) ?? 0)
  .describe('bytes, or a size such as 64MiB');

const oneCharacter = z.string().length(1);

export const CsvDialect = z.strictObject({
  header: z.boolean().default(true).describe('whether the first record names the columns'),
  delimiter: oneCharacter.default(',').describe('one character'),
  quote: oneCharacter.default('"').describe('one character'),
  escape: oneCharacter.default('"').describe('the character before a quote inside a quoted field: the quote itself, or a backslash'),
  quotedNewlines: z.boolean().default(true).describe('whether a quoted field may contain line breaks'),
});
export type CsvDialect = z.infer<typeof CsvDialect>;

const Input = z.strictObject({
  prefix: z
    .string()
    .regex(/^[^/].*\/$/, 'expected a key prefix that ends with / and does not start with it')
    .describe('where files are dropped'),
  format: z.enum(['csv', 'tsv', 'jsonl', 'parquet']),
  csv: CsvDialect.optional().describe('how csv and tsv are written'),
  schema: z.string().optional().describe('JSON Schema of a record: types and validation, relative to the spec'),
});

const Process = z.union([
  z.strictObject({ sql: z.string().min(1).describe('a SELECT over `input`, run by DuckDB on each chunk') }),
  z.strictObject({ module: z.string().min(1).describe('a TypeScript module that exports a function per record, relative to the spec') }),
  z.strictObject({ command: z.array(z.string()).min(1).describe('a program: NDJSON on stdin, NDJSON on stdout') }),
]);

const Output = z.strictObject({
  format: z.enum(['parquet', 'jsonl', 'csv']),
  compression: z
    .enum(['zstd', 'snappy', 'gzip', 'none'])
    .optional()
    .describe('parquet: zstd (default), snappy or none; jsonl and csv: gzip or none (default)'),
  schema: z.string().optional().describe('JSON Schema of an output record, relative to the spec'),
});

const Errors = z.strictObject({
  skipLimit: z
    .union([z.number().int().nonnegative(), z.string().regex(/^\d+(\.\d+)?%$/, 'expected a count or a share such as 0.1%')])
    .default(0)
    .describe('how many bad records a run may quarantine and still be published: a count, or a share such as 0.1%'),
});

const Compute = z.strictObject({
  capacity: z.enum(['spot', 'on-demand']).default('spot'),
  architecture: z.enum(['arm64', 'x86_64']).default('arm64'),
  vcpu: z
    .union([z.literal('auto'), z.number().positive()])
    .default('auto')
    .describe('Fargate vCPU: 0.25, 0.5, 1, 2, 4, 8 or 16'),
  memory: z
    .union([z.literal('auto'), size])
    .default('auto')
    .describe('Fargate memory, e.g. 2GiB; it must be legal with the vCPU'),
});

export const JobSpec = z.strictObject({
  name: z.string().regex(/^[a-z][a-z0-9-]{0,30}$/, 'expected a lower-case letter, then up to 30 of a-z, 0-9 and -'),
  description: z.string().default(''),
  input: Input,
  chunk: z.strictObject({ bytes: z.union([z.literal('auto'), size]).default('auto') }).default({ bytes: 'auto' }),
  process: Process,
  output: Output,
  errors: Errors.default({ skipLimit: 0 }),
  compute: Compute.default({ capacity: 'spot', architecture: 'arm64', vcpu: 'auto', memory: 'auto' }),
});
export type JobSpec = z.infer<typeof JobSpec>;
