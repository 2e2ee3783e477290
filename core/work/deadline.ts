/** When a task stops taking chunks, so that it ends by itself before Batch ends it and what it had begun is lost. */

/** Kept for the last upload, the markers and the way out. */
const MOST_RESERVE_SECONDS = 60;
/** Of a short attempt, such as Batch's shortest of 60 s, not more than this part. */
const RESERVE_SHARE = 1 / 6;
/** Chunks of the same size differ: a chunk is taken when there is time for one that is half as slow again. */
const CAUTION = 1.5;

/** A chunk that was done, from its turn to the next one's. */
export interface DoneChunk {
  readonly bytes: number;
  readonly seconds: number;
}

/** Seconds of an attempt of which chunks may make use. */
export const usableSeconds = (attemptSeconds: number): number =>
  attemptSeconds - Math.min(MOST_RESERVE_SECONDS, attemptSeconds * RESERVE_SHARE);

/** How long some bytes should take, going by the chunks done so far; undefined before there is one. */
export function expectedSeconds(done: readonly DoneChunk[], bytes: number): number | undefined {
  const seconds = done.reduce((sum, chunk) => sum + chunk.seconds, 0);
  const doneBytes = done.reduce((sum, chunk) => sum + chunk.bytes, 0);
  if (done.length === 0) return undefined;
  // A chunk of next to nothing still has requests to make.
  return doneBytes === 0 ? seconds / done.length : (seconds / doneBytes) * bytes;
}

/** Whether bytes that are not begun yet can be done in the time left; a task's first chunk is always tried. */
export function fits(leftSeconds: number, bytes: number, done: readonly DoneChunk[]): boolean {
  const expected = expectedSeconds(done, bytes);
  return expected === undefined || expected * CAUTION <= leftSeconds;
}
