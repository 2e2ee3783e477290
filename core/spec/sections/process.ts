import { z } from 'zod';

export const Process = z.union([
  z.strictObject({ sql: z.string().min(1).describe('a SELECT over `input`, run by DuckDB on each chunk') }),
  z.strictObject({ module: z.string().min(1).describe('a TypeScript module that exports a function per record, relative to the spec') }),
  z.strictObject({
    command: z
      .array(z.string().min(1))
      .min(1)
      .describe('a program and its arguments, run in the folder of the specs: NDJSON on stdin and stdout'),
  }),
]);
