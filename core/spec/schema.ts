import { z } from 'zod';
import { checkJob } from './rules';
import { Chunk } from './sections/chunk';
import { Compute } from './sections/compute';
import { Errors } from './sections/errors';
import { Input } from './sections/input';
import { Output } from './sections/output';
import { Process } from './sections/process';
import { Quality } from './sections/quality';

/**
 * A job spec as people write it in `jobs/<name>.yaml`; `docs/job.schema.json` is generated from it.
 * Parsing is idempotent: a parsed spec parses to itself, so it can be stored and read back.
 */

export const JobSpec = z
  .strictObject({
    name: z
      .string()
      .regex(/^[a-z][a-z0-9-]{0,30}$/, 'expected a lower-case letter, then up to 30 of a-z, 0-9 and -')
      .describe('the name of the file without .yaml'),
    description: z.string().default('').describe('for people'),
    input: Input.describe('what is read'),
    chunk: Chunk.default({ bytes: 'auto' }).describe('the unit of commit, retry and skip'),
    process: Process.describe('what is done to the records: exactly one of sql, module and command'),
    output: Output.describe('what is published'),
    quality: Quality.optional().describe('rules that the output must keep to be published'),
    verify: z
      .enum(['standard', 'deep'])
      .default('standard')
      .describe('how delivered parts are checked: size, checksum and rows, or deep: all of their bytes are read again as well'),
    errors: Errors.default(Errors.parse({})).describe('what happens to bad records'),
    compute: Compute.default(Compute.parse({})).describe('what a task runs on'),
  })
  .superRefine(checkJob);
export type JobSpec = z.infer<typeof JobSpec>;
