import { z } from 'zod';

/** Why work failed, named for the policy that follows (see `docs/failures.md`). */
export const FailureClass = z.enum([
  'SPOT',
  'HOST',
  'IMAGE',
  'THROTTLE',
  'TIMEOUT',
  'OOM',
  'DATA',
  'CODE',
  'CONFIG',
  'CANCELLED',
  'UNKNOWN',
]);
export type FailureClass = z.infer<typeof FailureClass>;
