import type { JobRetry } from './shapes';

/** How an attempt failed, in the words that the rules match. */
export interface Failure {
  readonly statusReason: string;
  readonly reason?: string;
  readonly exitCode?: number;
}

type Rule = JobRetry['evaluateOnExit'][number];

/** A trailing star matches any rest; a value that is absent matches the bare star only. */
function matches(pattern: string | undefined, value: string): boolean {
  if (pattern === undefined) return true;
  return pattern.endsWith('*') ? value.startsWith(pattern.slice(0, -1)) : value === pattern;
}

const applies = (rule: Rule, failure: Failure): boolean =>
  matches(rule.onExitCode, String(failure.exitCode ?? '')) &&
  matches(rule.onReason, failure.reason ?? '') &&
  matches(rule.onStatusReason, failure.statusReason);

/** Whether Batch tries again after attempt number `attempt`: the first rule that matches says so, and no match means yes. */
export function triesAgain({ attempts, evaluateOnExit }: JobRetry, attempt: number, failure: Failure): boolean {
  if (attempt >= attempts) return false;
  return evaluateOnExit.find((rule) => applies(rule, failure))?.action !== 'EXIT';
}
