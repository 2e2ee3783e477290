import { z } from 'zod';
import { duration } from './duration';

const SHARE_PATTERN = /^(\d{1,2}(\.\d+)?|100(\.0+)?)%$/;
const SHARE = 'expected a share from 0% to 100% such as 0.1%';
const share = z.string(SHARE).regex(SHARE_PATTERN, SHARE);

/** Classes that another attempt may help; CONFIG and CANCELLED end a run at once. */
export const RetriedClass = z.enum(['SPOT', 'HOST', 'IMAGE', 'THROTTLE', 'TIMEOUT', 'OOM', 'DATA', 'CODE', 'UNKNOWN']);

/** A chunk that cannot be done in so many attempts will not be done in more. */
const MOST_ATTEMPTS = 30;
/** Records that one crash may take along: they are set aside unread, so few. */
const MOST_SUSPECTS = 1000;

const RetryRule = z.strictObject({
  attempts: z.number().int().min(1).max(MOST_ATTEMPTS).optional().describe('failures of this class that one chunk may have'),
  base: duration.optional().describe('the pause before the first retry, doubled for each further one, e.g. 2s'),
  max: duration.optional().describe('the longest pause, e.g. 2m'),
});

export const Errors = z.strictObject({
  skipLimit: z
    .union([z.number().int().nonnegative(), share])
    .default(0)
    .describe('how many bad records a run may quarantine and still be published: a count, or a share such as 0.1%'),
  retry: z
    .partialRecord(RetriedClass, RetryRule)
    .default({})
    .describe('what another attempt may cost, by class of failure; what is not said stays as it is by default'),
  bisect: z
    .union([
      z.literal(false),
      z.strictObject({
        maxRecords: z.number().int().min(1).max(MOST_SUSPECTS).default(1).describe('records that may be set aside together'),
      }),
    ])
    .default({ maxRecords: 1 })
    .describe('how a chunk that keeps failing is cut down to the records that are to blame, or false'),
  systemic: share.default('20%').describe('a run ends at once when more of its chunks fail with one class, and at least three'),
});
