import fc from 'fast-check';
import { takeTokens, tokenBucket } from '../../../core/submit/token-bucket';

/** When each of some callers may go on, by the time at which it asked. */
function dueTimes(askedAtMs: readonly number[], options: { perSecond: number; burst?: number }): number[] {
  let bucket = tokenBucket(options, askedAtMs[0] ?? 0);
  return askedAtMs.map((nowMs) => {
    const taken = takeTokens(bucket, options, { nowMs });
    bucket = taken.bucket;
    return nowMs + taken.waitMs;
  });
}

test('a full bucket lets its burst through at once, then one token at a time', () => {
  expect(dueTimes([0, 0, 0, 0], { perSecond: 10, burst: 2 })).toEqual([0, 0, 100, 200]);
});

test('less than one a second is a rate too: the first goes at once', () => {
  expect(dueTimes([0, 0, 0], { perSecond: 0.5 })).toEqual([0, 2000, 4000]);
});

test('a rest fills the bucket, and no further than its burst', () => {
  expect(dueTimes([0, 0, 60_000, 60_000, 60_000], { perSecond: 1, burst: 2 })).toEqual([0, 0, 60_000, 60_000, 61_000]);
});

test('a clock that is set back gives no tokens away', () => {
  expect(dueTimes([10_000, 0, 10_000], { perSecond: 1, burst: 1 })).toEqual([10_000, 1000, 12_000]);
});

test('several tokens are taken as one', () => {
  const options = { perSecond: 2, burst: 4 };

  const first = takeTokens(tokenBucket(options, 0), options, { nowMs: 0, tokens: 6 });

  expect(first.waitMs).toBe(1000);
  expect(takeTokens(first.bucket, options, { nowMs: 1000 }).waitMs).toBe(500);
});

test.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY])('%p tokens a second is no rate', (perSecond) => {
  expect(() => tokenBucket({ perSecond }, 0)).toThrow(/expected a number above 0/);
});

test('in no stretch of time go more than the burst and the rate allow, and everybody goes in turn', () => {
  const gaps = fc.array(fc.nat(2000), { minLength: 1, maxLength: 60 });
  fc.assert(
    fc.property(gaps, fc.integer({ min: 1, max: 50 }), fc.integer({ min: 1, max: 20 }), (waits, perSecond, burst) => {
      let now = 0;
      const due = dueTimes(
        waits.map((wait) => {
          now += wait;
          return now;
        }),
        { perSecond, burst },
      );

      for (let from = 0; from < due.length; from += 1) {
        for (let to = from; to < due.length; to += 1) {
          expect(due[to]! - due[from]!).toBeGreaterThanOrEqual(0);
          expect(to - from + 1).toBeLessThanOrEqual(burst + ((due[to]! - due[from]!) * perSecond) / 1000 + 1e-6);
        }
      }
    }),
  );
});
