/** How many tokens a bucket gains in a second, and how many it holds at most. */
export interface TokenBucketOptions {
  readonly perSecond: number;
  /** Tokens that may be taken at once after a rest, 1 at least. @default one second's worth, 1 at least */
  readonly burst?: number;
}

/** A bucket at a moment: what it held then. It is full at first, may be in debt, and is a value that can be stored. */
export interface TokenBucket {
  readonly tokens: number;
  readonly atMs: number;
}

const MS_PER_SECOND = 1000;

export function tokenBucket({ perSecond, burst = Math.max(1, perSecond) }: TokenBucketOptions, nowMs: number): TokenBucket {
  if (!(perSecond > 0 && Number.isFinite(perSecond))) throw new RangeError(`perSecond is ${perSecond}, expected a number above 0`);
  if (!(burst >= 1)) throw new RangeError(`burst is ${burst}, expected 1 or more`);
  return { tokens: burst, atMs: nowMs };
}

/**
 * Takes tokens, ahead of time where there are too few: whoever takes them then waits. In any stretch of time of length t
 * no more than burst + perSecond × t are due, whatever the clock does; callers are served in the order in which they ask.
 */
export function takeTokens(
  bucket: TokenBucket,
  { perSecond, burst = Math.max(1, perSecond) }: TokenBucketOptions,
  { nowMs, tokens = 1 }: { readonly nowMs: number; readonly tokens?: number },
): { readonly bucket: TokenBucket; readonly waitMs: number } {
  const now = Math.max(nowMs, bucket.atMs);
  const held = Math.min(burst, bucket.tokens + ((now - bucket.atMs) / MS_PER_SECOND) * perSecond);
  const left = held - tokens;
  return { bucket: { tokens: left, atMs: now }, waitMs: left >= 0 ? 0 : (-left / perSecond) * MS_PER_SECOND };
}
