import {
  DescribeExecutionCommand,
  GetExecutionHistoryCommand,
  type HistoryEvent,
  SendTaskSuccessCommand,
  SFNClient,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn';
import type { ExecutionStatus } from '../../core/operate/sweep';
import { errorName } from '../errors';
import type { Executions } from '../ports';
import { clientOptions } from './client-options';

/** A token that was used, has timed out, or never was: nobody is waiting for it any more. */
const SPENT = new Set(['TaskTimedOut', 'TaskDoesNotExist', 'InvalidToken']);

/** Seconds by state name; states that run side by side are added up, one that was entered and not left counts until `now`. */
export function secondsByState(events: readonly HistoryEvent[], now: number): Readonly<Record<string, number>> {
  const seconds: Record<string, number> = {};
  const open = new Map<string, number[]>();
  const add = (name: string, from: number, to: number): void => {
    seconds[name] = (seconds[name] ?? 0) + (to - from) / 1000;
  };
  for (const { timestamp, stateEnteredEventDetails: entered, stateExitedEventDetails: exited } of events) {
    const at = timestamp?.getTime() ?? now;
    if (entered?.name) open.set(entered.name, [...(open.get(entered.name) ?? []), at]);
    if (exited?.name) add(exited.name, open.get(exited.name)?.shift() ?? at, at);
  }
  for (const [name, starts] of open) for (const start of starts) add(name, start, now);
  return seconds;
}

class StepFunctionsExecutions implements Executions {
  constructor(
    readonly stateMachine: string,
    private readonly sfn: SFNClient,
  ) {}

  async start(runId: string, input: unknown): Promise<boolean> {
    try {
      await this.sfn.send(new StartExecutionCommand({ stateMachineArn: this.stateMachine, name: runId, input: JSON.stringify(input) }));
      return true;
    } catch (thrown) {
      if (errorName(thrown) === 'ExecutionAlreadyExists') return false;
      throw thrown;
    }
  }

  async status(name: string): Promise<ExecutionStatus | undefined> {
    try {
      const executionArn = `${this.stateMachine.replace(':stateMachine:', ':execution:')}:${name}`;
      const { status } = await this.sfn.send(new DescribeExecutionCommand({ executionArn }));
      // An execution waiting to be redriven by Step Functions itself has not ended.
      return status === 'PENDING_REDRIVE' ? 'RUNNING' : status;
    } catch (thrown) {
      if (errorName(thrown) === 'ExecutionDoesNotExist') return undefined;
      throw thrown;
    }
  }

  async succeed(taskToken: string, output: unknown): Promise<boolean> {
    try {
      await this.sfn.send(new SendTaskSuccessCommand({ taskToken, output: JSON.stringify(output) }));
      return true;
    } catch (thrown) {
      if (SPENT.has(errorName(thrown))) return false;
      throw thrown;
    }
  }

  async secondsByState(executionArn: string): Promise<Readonly<Record<string, number>>> {
    const events: HistoryEvent[] = [];
    let nextToken: string | undefined;
    do {
      const page = await this.sfn.send(
        new GetExecutionHistoryCommand({ executionArn, includeExecutionData: false, maxResults: 1000, nextToken }),
      );
      events.push(...(page.events ?? []));
      nextToken = page.nextToken;
    } while (nextToken);
    return secondsByState(events, Date.now());
  }
}

/** Runs as executions of one state machine; waking and reading them needs no ARN of it. */
export const createExecutions = (stateMachineArn = '', sfn = new SFNClient(clientOptions())): Executions =>
  new StepFunctionsExecutions(stateMachineArn, sfn);
