import type { Failure, Round } from '../contracts';
import { createFailure, type FailureClass, HINTS } from '../failures';

/** Step Functions ends an execution whose history has more events. */
export const HISTORY_EVENTS = 25_000;

/** Map entered, started, succeeded and left; Assess entered, scheduled, started, succeeded and left; two for Decide, two for Backoff. */
const EVENTS_OF_ROUND = 13;
/** Of one array in the Map: iteration started, Submit entered, scheduled, started, submitted, succeeded and left, iteration succeeded. */
const EVENTS_OF_ARRAY = 8;
/** Plan, Commit, Report and the end may be called several times, and every call of a step repeated when Lambda is at fault. */
const EVENTS_KEPT_BACK = 5_000;

/** More rounds than any fault takes to heal or to isolate: the ladder of memory, the levels of a cut and the chain in a row are under 40. */
export const MAX_ROUNDS = 200;

/** Events that rounds of so many arrays leave in the history of their execution. */
export const eventsOf = (rounds: readonly Pick<Round, 'arrays'>[]): number =>
  rounds.reduce((sum, { arrays }) => sum + EVENTS_OF_ROUND + EVENTS_OF_ARRAY * arrays.length, 0);

/** Rounds of the execution under way: a run's first one and that of a redrive were not made necessary by another. */
export const ofThisExecution = <T extends Pick<Round, 'because'>>(rounds: readonly T[]): readonly T[] =>
  rounds.slice(
    Math.max(
      0,
      rounds.findLastIndex(({ because }) => because === undefined),
    ),
  );

/** The failure of a run that would need more rounds than its execution can hold; undefined while there is room. */
export function outOfRounds(
  rounds: readonly Pick<Round, 'arrays'>[],
  next: { readonly arrays: number; readonly cause: FailureClass },
): Failure | undefined {
  const events = eventsOf(rounds) + EVENTS_OF_ROUND + EVENTS_OF_ARRAY * next.arrays;
  if (rounds.length < MAX_ROUNDS && events <= HISTORY_EVENTS - EVENTS_KEPT_BACK) return undefined;
  return createFailure({
    class: next.cause,
    message: `the run is not done after ${rounds.length} rounds, at most ${MAX_ROUNDS} rounds and ${HISTORY_EVENTS - EVENTS_KEPT_BACK} events are allowed`,
    hint: `what keeps failing is ${next.cause}: ${HINTS[next.cause]}`,
  });
}
