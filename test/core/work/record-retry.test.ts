import fc from 'fast-check';
import { DEFAULT_RETRY, retryPauseMs, retryRuleOf } from '../../../core/work/record-retry';

const asking = { name: 'RetryRecordError', asks: true };

test('an error that asks for another try has the outer rule, and what it leaves out by default', () => {
  expect(retryRuleOf({ attempts: 3 }, asking)).toEqual({ ...DEFAULT_RETRY, attempts: 3 });
});

test('any other error has a rule only where its name or its code is named', () => {
  const rules = { baseMs: 10, byError: { ECONNRESET: { attempts: 9 }, ThrottlingException: {} } };

  expect(retryRuleOf(rules, { name: 'Error', code: 'ECONNRESET', asks: false })).toEqual({ ...DEFAULT_RETRY, baseMs: 10, attempts: 9 });
  expect(retryRuleOf(rules, { name: 'ThrottlingException', asks: false })).toEqual({ ...DEFAULT_RETRY, baseMs: 10 });
  expect(retryRuleOf(rules, { name: 'TypeError', asks: false })).toBeUndefined();
  expect(retryRuleOf(rules, { name: 'constructor', asks: false })).toBeUndefined();
});

test('a rule by name is nearer than the outer one, also for an error that asks', () => {
  expect(retryRuleOf({ attempts: 3, byError: { RetryRecordError: { attempts: 7 } } }, asking)?.attempts).toBe(7);
});

test('pauses double up to the longest, and are anything below', () => {
  const rule = { ...DEFAULT_RETRY, baseMs: 100, maxMs: 350 };

  expect([1, 2, 3, 60].map((retry) => retryPauseMs(rule, retry, 1))).toEqual([100, 200, 350, 350]);
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 2000 }), fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (retry, random) => {
      const pause = retryPauseMs(rule, retry, random);

      expect(pause).toBeGreaterThanOrEqual(0);
      expect(pause).toBeLessThan(350);
    }),
  );
});
