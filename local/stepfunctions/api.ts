import type { Operations } from '../kernel/http';
import type { ApiRequest, Kernel } from '../kernel/types';
import type { Executions } from './executions';
import type { StateMachines } from './machines';

/** What the operations act on. */
export interface Api {
  readonly kernel: Kernel;
  readonly machines: StateMachines;
  readonly executions: Executions;
}

type Input = Record<string, unknown>;

/** An operation on the resource that a field of its input names; the caller is checked before the resource is even looked up. */
export const onArn =
  ({ kernel }: Api, action: string, field: 'stateMachineArn' | 'executionArn') =>
  (act: (arn: string, input: Input, request: ApiRequest) => unknown): Operations[string] =>
  (input, request) => {
    const arn = String(input[field] ?? '');
    kernel.authorize({ caller: request.caller, action: `states:${action}`, resource: arn });
    return act(arn, input, request);
  };
