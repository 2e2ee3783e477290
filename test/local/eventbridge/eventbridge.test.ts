import {
  DescribeRuleCommand,
  EventBridgeClient,
  ListRulesCommand,
  ListTargetsByRuleCommand,
  PutEventsCommand,
  TestEventPatternCommand,
} from '@aws-sdk/client-eventbridge';
import { createEventBridge } from '../../../local/eventbridge';
import { ApiError, NotEmulatedError } from '../../../local/kernel/errors';
import type { Caller, FunctionInvoker, FunctionResult, PlatformEvent } from '../../../local/kernel/types';
import { createSqs } from '../../../local/sqs';
import { aKernel, deploy, eventually, type TestKernel } from '../../support/messaging-kernel';

const FUNCTION = 'arn:aws:lambda:us-east-1:000000000000:function:settle';
const TOPIC = 'arn:aws:sns:us-east-1:000000000000:notices';
const BUS = 'arn:aws:events:us-east-1:000000000000:event-bus/default';

interface Call {
  readonly payload: unknown;
  readonly caller: Caller;
}

let kernel: TestKernel;
let sqs: ReturnType<typeof createSqs>;
let bridge: ReturnType<typeof createEventBridge>;
let client: EventBridgeClient;
let calls: Call[];
let published: string[];
/** What the function does on each call in turn; afterwards it succeeds. */
let script: (FunctionResult | Error)[];

const functions: FunctionInvoker = {
  invoke: async (_arn, payload, caller) => {
    calls.push({ payload, caller });
    const next = script.shift() ?? { payload: null };
    if (next instanceof Error) throw next;
    return next;
  },
};
const topics = { publish: (_arn: string, message: string) => void published.push(message) };

const aBridge = (now?: () => number) => createEventBridge(kernel, { queues: sqs, functions, topics }, now && { now });

beforeEach(async () => {
  [calls, published, script] = [[], [], []];
  kernel = await aKernel();
  sqs = createSqs(kernel);
  bridge = aBridge();
  kernel.serve(sqs, bridge);
  client = new EventBridgeClient(kernel.client);
});

afterEach(async () => {
  client.destroy();
  await bridge.stop();
  await kernel.close();
});

const aQueue = async (logicalId = 'Drops', properties = {}) =>
  (await deploy(sqs, 'AWS::SQS::Queue', { logicalId, properties })).attributes.Arn ?? '';
const aRule = (properties: object, to = bridge) => deploy(to, 'AWS::Events::Rule', { properties: { ...properties } });
const bodies = (arn: string): string[] => sqs.receive(arn, 10, 30).map(({ body }) => body);
const one = async (arn: string) => (await eventually('a message', () => bodies(arn)[0])) as string;

const created = (key: string): PlatformEvent => ({
  source: 'aws.s3',
  detailType: 'Object Created',
  detail: { bucket: { name: 'input' }, object: { key } },
  resources: ['arn:aws:s3:::input'],
});
const PATTERN = { source: ['aws.s3'], detail: { object: { key: [{ prefix: 'incoming/' }] } } };

