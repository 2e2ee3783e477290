import { z } from 'zod';

const SHARE_PATTERN = /^(\d{1,2}(\.\d+)?|100(\.0+)?)%$/;
const SHARE = 'expected a share from 0% to 100% such as 0.1%';

export const Errors = z.strictObject({
  skipLimit: z
    .union([z.number().int().nonnegative(), z.string(SHARE).regex(SHARE_PATTERN, SHARE)])
    .default(0)
    .describe('how many bad records a run may quarantine and still be published: a count, or a share such as 0.1%'),
});
