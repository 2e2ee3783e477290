import { z } from 'zod';
import { size } from './size';

/** Keeps a marker, which lists every object that its chunk read, far below a megabyte. */
export const MAX_FILES_OF_CHUNK = 1000;

export const Chunk = z.strictObject({
  bytes: z
    .union([z.literal('auto'), size])
    .default('auto')
    .describe('how much input is processed, committed and retried as one, e.g. 64MiB'),
  files: z
    .int()
    .min(1)
    .max(MAX_FILES_OF_CHUNK, `expected at most ${MAX_FILES_OF_CHUNK}, so that the record of a chunk stays small`)
    .optional()
    .describe('for format files: how many files are handed to one call of the command; 100 where the spec says nothing'),
});