describe('a rule', () => {
  test('has its name as reference', async () => {
    const rule = await aRule({ EventPattern: PATTERN });

    expect(rule.ref).toBe('Test-Rule');
    expect(rule.attributes.Arn).toBe('arn:aws:events:us-east-1:000000000000:rule/Test-Rule');
  });

  test('hands matching events to its queue, in the shape of the real ones, and no others', async () => {
    const arn = await aQueue();
    await aRule({ EventPattern: PATTERN, Targets: [{ Id: 'q', Arn: arn }] });
    await bridge.start();

    bridge.publish(created('elsewhere/x.csv'));
    bridge.publish(created('incoming/a+b %.csv'));

    expect(JSON.parse(await one(arn))).toEqual({
      version: '0',
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      'detail-type': 'Object Created',
      source: 'aws.s3',
      account: '000000000000',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
      region: 'us-east-1',
      resources: ['arn:aws:s3:::input'],
      detail: { bucket: { name: 'input' }, object: { key: 'incoming/a+b %.csv' } },
    });
    expect(bodies(arn)).toEqual([]);
  });

  test('transforms the event for each of its targets', async () => {
    const arn = await aQueue();
    await aRule({
      EventPattern: PATTERN,
      Targets: [
        { Id: 'q', Arn: arn, InputTransformer: { InputPathsMap: { d: '$.detail' }, InputTemplate: '{"job":"flights","detail":<d>}' } },
        { Id: 'f', Arn: FUNCTION, InputPath: '$.detail.object' },
        { Id: 't', Arn: TOPIC, Input: '"dropped"' },
      ],
    });
    await bridge.start();

    bridge.publish(created('incoming/x.csv'));

    expect(JSON.parse(await one(arn))).toEqual({ job: 'flights', detail: created('incoming/x.csv').detail });
    await eventually('a call', () => calls.length > 0 && published.length > 0);
    expect(calls[0]?.payload).toEqual({ key: 'incoming/x.csv' });
    expect(published).toEqual(['"dropped"']);
  });

  test('that is disabled does nothing', async () => {
    const arn = await aQueue();
    await aRule({ EventPattern: PATTERN, State: 'DISABLED', Targets: [{ Id: 'q', Arn: arn }] });
    await bridge.start();

    bridge.publish(created('incoming/x.csv'));
    await new Promise((done) => setTimeout(done, 50));

    expect(bodies(arn)).toEqual([]);
  });

  test('asks each target in the name of events.amazonaws.com and of its own ARN', async () => {
    const arn = await aQueue();
    await aRule({
      EventPattern: PATTERN,
      Targets: [
        { Id: 'q', Arn: arn },
        { Id: 'f', Arn: FUNCTION },
      ],
    });
    await bridge.start();

    bridge.publish(created('incoming/x.csv'));
    await eventually('both targets', () => calls.length > 0 && kernel.asked.length > 0);

    const rule = 'arn:aws:events:us-east-1:000000000000:rule/Test-Rule';
    expect(kernel.asked).toEqual([
      {
        caller: { kind: 'role', arn: 'service:events.amazonaws.com' },
        action: 'sqs:SendMessage',
        resource: arn,
        context: { 'aws:SourceArn': rule, 'aws:SourceAccount': '000000000000' },
      },
    ]);
    expect(calls[0]?.caller).toEqual({ kind: 'role', arn: 'service:events.amazonaws.com', sourceArn: rule });
  });

  test.each([
    ['a malformed pattern', { EventPattern: { source: 'aws.s3' } }, 'event pattern is not valid'],
    ['a malformed path', { EventPattern: PATTERN, Targets: [{ Id: 'q', Arn: FUNCTION, InputPath: '$..x' }] }, 'is not a path'],
    [
      'another target',
      { EventPattern: PATTERN, Targets: [{ Id: 's', Arn: 'arn:aws:states:us-east-1:000000000000:stateMachine:m' }] },
      'is not emulated',
    ],
    ['another bus', { EventPattern: PATTERN, EventBusName: 'mine' }, 'the event bus mine is not emulated'],
    ['an unknown property of a target', { Targets: [{ Id: 'q', Arn: FUNCTION, EcsParameters: {} }] }, 'property Targets.0.EcsParameters'],
  ])('with %s is refused', async (_, properties, message) => {
    await expect(aRule(properties)).rejects.toThrow(message);
  });
});

