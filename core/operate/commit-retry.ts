import type { Phase } from './run-phase';

/** Waits double from this to the longest: S3 has had outages of hours, and each call costs a fraction of a cent. */
const FIRST_WAIT_SECONDS = 15;
const MAX_WAIT_SECONDS = 30 * 60;

/** Calls after which a run that could not be decided is discarded: with the waits in between, about an hour. Nothing of it is visible, and a redrive goes on from it. */
export const MAX_UNDECIDED_TRIES = 8;

/**
 * Calls after which an execution leaves a run that is being published to the sweep, which starts another: about two days,
 * and below 5,000 of the 25,000 events that the history of an execution may have.
 */
export const MAX_PUBLISHING_TRIES = 100;

/** Whether what cannot be decided is to be discarded. */
export const hasGivenUp = (tries = 0): boolean => tries >= MAX_UNDECIDED_TRIES;

/** How Commit is called again after so many calls that failed; undefined when this execution has done what it can. */
export function planCommitRetry(phase: Phase, tries: number): { readonly tries: number; readonly waitSeconds: number } | undefined {
  const most = phase === 'undecided' ? MAX_UNDECIDED_TRIES : MAX_PUBLISHING_TRIES;
  if (tries >= most) return undefined;
  return { tries: tries + 1, waitSeconds: Math.min(MAX_WAIT_SECONDS, FIRST_WAIT_SECONDS * 2 ** Math.min(tries, 10)) };
}
