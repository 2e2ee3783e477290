import fc from 'fast-check';
import { backoffSeconds, RETRY_RULES, retryRulesOf } from '../../../core/assess/retry-policy';
import { aSpec } from '../../support/records';

const rulesOf = (retry: Record<string, unknown>) => retryRulesOf(aSpec({ errors: { retry } }).errors);

test('what the spec says replaces the default, and nothing else', () => {
  const rules = rulesOf({ THROTTLE: { attempts: 9, base: '5s', max: '10m' } });

  expect(rules.THROTTLE).toEqual({ attempts: 9, baseSeconds: 5, maxSeconds: 600 });
  expect(rules.HOST).toEqual(RETRY_RULES.HOST);
});

test('a base alone keeps the longest pause, or becomes it', () => {
  expect(rulesOf({ HOST: { base: '4s' } }).HOST).toEqual({ attempts: 6, baseSeconds: 4, maxSeconds: 120 });
  expect(rulesOf({ TIMEOUT: { base: '1m' } }).TIMEOUT).toEqual({ attempts: 3, baseSeconds: 60, maxSeconds: 60 });
});

test('pauses double up to the longest, at random between nothing and that', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 60 }), fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (retry, random) => {
      const wait = backoffSeconds(RETRY_RULES.THROTTLE, retry, random);

      expect(Number.isInteger(wait)).toBe(true);
      expect(wait).toBeGreaterThanOrEqual(0);
      expect(wait).toBeLessThanOrEqual(Math.min(120, 2 * 2 ** (retry - 1)));
    }),
  );
  expect([1, 2, 3, 6, 7, 50].map((retry) => backoffSeconds(RETRY_RULES.HOST, retry, 0.9999))).toEqual([2, 4, 8, 64, 120, 120]);
});
