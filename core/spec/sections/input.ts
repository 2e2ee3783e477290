import { z } from 'zod';
import { formatBytes, GIB, MIB } from '../../units';
import { checkInput } from '../rules';
import { CsvDialect } from './csv';
import { Encoding } from './encoding';
import { size } from './size';

/** A longer record is taken for a mistake, such as a quote that is never closed. */
const DEFAULT_RECORD_BYTES = 16 * MIB;
/** A record must fit into the memory of a worker several times over. */
export const MAX_RECORD_BYTES = 256 * MIB;

/** Tables rarely shrink to a fiftieth; what is made to burst does by a thousand. */
const DEFAULT_EXPANSION_RATIO = 200;

export const Input = z
  .strictObject({
    prefix: z
      .string()
      .regex(/^[^/].*\/$/, 'expected a key prefix that ends with / and does not start with it')
      .describe('where files are dropped'),
    format: z
      .enum(['csv', 'tsv', 'jsonl', 'parquet', 'avro', 'files'])
      .describe('how dropped files are written; files: any bytes, each file handed whole to a command'),
    csv: CsvDialect.optional().describe('how csv and tsv are written'),
    schema: z.string().min(1).optional().describe('JSON Schema of a record: types and validation, relative to the spec'),
    compression: z
      .enum(['auto', 'none', 'gzip', 'zstd', 'bzip2'])
      .default('auto')
      .describe('what csv, tsv and jsonl files are compressed with; auto looks at each one'),
    encoding: Encoding.default('utf-8').describe('how csv, tsv and jsonl files are written; a file that is not UTF-8 is one chunk'),
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
