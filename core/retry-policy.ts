import type { FailureClass } from './failures';

export interface RetryRule {
  /** Failures of this class that one chunk may have before the run gives up. */
  readonly attempts: number;
  /** Seconds before the first retry; doubled for each further one. 0 = at once. */
  readonly baseSeconds: number;
  readonly maxSeconds: number;
}

const platform: RetryRule = { attempts: 6, baseSeconds: 2, maxSeconds: 120 };
const user: RetryRule = { attempts: 2, baseSeconds: 0, maxSeconds: 0 };
const never: RetryRule = { attempts: 1, baseSeconds: 0, maxSeconds: 0 };

/** What a round of work may still hope for, by class; SPOT, HOST and IMAGE were already retried by Batch itself. */
export const RETRY_RULES: Readonly<Record<FailureClass, RetryRule>> = {
  SPOT: { attempts: 6, baseSeconds: 0, maxSeconds: 0 },
  HOST: platform,
  IMAGE: platform,
  THROTTLE: platform,
  TIMEOUT: { attempts: 3, baseSeconds: 0, maxSeconds: 0 },
  OOM: { attempts: 6, baseSeconds: 0, maxSeconds: 0 },
  DATA: user,
  CODE: user,
  CONFIG: never,
  CANCELLED: never,
  UNKNOWN: { attempts: 3, baseSeconds: 2, maxSeconds: 60 },
};

/** Seconds to wait before retry n (1 = the first): exponential with full jitter; `random` is in [0, 1). */
export function backoffSeconds(rule: RetryRule, retry: number, random: number): number {
  const ceiling = Math.min(rule.maxSeconds, rule.baseSeconds * 2 ** (retry - 1));
  return Math.ceil(ceiling * random);
}
