import {
  DescribeExecutionCommand,
  DescribeStateMachineCommand,
  DescribeStateMachineForExecutionCommand,
  GetExecutionHistoryCommand,
  ListExecutionsCommand,
  ListStateMachinesCommand,
  ListStateMachineVersionsCommand,
  SendTaskFailureCommand,
  SendTaskHeartbeatCommand,
  SendTaskSuccessCommand,
  StartExecutionCommand,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn';
import { eventually } from '../../support/messaging-kernel';
import { aCallback, aStatesWorld, aTask, executionArn, MACHINE, only, ROLE, type StatesWorld } from './states-world';

let world: StatesWorld;

beforeEach(async () => {
  world = await aStatesWorld();
});

afterEach(() => world.close());

const never = () => new Promise<never>(() => undefined);
const start = (fields: object = {}) => world.client.send(new StartExecutionCommand({ stateMachineArn: MACHINE, ...fields }));

describe('starting', () => {
  test('under the same name with the same input is the same execution while it runs, and an error afterwards', async () => {
    world.answer = never;
    await world.deploy(only(aTask('f')));
    const first = await start({ name: 'run', input: '{"a":1}' });

    expect(await start({ name: 'run', input: '{"a":1}' })).toMatchObject({ executionArn: first.executionArn, startDate: first.startDate });
    await expect(start({ name: 'run', input: '{"a":2}' })).rejects.toMatchObject({ name: 'ExecutionAlreadyExists' });
    await world.client.send(new StopExecutionCommand({ executionArn: first.executionArn }));
    await expect(start({ name: 'run', input: '{"a":1}' })).rejects.toMatchObject({ name: 'ExecutionAlreadyExists' });
    expect(world.invocations).toHaveLength(1);
  });

  test('without a name makes one up, without input gives {}', async () => {
    await world.deploy(only({ Type: 'Succeed' }));

    const { executionArn: arn = '' } = await start();

    expect(arn).toMatch(/^arn:aws:states:us-east-1:000000000000:execution:machine:[0-9a-f-]{36}$/);
    expect((await world.closed(arn)).output).toBe('{}');
  });

  test.each([
    ['InvalidName', { name: 'x'.repeat(81) }],
    ['InvalidName', { name: 'a b' }],
    ['InvalidName', { name: 'a:b' }],
    ['InvalidName', { name: '' }],
    ['InvalidExecutionInput', { input: '{' }],
    ['ValidationException', { input: JSON.stringify('x'.repeat(262_144)) }],
    ['StateMachineDoesNotExist', { stateMachineArn: `${MACHINE}2` }],
  ])('is refused as %s: %p', async (name, fields) => {
    await world.deploy(only({ Type: 'Succeed' }));

    await expect(start(fields)).rejects.toMatchObject({ name });
  });

  test.each([['x'.repeat(80)], ['Ünïcode_名前'], ['..'], ['a.b-c_d@e']])('takes the name %p', async (name) => {
    await world.deploy(only({ Type: 'Succeed' }));

    const { executionArn: arn = '' } = await start({ name });

    expect(await world.closed(arn)).toMatchObject({ name, status: 'SUCCEEDED' });
  });
});

describe('describing and listing', () => {
  test('an execution is described with its times, input and output', async () => {
    const { executionArn: arn = '', startDate } = await world
      .deploy(only({ Type: 'Wait', Seconds: 5, End: true }))
      .then(() => start({ name: 'run', input: '{ "a": 1 }' }));

    const closed = await world.closed(arn);

    expect(closed).toMatchObject({
      executionArn: arn,
      stateMachineArn: MACHINE,
      name: 'run',
      status: 'SUCCEEDED',
      startDate,
      input: '{ "a": 1 }',
      output: '{"a":1}',
    });
    expect(Number(closed.stopDate) - Number(startDate)).toBe(5000);
  });

  test('executions are listed newest first, by status and in pages', async () => {
    await world.deploy(only({ Type: 'Choice', Choices: [{ Condition: '{% $states.input.ok %}', Next: 'Only' }], Default: 'Only' }));
    await world.deploy({
      StartAt: 'Check',
      States: {
        Check: { Type: 'Choice', Choices: [{ Condition: '{% $states.input.ok %}', Next: 'Good' }], Default: 'Bad' },
        Good: { Type: 'Succeed' },
        Bad: { Type: 'Fail' },
      },
    });
    for (const [name, ok] of [
      ['a', true],
      ['b', false],
      ['c', true],
    ] as const) {
      await world.closed(await world.start({ ok }, name));
      world.clock.ms += 1000;
    }
    const list = (fields: object) => world.client.send(new ListExecutionsCommand({ stateMachineArn: MACHINE, ...fields }));

    const page = await list({ maxResults: 2 });

    expect(page.executions?.map(({ name }) => name)).toEqual(['c', 'b']);
    expect((await list({ maxResults: 2, nextToken: page.nextToken })).executions?.map(({ name }) => name)).toEqual(['a']);
    expect((await list({ statusFilter: 'SUCCEEDED' })).executions?.map(({ name }) => name)).toEqual(['c', 'a']);
    expect((await list({ statusFilter: 'RUNNING' })).executions).toEqual([]);
  });

  test('what is not there is refused by name', async () => {
    const missing = executionArn('missing');

    await expect(world.describe(missing)).rejects.toMatchObject({ name: 'ExecutionDoesNotExist' });
    await expect(world.history(missing)).rejects.toMatchObject({ name: 'ExecutionDoesNotExist' });
    await expect(world.client.send(new StopExecutionCommand({ executionArn: missing }))).rejects.toMatchObject({
      name: 'ExecutionDoesNotExist',
    });
    await expect(world.client.send(new DescribeStateMachineCommand({ stateMachineArn: MACHINE }))).rejects.toMatchObject({
      name: 'StateMachineDoesNotExist',
    });
  });

  test('a machine is described as deployed, an execution’s machine as it was when that started', async () => {
    world.answer = never;
    await world.deploy(only(aTask('f')));
    const arn = await world.start();
    const before = await world.client.send(new DescribeStateMachineCommand({ stateMachineArn: MACHINE }));
    await world.deploy(only({ Type: 'Succeed' }));

    const now = await world.client.send(new DescribeStateMachineCommand({ stateMachineArn: MACHINE }));
    const pinned = await world.client.send(new DescribeStateMachineForExecutionCommand({ executionArn: arn }));

    expect(now).toMatchObject({ name: 'machine', status: 'ACTIVE', type: 'STANDARD', roleArn: ROLE });
    expect(now.definition).not.toBe(before.definition);
    expect(now.revisionId).not.toBe(before.revisionId);
    expect(pinned).toMatchObject({ definition: before.definition, revisionId: before.revisionId });
    expect((await world.client.send(new ListStateMachinesCommand({}))).stateMachines).toMatchObject([
      { name: 'machine', stateMachineArn: MACHINE },
    ]);
    expect((await world.client.send(new ListStateMachineVersionsCommand({ stateMachineArn: MACHINE }))).stateMachineVersions).toEqual([]);
  });
});

describe('the history', () => {
  test('of a task reads as on AWS', async () => {
    world.answer = () => ({ payload: 2 });
    await world.deploy(only(aTask('f', { Assign: { v: 1 }, TimeoutSeconds: 60 })));
    const arn = await world.start(1);
    await world.closed(arn);

    const events = await world.history(arn);

    const integration = { resource: 'invoke', resourceType: 'lambda' };
    const truncated = { truncated: false };
    expect(events.map(({ timestamp, ...event }) => event)).toEqual([
      {
        id: 1,
        previousEventId: 0,
        type: 'ExecutionStarted',
        executionStartedEventDetails: { input: '1', inputDetails: truncated, roleArn: ROLE },
      },
      {
        id: 2,
        previousEventId: 0,
        type: 'TaskStateEntered',
        stateEnteredEventDetails: { name: 'Only', input: '1', inputDetails: truncated },
      },
      {
        id: 3,
        previousEventId: 2,
        type: 'TaskScheduled',
        taskScheduledEventDetails: {
          ...integration,
          region: 'us-east-1',
          parameters: '{"FunctionName":"arn:aws:lambda:us-east-1:000000000000:function:f","Payload":1}',
          timeoutInSeconds: 60,
        },
      },
      { id: 4, previousEventId: 3, type: 'TaskStarted', taskStartedEventDetails: integration },
      {
        id: 5,
        previousEventId: 4,
        type: 'TaskSucceeded',
        taskSucceededEventDetails: {
          ...integration,
          output: '{"ExecutedVersion":"$LATEST","Payload":2,"StatusCode":200}',
          outputDetails: truncated,
        },
      },
      {
        id: 6,
        previousEventId: 5,
        type: 'TaskStateExited',
        stateExitedEventDetails: {
          name: 'Only',
          output: '2',
          outputDetails: truncated,
          assignedVariables: { v: '1' },
          assignedVariablesDetails: truncated,
        },
      },
      { id: 7, previousEventId: 6, type: 'ExecutionSucceeded', executionSucceededEventDetails: { output: '2', outputDetails: truncated } },
    ]);
    expect(events[0]?.timestamp).toEqual(new Date('2023-11-14T22:13:20Z'));
  });

  test('of a map names its iterations', async () => {
    const inner = { StartAt: 'In', States: { In: { Type: 'Pass', End: true } } };
    await world.deploy(only({ Type: 'Map', Items: [7, 8], MaxConcurrency: 1, ItemProcessor: inner, End: true }));
    const arn = await world.start();
    await world.closed(arn);

    const events = await world.history(arn);

    expect(events.slice(1, -1).map(({ id, previousEventId, type }) => [id, previousEventId, type])).toEqual([
      [2, 0, 'MapStateEntered'],
      [3, 2, 'MapStateStarted'],
      [4, 3, 'MapIterationStarted'],
      [5, 4, 'PassStateEntered'],
      [6, 5, 'PassStateExited'],
      [7, 6, 'MapIterationSucceeded'],
      [8, 3, 'MapIterationStarted'],
      [9, 8, 'PassStateEntered'],
      [10, 9, 'PassStateExited'],
      [11, 10, 'MapIterationSucceeded'],
      [12, 11, 'MapStateSucceeded'],
      [13, 12, 'MapStateExited'],
    ]);
    expect(events[2]?.mapStateStartedEventDetails).toEqual({ length: 2 });
    expect(events[7]?.mapIterationStartedEventDetails).toEqual({ name: 'Only', index: 1 });
  });

  test('comes in pages, in reverse, and without data when these are not wanted', async () => {
    await world.deploy(only({ Type: 'Succeed' }));
    const arn = await world.start({ secret: 1 });
    await world.closed(arn);
    const get = (fields: object) => world.client.send(new GetExecutionHistoryCommand({ executionArn: arn, ...fields }));

    const page = await get({ maxResults: 3, reverseOrder: true, includeExecutionData: false });
    const rest = await get({ maxResults: 3, reverseOrder: true, includeExecutionData: false, nextToken: page.nextToken });

    expect([...(page.events ?? []), ...(rest.events ?? [])].map(({ id }) => id)).toEqual([4, 3, 2, 1]);
    expect(rest.nextToken).toBeUndefined();
    expect(JSON.stringify([page, rest])).not.toContain('secret');
  });

  test('tells a failed expression with its place', async () => {
    await world.deploy(only({ Type: 'Pass', Output: { deep: ['{% $boom() %}'] }, End: true }));
    const arn = await world.start();
    await world.closed(arn);

    const event = (await world.history(arn)).find(({ type }) => type === 'EvaluationFailed');

    expect(event?.evaluationFailedEventDetails).toMatchObject({
      error: 'States.QueryEvaluationError',
      location: 'Output/deep[0]',
      state: 'Only',
    });
  });
});

describe('task tokens', () => {
  const tokenOf = (index = 0) => eventually('the token', () => world.invocations[index]?.payload.token as string | undefined);
  const succeed = (taskToken: string, output = '{"done":true}') => world.client.send(new SendTaskSuccessCommand({ taskToken, output }));
  const fail = (taskToken: string) => world.client.send(new SendTaskFailureCommand({ taskToken, error: 'Mine', cause: 'because' }));

  test('success gives its output to the state, once', async () => {
    await world.deploy(only(aCallback('f')));
    const arn = await world.start();
    const token = await tokenOf();

    await succeed(token);

    expect((await world.closed(arn)).output).toBe('{"done":true}');
    await expect(succeed(token)).rejects.toMatchObject({ name: 'TaskTimedOut' });
    expect((await world.history(arn)).map(({ type }) => type)).toContain('TaskSubmitted');
  });

  test('failure fails the task with the given error, which is retried with another token', async () => {
    await world.deploy(only(aCallback('f', { Retry: [{ ErrorEquals: ['Mine'], MaxAttempts: 1 }] })));
    const arn = await world.start();
    const first = await tokenOf();
    await fail(first);
    const second = await tokenOf(1);
    await fail(second);

    expect(await world.closed(arn)).toMatchObject({ status: 'FAILED', error: 'Mine', cause: 'because' });
    expect(second).not.toBe(first);
  });

  test('an answer given before the function has returned counts', async () => {
    let finish = (): void => undefined;
    world.answer = () => new Promise((resolve) => (finish = () => resolve({ payload: null, error: { type: 'Late', message: '' } })));
    await world.deploy(only(aCallback('f')));
    const arn = await world.start();

    await succeed(await tokenOf());
    const { status } = await world.closed(arn);
    finish();

    expect(status).toBe('SUCCEEDED');
  });

  test('a heartbeat puts the deadline off', async () => {
    world.clock.patience = 1000;
    await world.deploy(only(aCallback('f', { HeartbeatSeconds: 10 })));
    const arn = await world.start();
    const token = await tokenOf();
    world.clock.ms += 9000;
    await world.client.send(new SendTaskHeartbeatCommand({ taskToken: token }));
    world.clock.advanceTo(world.clock.ms + 9000);

    expect((await world.describe(arn)).status).toBe('RUNNING');
    world.clock.advanceTo(world.clock.ms + 1000);
    expect(await world.closed(arn)).toMatchObject({ status: 'FAILED', error: 'States.HeartbeatTimeout' });
    await expect(world.client.send(new SendTaskHeartbeatCommand({ taskToken: token }))).rejects.toMatchObject({ name: 'TaskTimedOut' });
  });

  test('of what is aborted or never was are refused', async () => {
    await world.deploy(only(aCallback('f')));
    const arn = await world.start();
    const token = await tokenOf();
    await world.client.send(new StopExecutionCommand({ executionArn: arn, error: 'Enough', cause: 'of it' }));
    const forged = Buffer.from(JSON.stringify([arn, '0~0', 'x'])).toString('base64url');

    await expect(succeed(token)).rejects.toMatchObject({ name: 'TaskTimedOut' });
    await expect(succeed('nonsense')).rejects.toMatchObject({ name: 'InvalidToken' });
    await expect(succeed(forged)).rejects.toMatchObject({ name: 'TaskDoesNotExist' });
    await expect(succeed(token, '{')).rejects.toMatchObject({ name: 'InvalidOutput' });
    expect(await world.describe(arn)).toMatchObject({ status: 'ABORTED', error: 'Enough', cause: 'of it' });
  });

  test('of an iteration that another one has aborted are refused', async () => {
    const inner = { StartAt: 'In', States: { In: aCallback('f') } };
    await world.deploy({
      StartAt: 'Each',
      States: {
        Each: { Type: 'Map', Items: [1, 2], ItemProcessor: inner, Catch: [{ ErrorEquals: ['Mine'], Next: 'Rest' }], End: true },
        Rest: aCallback('g'),
      },
    });
    await world.start();
    const other = await tokenOf(1);
    await fail(await tokenOf(0));
    await tokenOf(2);

    await expect(succeed(other)).rejects.toMatchObject({ name: 'TaskTimedOut' });
  });
});

describe('what others hear', () => {
  test('the bus hears that an execution runs and how it closed', async () => {
    await world.deploy(only({ Type: 'Fail', Error: 'Bad', Cause: 'why' }));
    const arn = await world.start({ a: 1 }, 'run');
    await world.closed(arn);

    expect(world.events.map(({ detail }) => (detail as { status: string }).status)).toEqual(['RUNNING', 'FAILED']);
    expect(world.events[1]).toEqual({
      source: 'aws.states',
      detailType: 'Step Functions Execution Status Change',
      resources: [arn],
      detail: {
        executionArn: arn,
        stateMachineArn: MACHINE,
        stateMachineVersionArn: null,
        stateMachineAliasArn: null,
        name: 'run',
        status: 'FAILED',
        startDate: 1_700_000_000_000,
        stopDate: 1_700_000_000_000,
        redriveCount: 0,
        redriveDate: null,
        input: '{"a":1}',
        inputDetails: { included: true },
        output: null,
        outputDetails: null,
        error: 'Bad',
        cause: 'why',
      },
    });
  });

  test.each([
    ['ALL', ['ExecutionStarted', 'FailStateEntered', 'ExecutionFailed']],
    ['ERROR', ['ExecutionFailed']],
    ['OFF', []],
  ])('the log group gets the events of level %s', async (Level, types) => {
    const LogGroupArn = 'arn:aws:logs:us-east-1:000000000000:log-group:/states/mine:*';
    const LoggingConfiguration = { Level, IncludeExecutionData: true, Destinations: [{ CloudWatchLogsLogGroup: { LogGroupArn } }] };
    await world.deploy(only({ Type: 'Fail', Error: 'Bad' }), { LoggingConfiguration });
    await world.closed(await world.start());

    expect(world.logs.map(({ line }) => JSON.parse(line).type)).toEqual(types);
    expect(new Set(world.logs.map(({ group }) => group))).toEqual(new Set(types.length > 0 ? ['/states/mine'] : []));
  });

  test('the terminal hears of failures', async () => {
    await world.deploy(only({ Type: 'Fail', Error: 'Bad', Cause: 'why' }));
    await world.closed(await world.start());

    expect(world.kernel.lines).toContain('states: machine/one: ExecutionFailed Bad why');
  });
});

describe('permissions', () => {
  const cases: readonly (readonly [string, string, (token: string) => Promise<unknown>])[] = [
    ['StartExecution', MACHINE, () => start()],
    [
      'DescribeExecution',
      executionArn('one'),
      () => world.client.send(new DescribeExecutionCommand({ executionArn: executionArn('one') })),
    ],
    ['GetExecutionHistory', executionArn('one'), () => world.history(executionArn('one'))],
    ['ListExecutions', MACHINE, () => world.client.send(new ListExecutionsCommand({ stateMachineArn: MACHINE }))],
    ['StopExecution', executionArn('one'), () => world.client.send(new StopExecutionCommand({ executionArn: executionArn('one') }))],
    ['DescribeStateMachine', MACHINE, () => world.client.send(new DescribeStateMachineCommand({ stateMachineArn: MACHINE }))],
    ['ListStateMachines', '*', () => world.client.send(new ListStateMachinesCommand({}))],
    ['SendTaskSuccess', MACHINE, (taskToken) => world.client.send(new SendTaskSuccessCommand({ taskToken, output: '1' }))],
    ['SendTaskFailure', MACHINE, (taskToken) => world.client.send(new SendTaskFailureCommand({ taskToken }))],
    ['SendTaskHeartbeat', MACHINE, (taskToken) => world.client.send(new SendTaskHeartbeatCommand({ taskToken }))],
  ];

  test.each(cases)('%s is asked for on %s', async (action, resource, call) => {
    await world.deploy(only(aCallback('f')));
    await world.start();
    const token = await eventually('the token', () => world.invocations[0]?.payload.token as string | undefined);
    world.kernel.deny(`states:${action}`, resource);

    await expect(call(token)).rejects.toMatchObject({ name: 'AccessDeniedException' });
    expect((await world.describe(executionArn('one')).catch(() => ({ status: 'RUNNING' }))).status).toBe('RUNNING');
  });
});