describe('delivery', () => {
  test('is repeated after a throttle until it succeeds', async () => {
    await aRule({ EventPattern: PATTERN, Targets: [{ Id: 'f', Arn: FUNCTION }] });
    script = [new ApiError('TooManyRequestsException', 'busy', 429), new ApiError('TooManyRequestsException', 'busy', 429)];
    await bridge.start();

    bridge.publish(created('incoming/x.csv'));
    await eventually('three calls', () => calls.length === 3);

    expect(calls.every(({ payload }) => (payload as { detail: unknown }).detail !== undefined)).toBe(true);
  });

  test('to a function that fails ends after three attempts, with a dead letter that says why', async () => {
    const dead = await aQueue('Dead');
    await aRule({ EventPattern: PATTERN, Targets: [{ Id: 'f', Arn: FUNCTION, DeadLetterConfig: { Arn: dead } }] });
    const failure = { payload: {}, error: { type: 'TypeError', message: 'no token' } };
    script = [failure, failure, failure];
    await bridge.start();

    bridge.publish(created('incoming/x.csv'));
    const [letter] = await eventually('a dead letter', () => {
      const letters = sqs.receive(dead, 1, 30);
      return letters.length > 0 ? letters : undefined;
    });

    expect(JSON.parse(letter?.body ?? '')).toMatchObject({ source: 'aws.s3', detail: { object: { key: 'incoming/x.csv' } } });
    expect(letter).toMatchObject({
      attributes: { TARGET_ARN: { StringValue: FUNCTION }, ERROR_MESSAGE: { StringValue: 'TypeError: no token' } },
    });
    expect(calls).toHaveLength(3);
  });

  test('to a function that fails with endless words is a dead letter all the same', async () => {
    const dead = await aQueue('Dead', { MaximumMessageSize: 4096 });
    await aRule({ EventPattern: PATTERN, Targets: [{ Id: 'f', Arn: FUNCTION, DeadLetterConfig: { Arn: dead } }] });
    script = Array(3).fill({ payload: {}, error: { type: 'TypeError', message: 'x'.repeat(300_000) } });
    await bridge.start();

    bridge.publish(created('incoming/x.csv'));

    expect(await one(dead)).toContain('incoming/x.csv');
  });

  test('that is larger than its queue takes is not repeated', async () => {
    const [arn, dead] = [await aQueue('Drops', { MaximumMessageSize: 1024 }), await aQueue('Dead')];
    await aRule({ EventPattern: PATTERN, Targets: [{ Id: 'q', Arn: arn, DeadLetterConfig: { Arn: dead } }] });
    await bridge.start();

    bridge.publish(created(`incoming/${'x'.repeat(1024)}`));

    expect(await one(dead)).toContain('incoming/');
    expect(kernel.lines).toEqual([expect.stringContaining('is a dead letter after 1 attempts: ')]);
  });

  test('that the target does not allow is not repeated', async () => {
    const [arn, dead] = [await aQueue(), await aQueue('Dead')];
    await aRule({ EventPattern: PATTERN, Targets: [{ Id: 'q', Arn: arn, DeadLetterConfig: { Arn: dead } }] });
    kernel.deny('sqs:SendMessage', arn);
    await bridge.start();

    bridge.publish(created('incoming/x.csv'));
    await one(dead);

    expect(bodies(arn)).toEqual([]);
    expect(kernel.lines).toEqual([expect.stringContaining('is a dead letter after 1 attempts: AccessDeniedException')]);
  });

  test('without a dead-letter queue, or with one that refuses, is lost with a line in the log', async () => {
    const [arn, dead] = [await aQueue(), await aQueue('Dead')];
    await aRule({
      EventPattern: PATTERN,
      Targets: [
        { Id: 'a', Arn: arn },
        { Id: 'b', Arn: arn, DeadLetterConfig: { Arn: dead } },
      ],
    });
    kernel.deny('sqs:SendMessage');
    await bridge.start();

    bridge.publish(created('incoming/x.csv'));
    await eventually('three lines', () => kernel.lines.length === 3);

    expect(kernel.lines).toEqual([
      expect.stringContaining('is lost, because the target has no dead-letter queue'),
      expect.stringContaining('is a dead letter'),
      expect.stringContaining('its dead-letter queue does not take it'),
    ]);
  });

  test('stops at the number of retries and the age that the target allows', async () => {
    let now = 1_700_000_000_000;
    bridge = aBridge(() => now);
    await aRule({ EventPattern: { source: ['few'] }, Targets: [{ Id: 'f', Arn: FUNCTION, RetryPolicy: { MaximumRetryAttempts: 1 } }] });
    await deploy(bridge, 'AWS::Events::Rule', {
      logicalId: 'Young',
      properties: {
        EventPattern: { source: ['young'] },
        Targets: [{ Id: 'f', Arn: FUNCTION, RetryPolicy: { MaximumEventAgeInSeconds: 60 } }],
      },
    });
    const busy = () => new ApiError('TooManyRequestsException', 'busy', 429);
    await bridge.start();

    script = [busy(), busy(), busy()];
    bridge.publish({ source: 'few', detailType: 'd', detail: {} });
    await eventually('the loss', () => kernel.lines.some((line) => line.includes('after 2 attempts')));
    script = [busy()];
    bridge.publish({ source: 'young', detailType: 'd', detail: {} });
    now += 60_000;

    await eventually('the loss', () => kernel.lines.some((line) => line.includes('after 1 attempts')));
    await bridge.stop();
  });

  test('is taken up again by the next process, once, with the event as it was', async () => {
    const arn = await aQueue();
    const rule = { EventPattern: PATTERN, Targets: [{ Id: 'q', Arn: arn }] };
    await aRule(rule);
    bridge.publish(created('incoming/before.csv'));

    const second = aBridge();
    await aRule(rule, second);
    await second.start();
    const delivered = JSON.parse(await one(arn));
    await second.stop();
    const third = aBridge();
    await aRule(rule, third);
    await third.start();
    await new Promise((done) => setTimeout(done, 50));

    expect(delivered.detail.object.key).toBe('incoming/before.csv');
    expect(bodies(arn)).toEqual([]);
    await third.stop();
  });

  test('for a target that is gone is dropped with a line in the log', async () => {
    await aRule({ EventPattern: PATTERN, Targets: [{ Id: 'f', Arn: FUNCTION }] });
    bridge.publish(created('incoming/x.csv'));

    const second = aBridge();
    await second.start();
    await eventually('the line', () => kernel.lines.length > 0);

    expect(kernel.lines).toEqual([expect.stringContaining('is no longer deployed')]);
    await second.stop();
  });
});

