import { Duration } from 'aws-cdk-lib';
import { JitterType } from 'aws-cdk-lib/aws-stepfunctions';
import type { LambdaInvoke } from 'aws-cdk-lib/aws-stepfunctions-tasks';
import { FailureClass } from '../core/failures';
import { stepErrorName } from '../core/step-failures';

const BACKOFF = { interval: Duration.seconds(2), backoffRate: 2, maxDelay: Duration.minutes(1), jitterStrategy: JitterType.FULL };

/**
 * A step that says itself why it cannot go on would say it again, unless it was refused for now; an array that outlasted
 * its time is assessed without it.
 */
const FINAL_CLASSES = FailureClass.options.filter((name) => name !== 'THROTTLE');
const FINAL = { errors: [...FINAL_CLASSES.map(stepErrorName), 'States.Timeout'], maxAttempts: 0 };

/** Faults of the platform, not of the step; every step may be repeated. */
const PLATFORM = {
  errors: [
    'Lambda.ServiceException',
    'Lambda.AWSLambdaException',
    'Lambda.SdkClientException',
    'Lambda.ClientExecutionTimeoutException',
    'Lambda.TooManyRequestsException',
    'Lambda.Unknown',
  ],
  ...BACKOFF,
  maxAttempts: 8,
};

/** The function died or timed out (`Runtime.ExitError`, `Sandbox.Timedout`), or a service it called had a bad moment. */
const ANYTHING_ELSE = { errors: ['States.ALL'], ...BACKOFF, maxAttempts: 5 };

/** Gives a step's state its rules for trying again; Step Functions applies the first that matches. */
export function retryFaults(task: LambdaInvoke): LambdaInvoke {
  for (const rule of [FINAL, PLATFORM, ANYTHING_ELSE]) task.addRetry(rule);
  return task;
}
