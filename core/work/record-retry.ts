/** How often one record is tried, and the bounds of the pauses in between. */
export interface RetryRule {
  /** Tries, the first included. */
  readonly attempts: number;
  readonly baseMs: number;
  readonly maxMs: number;
  readonly onExhausted: 'fail' | 'skip';
}

export const DEFAULT_RETRY: RetryRule = { attempts: 5, baseMs: 200, maxMs: 30_000, onExhausted: 'fail' };

/** Rules by the name or the code of an error; the outer one is for errors that ask for another try themselves. */
export interface RetryRules extends Partial<RetryRule> {
  readonly byError?: Readonly<Record<string, Partial<RetryRule>>>;
}

/** An error as far as a rule looks at it. */
export interface RetriedError {
  readonly name: string;
  readonly code?: unknown;
  /** Whether it asks for another try by what it is. */
  readonly asks: boolean;
}

/** The rule for an error; undefined for one that no other try would mend. What a rule leaves out is as in the outer one. */
export function retryRuleOf({ byError = {}, ...outer }: RetryRules, { name, code, asks }: RetriedError): RetryRule | undefined {
  const named = [name, String(code)].find((key) => Object.hasOwn(byError, key));
  if (named !== undefined) return { ...DEFAULT_RETRY, ...outer, ...byError[named] };
  return asks ? { ...DEFAULT_RETRY, ...outer } : undefined;
}

/** Milliseconds to wait before retry n (1 = the first): exponential with full jitter; `random` is in [0, 1). */
export const retryPauseMs = ({ baseMs, maxMs }: RetryRule, retry: number, random: number): number =>
  Math.min(maxMs, baseMs * 2 ** (retry - 1)) * random;