describe('PutEvents', () => {
  const put = (...Entries: object[]) => client.send(new PutEventsCommand({ Entries }));

  test('publishes to the default bus, by name and by ARN, with its own time', async () => {
    const arn = await aQueue();
    await aRule({ EventPattern: { source: ['batchwright'] }, Targets: [{ Id: 'q', Arn: arn }] });
    await bridge.start();
    const entry = {
      Source: 'batchwright',
      DetailType: 'Run Finished',
      Detail: '{"job":"flights"}',
      Resources: ['r'],
      Time: new Date('2026-01-01T00:00:00Z'),
    };

    const { Entries, FailedEntryCount } = await put(entry, { ...entry, EventBusName: 'default' }, { ...entry, EventBusName: BUS });
    const received = await eventually('three messages', () => {
      const found = sqs.receive(arn, 10, 0);
      return found.length === 3 ? found.map(({ body }) => JSON.parse(body)) : undefined;
    });

    expect(FailedEntryCount).toBe(0);
    expect(received.map(({ id }) => id).toSorted()).toEqual(Entries?.map(({ EventId }) => EventId).toSorted());
    expect(received[0]).toMatchObject({
      detail: { job: 'flights' },
      time: '2026-01-01T00:00:00Z',
      resources: ['r'],
      'detail-type': 'Run Finished',
    });
  });

  test('answers each entry on its own', async () => {
    const good = { Source: 's', DetailType: 'd', Detail: '{}' };

    const { Entries, FailedEntryCount } = await put(
      good,
      { ...good, Detail: 'no json' },
      { ...good, Detail: '[]' },
      { ...good, Source: 'aws.s3' },
      { ...good, EventBusName: 'mine' },
      { Source: 's', Detail: '{}' },
    );

    expect(FailedEntryCount).toBe(5);
    expect(Entries?.map(({ ErrorCode }) => ErrorCode)).toEqual([
      undefined,
      'MalformedDetail',
      'MalformedDetail',
      'NotAuthorizedForSourceException',
      'ResourceNotFoundException',
      'InvalidArgument',
    ]);
  });

  test('refuses more than ten entries or 256 KB', async () => {
    const entry = { Source: 's', DetailType: 'd', Detail: '{}' };

    await expect(put(...Array.from({ length: 11 }, () => entry))).rejects.toMatchObject({ name: 'ValidationException' });
    await expect(put({ ...entry, Detail: JSON.stringify({ x: 'x'.repeat(262_144) }) })).rejects.toThrow('262144 are allowed');
  });

  test('needs events:PutEvents on the bus', async () => {
    kernel.deny('events:PutEvents', BUS);

    await expect(put({ Source: 's', DetailType: 'd', Detail: '{}' })).rejects.toMatchObject({ name: 'AccessDeniedException' });
  });
});

