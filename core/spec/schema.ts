import { z } from 'zod';
import { formatBytes, GIB, MIB, parseSize, SIZE_PATTERN } from '../units';
import { checkCompute, checkInput, checkOutput } from './rules';

/**
 * A job spec as people write it in `jobs/<name>.yaml`; `docs/job.schema.json` is generated from it.
 * Parsing is idempotent: a parsed spec parses to itself, so it can be stored and read back.
 */

const SIZE = 'expected a size of at least one byte such as 64MiB, 1GiB or 500MB';

const size = z
  .union([z.number(SIZE).int().positive(SIZE), z.string(SIZE).regex(SIZE_PATTERN, { message: SIZE, abort: true })])
  .refine((text) => (parseSize(text) ?? 0) > 0, SIZE)
  .transform((text) => parseSize(text) ?? 0)
  .describe('bytes, or a size such as 64MiB');

const oneCharacter = z.string().regex(/^[^\r\n]$/, 'expected one character that is no line break');

export const CsvDialect = z.strictObject({
  header: z.boolean().default(true).describe('whether the first record names the columns'),
  delimiter: oneCharacter.default(',').describe('one character'),
  quote: oneCharacter.default('"').describe('one character'),
  escape: oneCharacter.default('"').describe('the character before a quote inside a quoted field: the quote itself, or a backslash'),
  quotedNewlines: z.boolean().default(true).describe('whether a quoted field may contain line breaks'),
});
export type CsvDialect = z.infer<typeof CsvDialect>;

/** A longer record is taken for a mistake, such as a quote that is never closed. */
const DEFAULT_RECORD_BYTES = 16 * MIB;
/** A record must fit into the memory of a worker several times over. */
export const MAX_RECORD_BYTES = 256 * MIB;

/** Tables rarely shrink to a fiftieth; what is made to burst does by a thousand. */
const DEFAULT_EXPANSION_RATIO = 200;

const Input = z
  .strictObject({
    prefix: z
      .string()
      .regex(/^[^/].*\/$/, 'expected a key prefix that ends with / and does not start with it')
      .describe('where files are dropped'),
    format: z.enum(['csv', 'tsv', 'jsonl', 'parquet', 'avro']).describe('how dropped files are written'),
    csv: CsvDialect.optional().describe('how csv and tsv are written'),
    schema: z.string().min(1).optional().describe('JSON Schema of a record: types and validation, relative to the spec'),
    compression: z
      .enum(['auto', 'none', 'gzip', 'zstd', 'bzip2'])
      .default('auto')
      .describe('what csv, tsv and jsonl files are compressed with; auto looks at each one'),
    maxExpandedBytes: size.default(GIB).describe('how large a compressed file may become, e.g. 1GiB'),
    maxExpansionRatio: z
      .number()
      .positive()
      .default(DEFAULT_EXPANSION_RATIO)
      .describe('how many times larger than it is stored a compressed file may become; for files that become larger than 1 MiB'),
    maxRecordBytes: size
      .refine((bytes) => bytes <= MAX_RECORD_BYTES, {
        error: ({ input }) =>
          `expected at most ${formatBytes(MAX_RECORD_BYTES)}, which a worker can hold, received ${formatBytes(Number(input))}`,
      })
      .default(DEFAULT_RECORD_BYTES)
      .describe('a longer record fails the run, e.g. 16MiB; at most 256MiB'),
  })
  .superRefine(checkInput);

const Process = z.union([
  z.strictObject({ sql: z.string().min(1).describe('a SELECT over `input`, run by DuckDB on each chunk') }),
  z.strictObject({ module: z.string().min(1).describe('a TypeScript module that exports a function per record, relative to the spec') }),
  z.strictObject({
    command: z
      .array(z.string().min(1))
      .min(1)
      .describe('a program and its arguments, run in the folder of the specs: NDJSON on stdin and stdout'),
  }),
]);

const Output = z
  .strictObject({
    format: z.enum(['parquet', 'jsonl', 'csv']).describe('how parts are written'),
    compression: z
      .enum(['zstd', 'snappy', 'gzip', 'none'])
      .optional()
      .describe('parquet: zstd (default), snappy or none; jsonl and csv: gzip or none (default)'),
    schema: z.string().min(1).optional().describe('JSON Schema of an output record, relative to the spec'),
  })
  .superRefine(checkOutput);

const SHARE_PATTERN = /^(\d{1,2}(\.\d+)?|100(\.0+)?)%$/;
const SHARE = 'expected a share from 0% to 100% such as 0.1%';

const Errors = z.strictObject({
  skipLimit: z
    .union([z.number().int().nonnegative(), z.string(SHARE).regex(SHARE_PATTERN, SHARE)])
    .default(0)
    .describe('how many bad records a run may quarantine and still be published: a count, or a share such as 0.1%'),
});

const Compute = z
  .strictObject({
    capacity: z.enum(['spot', 'on-demand']).default('spot').describe('Fargate Spot, or on-demand at full price'),
    architecture: z.enum(['arm64', 'x86_64']).default('arm64').describe('of the worker image'),
    vcpu: z
      .union([z.literal('auto'), z.number().positive()])
      .default('auto')
      .describe('Fargate vCPU: 0.25, 0.5, 1, 2, 4, 8 or 16'),
    memory: z
      .union([z.literal('auto'), size])
      .default('auto')
      .describe('Fargate memory, e.g. 2GiB; it must be legal with the vCPU'),
  })
  .superRefine(checkCompute);

const Chunk = z.strictObject({
  bytes: z
    .union([z.literal('auto'), size])
    .default('auto')
    .describe('how much input is processed, committed and retried as one, e.g. 64MiB'),
});

export const JobSpec = z.strictObject({
  name: z
    .string()
    .regex(/^[a-z][a-z0-9-]{0,30}$/, 'expected a lower-case letter, then up to 30 of a-z, 0-9 and -')
    .describe('the name of the file without .yaml'),
  description: z.string().default('').describe('for people'),
  input: Input.describe('what is read'),
  chunk: Chunk.default({ bytes: 'auto' }).describe('the unit of commit, retry and skip'),
  process: Process.describe('what is done to the records: exactly one of sql, module and command'),
  output: Output.describe('what is published'),
  errors: Errors.default({ skipLimit: 0 }).describe('what happens to bad records'),
  compute: Compute.default({ capacity: 'spot', architecture: 'arm64', vcpu: 'auto', memory: 'auto' }).describe('what a task runs on'),
});
export type JobSpec = z.infer<typeof JobSpec>;
