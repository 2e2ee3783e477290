import {
  ExecutionAlreadyExists,
  GetExecutionHistoryCommand,
  SendTaskSuccessCommand,
  SFNClient,
  StartExecutionCommand,
  TaskTimedOut,
} from '@aws-sdk/client-sfn';
import { mockClient } from 'aws-sdk-client-mock';
import { createExecutions, secondsByState } from '../../../adapters/aws/executions';

const sfn = mockClient(SFNClient);
const executions = () => createExecutions('arn:machine');

beforeEach(() => sfn.reset());

test('a run is started under its own name', async () => {
  sfn.on(StartExecutionCommand).resolves({ executionArn: 'arn', startDate: new Date(0) });

  expect(await executions().start('run-1', { a: 1 })).toBe(true);

  expect(sfn.commandCalls(StartExecutionCommand)[0]?.args[0].input).toEqual({
    stateMachineArn: 'arn:machine',
    name: 'run-1',
    input: '{"a":1}',
  });
});

test('a name that was used says so', async () => {
  sfn.on(StartExecutionCommand).rejects(new ExecutionAlreadyExists({ message: 'x', $metadata: {} }));

  expect(await executions().start('run-1', {})).toBe(false);
});

test('a spent token wakes nobody, and any other error is not swallowed', async () => {
  sfn
    .on(SendTaskSuccessCommand)
    .rejectsOnce(new TaskTimedOut({ message: 'x', $metadata: {} }))
    .rejectsOnce(new Error('AccessDenied'));

  expect(await executions().succeed('token', {})).toBe(false);
  await expect(executions().succeed('token', {})).rejects.toThrow('AccessDenied');
});

describe('secondsByState', () => {
  const at = (seconds: number) => new Date(seconds * 1000);
  const entered = (name: string, seconds: number) =>
    ({ id: 1, type: 'TaskStateEntered', timestamp: at(seconds), stateEnteredEventDetails: { name } }) as const;
  const exited = (name: string, seconds: number) =>
    ({ id: 1, type: 'TaskStateExited', timestamp: at(seconds), stateExitedEventDetails: { name } }) as const;

  test('repeats add up, and what is still open counts until now', () => {
    const events = [entered('Plan', 0), exited('Plan', 2), entered('Plan', 5), exited('Plan', 6), entered('Report', 6)];

    expect(secondsByState(events, 10_000)).toEqual({ Plan: 3, Report: 4 });
  });

  test('is read over all pages of the history', async () => {
    sfn
      .on(GetExecutionHistoryCommand)
      .resolvesOnce({ events: [entered('Plan', 0)], nextToken: 't' })
      .resolvesOnce({ events: [exited('Plan', 3)] });

    expect(await executions().secondsByState('arn')).toEqual({ Plan: 3 });
  });
});
