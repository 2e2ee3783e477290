import { z } from 'zod';
import { size } from './size';

export const Chunk = z.strictObject({
  bytes: z
    .union([z.literal('auto'), size])
    .default('auto')
    .describe('how much input is processed, committed and retried as one, e.g. 64MiB'),
});
