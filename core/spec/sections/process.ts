import { z } from 'zod';
import { duration } from './duration';
import { Lookups } from './lookups';

export const Process = z.union([
  z.strictObject({
    sql: z.string().min(1).describe('a SELECT over `input` that treats each record by itself, run by DuckDB on each chunk'),
    lookups: Lookups.optional().describe('read-only tables beside `input`: a name, and a file of the jobs folder or an s3 URI'),
  }),
  z.strictObject({ module: z.string().min(1).describe('a TypeScript module that exports a function per record, relative to the spec') }),
  z.strictObject({
    command: z
      .array(z.string().min(1))
      .min(1)
      .describe('a program and its arguments, run in the folder of the specs: NDJSON on stdin and stdout, or folders for format files'),
    timeout: duration
      .optional()
      .describe(
        'how long the program may be silent while records wait; for format files, how long it may take: 5m where the spec says nothing',
      ),
  }),
]);
