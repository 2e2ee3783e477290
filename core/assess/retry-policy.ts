import type { FailureClass } from '../failures';
import type { JobSpec } from '../spec/schema';

export interface RetryRule {
  /** Failures of this class that one chunk may have before it is cut or the run gives up. */
  readonly attempts: number;
  /** Seconds before the first retry; doubled for each further one. 0 = at once. */
  readonly baseSeconds: number;
  readonly maxSeconds: number;
}

export type RetryRules = Readonly<Record<FailureClass, RetryRule>>;

const platform: RetryRule = { attempts: 6, baseSeconds: 2, maxSeconds: 120 };
const user: RetryRule = { attempts: 2, baseSeconds: 0, maxSeconds: 0 };
const never: RetryRule = { attempts: 1, baseSeconds: 0, maxSeconds: 0 };
/** Beyond the ladder of memory sizes and the cuts that follow at its top. */
const memory: RetryRule = { attempts: 30, baseSeconds: 0, maxSeconds: 0 };

/** What a round of work may still hope for, by class; Batch itself has already retried SPOT, HOST and IMAGE where it could. */
export const RETRY_RULES: RetryRules = {
  SPOT: { attempts: 20, baseSeconds: 0, maxSeconds: 0 },
  HOST: platform,
  IMAGE: platform,
  THROTTLE: platform,
  TIMEOUT: { attempts: 3, baseSeconds: 0, maxSeconds: 0 },
  OOM: memory,
  DATA: user,
  CODE: user,
  CONFIG: never,
  CANCELLED: never,
  UNKNOWN: { attempts: 3, baseSeconds: 2, maxSeconds: 60 },
};

/** A pause that only one of its two bounds was given for must not end below where it begins. */
function ruleOf(rule: RetryRule, said: NonNullable<JobSpec['errors']['retry']['HOST']>): RetryRule {
  const baseSeconds = said.base ?? rule.baseSeconds;
  return { attempts: said.attempts ?? rule.attempts, baseSeconds, maxSeconds: said.max ?? Math.max(rule.maxSeconds, baseSeconds) };
}

/** The rules of a job: the defaults, and what its spec says instead. */
export function retryRulesOf({ retry }: Pick<JobSpec['errors'], 'retry'>): RetryRules {
  const said = Object.entries(retry).map(([cause, rule]) => [cause, ruleOf(RETRY_RULES[cause as FailureClass], rule)]);
  return { ...RETRY_RULES, ...Object.fromEntries(said) };
}

/** Seconds to wait before retry n (1 = the first): exponential with full jitter; `random` is in [0, 1). */
export function backoffSeconds(rule: RetryRule, retry: number, random: number): number {
  const ceiling = Math.min(rule.maxSeconds, rule.baseSeconds * 2 ** (retry - 1));
  return Math.ceil(ceiling * random);
}
