import fc from 'fast-check';
import { retryPauseMs, startPauseMs } from '../../../core/submit/submission';

const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

test('a single array is submitted at once; those of a large round are spread, below what an account may submit', () => {
  expect(startPauseMs(1, 0.99)).toBe(0);
  fc.assert(
    fc.property(fc.integer({ min: 2, max: 1000 }), random, (arrays, at) => {
      // Of at most 40 at once, 50 a second at the most on average.
      expect(startPauseMs(arrays, at)).toBeLessThanOrEqual((Math.min(arrays - 1, 40) / 25) * 1000);
    }),
  );
});

test('pauses grow to a longest one, at random below it', () => {
  expect([1, 2, 3, 4, 5, 9].map((attempt) => retryPauseMs(attempt, 0.9999))).toEqual([999, 1999, 3999, 7999, 14_998, 14_998]);
  fc.assert(fc.property(fc.integer({ min: 1, max: 50 }), random, (attempt, at) => retryPauseMs(attempt, at) < 15_000));
});