test('rules can be looked at', async () => {
  await aRule({ EventPattern: PATTERN, Targets: [{ Id: 'f', Arn: FUNCTION, InputPath: '$.detail' }] });

  const { Rules } = await client.send(new ListRulesCommand({ NamePrefix: 'Test' }));
  const rule = await client.send(new DescribeRuleCommand({ Name: 'Test-Rule' }));
  const { Targets } = await client.send(new ListTargetsByRuleCommand({ Rule: 'Test-Rule' }));
  const { Result } = await client.send(new TestEventPatternCommand({ EventPattern: '{"a":[1]}', Event: '{"a":1}' }));

  expect(Rules?.map(({ Name }) => Name)).toEqual(['Test-Rule']);
  expect(JSON.parse(rule.EventPattern ?? '')).toEqual(PATTERN);
  expect(Targets).toEqual([{ Id: 'f', Arn: FUNCTION, InputPath: '$.detail' }]);
  expect(Result).toBe(true);
  await expect(client.send(new DescribeRuleCommand({ Name: 'none' }))).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
});

describe('a schedule', () => {
  test('fires for its own targets again and again, and not when stopped', async () => {
    const halfASecondBefore = Date.parse('2026-01-01T00:00:59.500Z');
    // Time stands still until the bridge starts, so that a slow machine does not miss the minute.
    let begun: number | undefined;
    bridge = aBridge(() => halfASecondBefore + (begun === undefined ? 0 : Date.now() - begun));
    await aRule({ ScheduleExpression: 'cron(* * * * ? *)', Targets: [{ Id: 'f', Arn: FUNCTION }] });
    await bridge.start();
    begun = Date.now();

    await eventually('a tick', () => calls.length === 1);
    await bridge.stop();

    expect(calls[0]?.payload).toMatchObject({
      source: 'aws.events',
      'detail-type': 'Scheduled Event',
      time: '2026-01-01T00:01:00Z',
      resources: ['arn:aws:events:us-east-1:000000000000:rule/Test-Rule'],
      detail: {},
    });
  });

  test('further away than a timer reaches does not fire early', async () => {
    await aRule({ ScheduleExpression: 'rate(60 days)', Targets: [{ Id: 'f', Arn: FUNCTION }] });
    await bridge.start();

    await new Promise((done) => setTimeout(done, 50));

    expect(calls).toEqual([]);
  });

  test('that is not emulated is refused by name', async () => {
    await expect(aRule({ ScheduleExpression: 'cron(0 4 L * ? *)' })).rejects.toThrow(NotEmulatedError);
  });
});
