import { serveAwsJson } from '../kernel/http';
import type { EventBus, FunctionInvoker, Kernel, LogSink, Service } from '../kernel/types';
import { type Clock, systemClock } from './clock';
import { Executions } from './executions';
import { StateMachines } from './machines';
import { executionOperations } from './operations-executions';
import { machineOperations } from './operations-machines';
import { taskOperations } from './operations-tasks';
import { stepFunctionsProviders } from './provider';

/**
 * Step Functions: Standard state machines in JSONata whose executions survive the death of the process at any moment.
 * Functions are invoked as the machine's role. Stop it before the functions' own service, or their end looks like a failure.
 */
export function createStepFunctions(
  kernel: Kernel,
  functions: FunctionInvoker,
  bus: EventBus,
  logs: LogSink,
  clock: Clock = systemClock,
): Service {
  const machines = new StateMachines();
  const executions = new Executions({ kernel, functions, bus, logs, clock });
  const api = { kernel, machines, executions };
  const operations = { ...machineOperations(api), ...executionOperations(api), ...taskOperations(api) };
  return {
    signingName: 'states',
    handle: (request, response) => serveAwsJson(operations, request, response),
    providers: stepFunctionsProviders(machines, clock),
    start: async () => executions.resume(),
    stop: async () => executions.halt(),
  };
}
