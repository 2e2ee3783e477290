import { createHash } from 'node:crypto';
import { matches } from './errors';

/** A retrier of a state, with the language's defaults filled in. */
export interface Retrier {
  readonly ErrorEquals: readonly string[];
  readonly IntervalSeconds: number;
  readonly MaxAttempts: number;
  readonly BackoffRate: number;
  readonly MaxDelaySeconds?: number | undefined;
  readonly JitterStrategy: 'NONE' | 'FULL';
}

/** A number in [0, 1) that belongs to a name: jitter that is the same after a restart without being written down. */
export const fractionOf = (name: string): number => createHash('sha256').update(name).digest().readUInt32BE() / 2 ** 32;

/**
 * Seconds until the next attempt after these failures, the last one included; undefined when there is none.
 * Every retrier counts only the failures that it is the first to match.
 */
export function retryDelay(retriers: readonly Retrier[], failures: readonly string[], fraction: number): number | undefined {
  const first = (error: string): Retrier | undefined => retriers.find(({ ErrorEquals }) => matches(ErrorEquals, error));
  const retrier = first(failures.at(-1) ?? '');
  if (!retrier) return undefined;
  const count = failures.filter((error) => first(error) === retrier).length;
  if (count > retrier.MaxAttempts) return undefined;
  const full = Math.min(retrier.IntervalSeconds * retrier.BackoffRate ** (count - 1), retrier.MaxDelaySeconds ?? Number.POSITIVE_INFINITY);
  return retrier.JitterStrategy === 'FULL' ? full * fraction : full;
}
