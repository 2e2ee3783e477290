import {
  DescribeExecutionCommand,
  type DescribeExecutionOutput,
  GetExecutionHistoryCommand,
  type HistoryEvent,
  SFNClient,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn';
import type { Caller, FunctionResult, PlatformEvent, Service } from '../../../local/kernel/types';
import { createStepFunctions } from '../../../local/stepfunctions';
import type { Clock } from '../../../local/stepfunctions/clock';
import { aKernel, deploy, eventually, type TestKernel } from '../../support/messaging-kernel';

export const ROLE = 'arn:aws:iam::000000000000:role/run';
export const MACHINE = 'arn:aws:states:us-east-1:000000000000:stateMachine:machine';
export const executionArn = (name: string): string => `arn:aws:states:us-east-1:000000000000:execution:machine:${name}`;

export interface Invocation {
  readonly functionArn: string;
  readonly payload: Record<string, unknown>;
  readonly caller: Caller;
}

export type Answer = (invocation: Invocation) => Promise<FunctionResult> | FunctionResult;

/** A clock whose waits pass at once, so that nothing in a test waits for real. */
export class FastClock implements Clock {
  ms = 1_700_000_000_000;
  readonly waits: number[] = [];
  /** Waits longer than this do not pass. */
  patience = Number.POSITIVE_INFINITY;
  private readonly timers = new Map<object, { at: number; callback: () => void }>();

  now = (): number => this.ms;

  at(timeMs: number, callback: () => void): () => void {
    const key = {};
    const wait = timeMs - this.ms;
    this.timers.set(key, { at: timeMs, callback });
    if (wait <= this.patience) {
      this.waits.push(wait);
      setImmediate(() => this.timers.has(key) && this.advanceTo(timeMs));
    }
    return () => void this.timers.delete(key);
  }

  advanceTo(timeMs: number): void {
    this.ms = Math.max(this.ms, timeMs);
    for (const [key, { at, callback }] of [...this.timers]) {
      if (at > this.ms) continue;
      this.timers.delete(key);
      callback();
    }
  }

  get pending(): number {
    return this.timers.size;
  }
}

export interface StatesWorld {
  readonly kernel: TestKernel;
  readonly service: Service;
  readonly client: SFNClient;
  readonly clock: FastClock;
  readonly invocations: Invocation[];
  readonly events: PlatformEvent[];
  readonly logs: { group: string; stream: string; line: string }[];
  answer: Answer;
  deploy(definition: object, properties?: object): Promise<void>;
  start(input?: unknown, name?: string): Promise<string>;
  describe(arn: string): Promise<DescribeExecutionOutput>;
  /** The execution once it has closed. */
  closed(arn: string): Promise<DescribeExecutionOutput>;
  /** Deploys, starts and waits for the end. */
  run(definition: object, input?: unknown): Promise<DescribeExecutionOutput & { value: unknown }>;
  history(arn: string): Promise<readonly HistoryEvent[]>;
  close(): Promise<void>;
}

/** Step Functions behind a real port, with functions that answer as the test says. */
export async function aStatesWorld(stateDir?: string): Promise<StatesWorld> {
  const kernel = await aKernel(stateDir);
  const clock = new FastClock();
  const invocations: Invocation[] = [];
  const events: PlatformEvent[] = [];
  const logs: { group: string; stream: string; line: string }[] = [];
  const invoke = async (functionArn: string, payload: unknown, caller: Caller): Promise<FunctionResult> => {
    const invocation: Invocation = { functionArn, payload: payload as Record<string, unknown>, caller };
    invocations.push(invocation);
    return world.answer(invocation);
  };
  const bus = { publish: (event: PlatformEvent) => void events.push(event) };
  const sink = { write: (group: string, stream: string, line: string) => void logs.push({ group, stream, line }) };
  const service = createStepFunctions(kernel, { invoke }, bus, sink, clock);
  kernel.serve(service);
  const client = new SFNClient(kernel.client);
  const world: StatesWorld = {
    kernel,
    service,
    client,
    clock,
    invocations,
    events,
    logs,
    answer: ({ payload }) => ({ payload }),
    deploy: async (definition, properties = {}) => {
      const defaults = {
        StateMachineName: 'machine',
        RoleArn: ROLE,
        DefinitionString: JSON.stringify({ QueryLanguage: 'JSONata', ...definition }),
      };
      await deploy(service, 'AWS::StepFunctions::StateMachine', { properties: { ...defaults, ...properties } });
    },
    start: async (input = {}, name = 'one') => {
      const { executionArn: arn } = await client.send(
        new StartExecutionCommand({ stateMachineArn: MACHINE, name, input: JSON.stringify(input) }),
      );
      return arn ?? '';
    },
    describe: (arn) => client.send(new DescribeExecutionCommand({ executionArn: arn })) as Promise<DescribeExecutionOutput>,
    closed: (arn) =>
      eventually(
        `the end of ${arn}`,
        async () => {
          const execution = await world.describe(arn);
          return execution.status === 'RUNNING' ? undefined : execution;
        },
        60_000,
      ),
    run: async (definition, input) => {
      await world.deploy(definition);
      const execution = await world.closed(await world.start(input));
      return { ...execution, value: execution.output === undefined ? undefined : JSON.parse(execution.output) };
    },
    history: async (arn) => {
      const found: HistoryEvent[] = [];
      let nextToken: string | undefined;
      do {
        const page = await client.send(new GetExecutionHistoryCommand({ executionArn: arn, maxResults: 1000, nextToken }));
        found.push(...(page.events ?? []));
        nextToken = page.nextToken;
      } while (nextToken);
      return found;
    },
    close: async () => {
      client.destroy();
      await kernel.close();
    },
  };
  return world;
}

/** A machine of one state. */
export const only = (state: object): object => ({ StartAt: 'Only', States: { Only: state } });

/** A task that calls a function by name, its payload being the state's input. */
export const aTask = (name: string, fields: object = {}): object => ({
  Type: 'Task',
  Resource: 'arn:aws:states:::lambda:invoke',
  Arguments: { FunctionName: `arn:aws:lambda:us-east-1:000000000000:function:${name}`, Payload: '{% $states.input %}' },
  Output: '{% $states.result.Payload %}',
  End: true,
  ...fields,
});

/** A task that waits for its token. */
export const aCallback = (name: string, fields: object = {}): object => ({
  Type: 'Task',
  Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken',
  Arguments: {
    FunctionName: `arn:aws:lambda:us-east-1:000000000000:function:${name}`,
    Payload: { input: '{% $states.input %}', token: '{% $states.context.Task.Token %}' },
  },
  End: true,
  ...fields,
});
