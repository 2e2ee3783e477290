import { triesAgain } from '../../../local/batch/retry';
import { JobRetry } from '../../../local/batch/shapes';

const strategy = (attempts: number, ...evaluateOnExit: object[]) => JobRetry.parse({ attempts, evaluateOnExit });
const exited = (exitCode: number) => ({ statusReason: 'Essential container in task exited', exitCode });

describe('a retry strategy', () => {
  test('without rules retries until its attempts are used up', () => {
    expect([1, 2, 3].map((attempt) => triesAgain(strategy(3), attempt, exited(1)))).toEqual([true, true, false]);
  });

  test('is one attempt when it says nothing', () => {
    expect(triesAgain(JobRetry.parse({}), 1, exited(1))).toBe(false);
  });

  test.each([
    ['the exact exit code', { onExitCode: '70' }, exited(70), false],
    ['another exit code', { onExitCode: '70' }, exited(7), true],
    ['the start of an exit code', { onExitCode: '7*' }, exited(70), false],
    ['an exit code where there is none', { onExitCode: '7*' }, { statusReason: 'x' }, true],
    ['the start of a status reason', { onStatusReason: 'Host EC2*' }, { statusReason: 'Host EC2 (instance i-1) terminated.' }, false],
    ['a status reason without its star', { onStatusReason: 'Host EC2' }, { statusReason: 'Host EC2 (instance i-1) terminated.' }, true],
    ['any reason, though there is none', { onReason: '*' }, exited(1), false],
    ['a reason where there is none', { onReason: 'OutOfMemory*' }, exited(137), true],
    ['both of two conditions', { onExitCode: '137', onReason: 'OutOfMemory*' }, { ...exited(137), reason: 'OutOfMemoryError: x' }, false],
    ['one of two conditions', { onExitCode: '1', onReason: 'OutOfMemory*' }, { ...exited(137), reason: 'OutOfMemoryError: x' }, true],
  ])('with EXIT on %s', (_, rule, failure, again) => {
    expect(triesAgain(strategy(2, { action: 'EXIT', ...rule }), 1, failure)).toBe(again);
  });

  test('obeys the first rule that matches, in any case of its action', () => {
    const rules = strategy(9, { action: 'retry', onExitCode: '75' }, { action: 'exit', onReason: '*' });

    expect(triesAgain(rules, 1, exited(75))).toBe(true);
    expect(triesAgain(rules, 1, exited(70))).toBe(false);
  });
});
