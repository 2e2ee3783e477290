import { z } from 'zod';
import { DURATION_PATTERN, parseDuration } from '../../units';

const DURATION = 'expected a duration above zero such as 30s, 5m or 1h';

/** Seconds in a spec: a number or a text such as `5m`; parsing a parsed one changes nothing. */
export const duration = z
  .union([z.number(DURATION).positive(DURATION), z.string(DURATION).regex(DURATION_PATTERN, { message: DURATION, abort: true })])
  .refine((text) => (parseDuration(text) ?? 0) > 0, DURATION)
  .transform((text) => parseDuration(text) ?? 0)
  .describe('seconds, or a duration such as 5m');
