import type { Invocation, InvocationFaults } from '../kernel/disturbances';
import { ApiError } from '../kernel/errors';
import type { FunctionResult } from '../kernel/types';
import type { Faults, Strike } from './faults';
import { type Moments, trapOf } from './moments';

const FUNCTION_KINDS = ['function-throttle', 'function-kill', 'function-lost', 'function-timeout'] as const;

const failed = (errorType: string, errorMessage: string): FunctionResult => ({
  payload: { errorType, errorMessage },
  error: { type: errorType, message: errorMessage },
});

/** A function that makes fewer calls than drawn lives. */
async function killed(invocation: Invocation, strike: Strike<'function-kill'>, moments: Moments): Promise<FunctionResult> {
  let threadId = '';
  try {
    return await invocation.run((thread) => {
      threadId = thread.id;
      moments.arm(
        threadId,
        trapOf(strike, true, () => thread.kill()),
      );
    });
  } finally {
    moments.disarm(threadId);
  }
}

/** Faults of functions: not started, killed at one of their own calls, or done without anybody hearing of it. */
export function functionFaults(faults: Faults, moments: Moments): InvocationFaults {
  return async (invocation) => {
    const strike = faults.draw(FUNCTION_KINDS, { service: 'lambda', operation: 'Invoke', target: invocation.name });
    if (!strike) return invocation.run();
    const { kind } = strike.rule;
    if (kind === 'function-kill') return killed(invocation, strike as Strike<'function-kill'>, moments);
    strike.hit();
    if (kind === 'function-throttle') throw new ApiError('TooManyRequestsException', 'Rate Exceeded: injected by the fault plan', 429);
    await invocation.run();
    return kind === 'function-lost'
      ? failed('Runtime.ExitError', 'Runtime exited with error: signal: killed')
      : failed('Sandbox.Timedout', 'Task timed out: injected by the fault plan');
  };
}
