/** How a submission whose outcome is open, or that was refused for now, is gone on with. */

/** SubmitJob takes 50 calls a second from all of an account; the arrays of one round keep to half of that. */
const SUBMITS_PER_SECOND = 25;
/** A Map runs at most so many arrays at once. */
const MAP_CONCURRENCY = 40;

/** A job that was just submitted may be missing from the first listing. */
export const SECOND_LOOK_MS = 3000;

/** So often a submission is tried within one call of the step, which has two minutes. */
export const SUBMIT_TRIES = 6;

const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 15_000;

/** Spreads the arrays of a round, which all want to be submitted at once; `random` is in [0, 1). */
export const startPauseMs = (arrays: number, random: number): number =>
  Math.floor((Math.min(arrays - 1, MAP_CONCURRENCY) / SUBMITS_PER_SECOND) * 1000 * random);

/** The pause before try n + 1: exponential with full jitter. */
export const retryPauseMs = (attempt: number, random: number): number =>
  Math.floor(Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (attempt - 1)) * random);
