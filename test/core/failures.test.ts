import { classify, FailureClass, HINTS } from '../../core/failures';
import { failureFromError, StepFailure } from '../../core/step-failures';

test.each([
  ['Fargate Spot', { statusReason: 'Your Spot Task was interrupted.' }, 'SPOT'],
  ['EC2 Spot', { statusReason: 'Host EC2 (instance i-0123) terminated.' }, 'SPOT'],
  ['timeout', { statusReason: 'Job attempt duration exceeded timeout', exitCode: 137 }, 'TIMEOUT'],
  ['memory', { containerReason: 'OutOfMemoryError: Container killed due to memory usage', exitCode: 137 }, 'OOM'],
  ['memory with a lying exit code', { containerReason: 'OutOfMemoryError: Container killed due to memory usage', exitCode: 2 }, 'OOM'],
  ['image', { statusReason: 'CannotPullContainerError: pull image manifest has been retried' }, 'IMAGE'],
  ['image in the container', { containerReason: 'CannotPullContainerError: no such host' }, 'IMAGE'],
  ['agent', { statusReason: 'Task failed to start' }, 'HOST'],
  ['cancelled', { statusReason: 'Terminated by user', exitCode: 143 }, 'CANCELLED'],
  ['the worker said', { statusReason: 'Essential container in task exited', complaint: 'THROTTLE', exitCode: 75 }, 'THROTTLE'],
  ['data', { statusReason: 'Essential container in task exited', exitCode: 65 }, 'DATA'],
  ['code', { exitCode: 70 }, 'CODE'],
  ['config', { exitCode: 78 }, 'CONFIG'],
  ['try again', { exitCode: 75 }, 'HOST'],
  ['nothing known', {}, 'UNKNOWN'],
  ['an unknown code', { exitCode: 3 }, 'UNKNOWN'],
] as const)('%s', (_, evidence, expected) => {
  const found = classify(evidence);

  expect(found).toBe(expected);
});

test('every class tells what to do', () => {
  for (const name of FailureClass.options) expect(HINTS[name]).toMatch(/\w+/);
});

describe('failureFromError', () => {
  test('a step failure keeps its class and message through Lambda and Step Functions', () => {
    const thrown = new StepFailure('DATA', 'no such column');

    const failure = failureFromError({
      Error: thrown.name,
      Cause: JSON.stringify({ errorType: thrown.name, errorMessage: thrown.message }),
    });

    expect(failure).toEqual({ class: 'DATA', message: 'no such column', hint: HINTS.DATA });
  });

  test('any other error is ours, and plain causes are kept', () => {
    expect(failureFromError({ Error: 'States.Timeout', Cause: 'too slow' })).toMatchObject({
      class: 'CODE',
      message: 'States.Timeout: too slow',
    });
  });
});
