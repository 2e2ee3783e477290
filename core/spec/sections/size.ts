import { z } from 'zod';
import { parseSize, SIZE_PATTERN } from '../../units';

const SIZE = 'expected a size of at least one byte such as 64MiB, 1GiB or 500MB';

/** Bytes in a spec: a number or a text such as `64MiB`; parsing a parsed one changes nothing. */
export const size = z
  .union([z.number(SIZE).int().positive(SIZE), z.string(SIZE).regex(SIZE_PATTERN, { message: SIZE, abort: true })])
  .refine((text) => (parseSize(text) ?? 0) > 0, SIZE)
  .transform((text) => parseSize(text) ?? 0)
  .describe('bytes, or a size such as 64MiB');
