import type { InvocationFaults } from '../kernel/disturbances';
import type { FunctionInvoker, Kernel, LogSink, Service } from '../kernel/types';
import type { LocalQueues } from '../sqs/registry';
import { Functions } from './functions';
import { Mappings } from './mappings';
import { serveLambda } from './operations';
import { lambdaProviders } from './provider';

/** Lambda: bundled functions in worker threads, fed by callers and by SQS queues. */
export function createLambda(kernel: Kernel, logs: LogSink, queues: LocalQueues, faults?: InvocationFaults): Service & FunctionInvoker {
  const functions = new Functions(kernel, logs, faults);
  const mappings = new Mappings(kernel, functions, queues);
  return {
    signingName: 'lambda',
    handle: (request, response) => serveLambda({ kernel, functions }, request, response),
    providers: [...lambdaProviders(kernel, functions), mappings.provider],
    start: async () => mappings.start(),
    stop: async () => {
      mappings.stop();
      await functions.stop();
    },
    invoke: (functionArn, payload, caller) => functions.invoke(functionArn, payload, caller),
  };
}
