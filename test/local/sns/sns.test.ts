import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  GetTopicAttributesCommand,
  ListSubscriptionsByTopicCommand,
  ListTopicsCommand,
  PublishCommand,
  SNSClient,
} from '@aws-sdk/client-sns';
import { NotEmulatedError } from '../../../local/kernel/errors';
import { createSns } from '../../../local/sns';
import { createSqs } from '../../../local/sqs';
import { aKernel, deploy, type TestKernel } from '../../support/messaging-kernel';

let kernel: TestKernel;
let sqs: ReturnType<typeof createSqs>;
let sns: ReturnType<typeof createSns>;
let client: SNSClient;

beforeEach(async () => {
  kernel = await aKernel();
  sqs = createSqs(kernel);
  sns = createSns(kernel, sqs, () => Date.parse('2026-01-01T00:00:00Z'));
  kernel.serve(sqs, sns);
  client = new SNSClient(kernel.client);
});

afterEach(async () => {
  client.destroy();
  await kernel.close();
});

const aTopic = async (properties = {}) => (await deploy(sns, 'AWS::SNS::Topic', { logicalId: 'Notices', properties })).ref;
const aSubscription = (TopicArn: string, properties: object) =>
  deploy(sns, 'AWS::SNS::Subscription', { properties: { TopicArn, ...properties } });
const lines = () =>
  readFileSync(join(kernel.stateDir, 'sns', 'Test-Notices.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));

describe('publishing', () => {
  test('leaves a line that a person can read', async () => {
    const topic = await aTopic();

    const { MessageId } = await client.send(
      new PublishCommand({
        TopicArn: topic,
        Subject: 'run <finished> & "well"',
        Message: 'über & über\n<done>',
        MessageAttributes: { job: { DataType: 'String', StringValue: 'flights' } },
      }),
    );

    expect(topic).toBe('arn:aws:sns:us-east-1:000000000000:Test-Notices');
    expect(lines()).toEqual([
      {
        messageId: MessageId,
        time: '2026-01-01T00:00:00.000Z',
        subject: 'run <finished> & "well"',
        message: 'über & über\n<done>',
        attributes: { job: { Type: 'String', Value: 'flights' } },
        subscribers: [],
      },
    ]);
  });

  test('reaches subscribed queues in an envelope or raw, and names people', async () => {
    const topic = await aTopic();
    const [wrapped, raw] = await Promise.all(['Wrapped', 'Raw'].map((logicalId) => deploy(sqs, 'AWS::SQS::Queue', { logicalId })));
    await aSubscription(topic, { Protocol: 'sqs', Endpoint: wrapped?.attributes.Arn });
    await deploy(sns, 'AWS::SNS::Subscription', {
      logicalId: 'Other',
      properties: { TopicArn: topic, Protocol: 'sqs', Endpoint: raw?.attributes.Arn, RawMessageDelivery: 'true' },
    });
    await deploy(sns, 'AWS::SNS::Subscription', {
      logicalId: 'Person',
      properties: { TopicArn: topic, Protocol: 'email', Endpoint: 'me@example.com' },
    });

    sns.publish(topic, 'hello');

    const [envelope] = sqs.receive(wrapped?.attributes.Arn ?? '', 1, 30);
    expect(JSON.parse(envelope?.body ?? '')).toMatchObject({ Type: 'Notification', TopicArn: topic, Message: 'hello' });
    expect(sqs.receive(raw?.attributes.Arn ?? '', 1, 30)[0]?.body).toBe('hello');
    expect(lines()[0].subscribers).toContain('email:me@example.com');
  });

  test('to a queue needs that queue to allow it, and says so when it does not', async () => {
    const topic = await aTopic();
    const queue = await deploy(sqs, 'AWS::SQS::Queue');
    await aSubscription(topic, { Protocol: 'sqs', Endpoint: queue.attributes.Arn });
    kernel.deny('sqs:SendMessage');

    sns.publish(topic, 'hello');

    expect(sqs.receive(queue.attributes.Arn ?? '', 1, 30)).toEqual([]);
    expect(kernel.lines).toEqual([expect.stringContaining('does not reach')]);
    expect(kernel.asked).toEqual([
      expect.objectContaining({
        caller: { kind: 'role', arn: 'service:sns.amazonaws.com' },
        context: { 'aws:SourceArn': topic, 'aws:SourceAccount': '000000000000' },
      }),
    ]);
  });

  test.each([
    ['no message', { Message: '' }, 'Empty message'],
    ['too long a message', { Message: 'x'.repeat(262_145) }, '262145 bytes'],
    [
      'too many bytes of attributes',
      { Message: 'x'.repeat(262_140), MessageAttributes: { a: { DataType: 'String', StringValue: 'v' } } },
      '262148 bytes',
    ],
    ['too long a subject', { Message: 'x', Subject: 's'.repeat(100) }, 'Subject'],
    ['a subject of two lines', { Message: 'x', Subject: 'a\nb' }, 'Subject'],
  ])('with %s is refused', async (_, input, message) => {
    const TopicArn = await aTopic();

    await expect(client.send(new PublishCommand({ TopicArn, ...input }))).rejects.toMatchObject({
      name: 'InvalidParameterException',
      message: expect.stringContaining(message),
    });
  });

  test('to an unknown topic, or without permission, is refused as by AWS', async () => {
    const TopicArn = await aTopic();
    await expect(client.send(new PublishCommand({ TopicArn: `${TopicArn}x`, Message: 'x' }))).rejects.toMatchObject({
      name: 'NotFoundException',
    });
    kernel.deny('sns:Publish', TopicArn);
    await expect(client.send(new PublishCommand({ TopicArn, Message: 'x' }))).rejects.toMatchObject({
      message: expect.stringContaining('not authorized'),
    });
  });
});

test('topics and subscriptions can be looked at', async () => {
  const TopicArn = await aTopic({ Subscription: [{ Protocol: 'email', Endpoint: 'a&b@example.com' }] });

  const topics = await client.send(new ListTopicsCommand({}));
  const subscriptions = await client.send(new ListSubscriptionsByTopicCommand({ TopicArn }));
  const attributes = await client.send(new GetTopicAttributesCommand({ TopicArn }));

  expect(topics.Topics).toEqual([{ TopicArn }]);
  expect(subscriptions.Subscriptions).toMatchObject([{ Protocol: 'email', Endpoint: 'a&b@example.com', TopicArn }]);
  expect(attributes.Attributes).toMatchObject({ TopicArn, SubscriptionsConfirmed: '1' });
});

test.each([
  ['a FIFO topic', () => aTopic({ FifoTopic: true })],
  ['a protocol that leaves this machine', () => aSubscription('arn', { Protocol: 'https', Endpoint: 'https://example.com' })],
  ['a filter policy', () => aSubscription('arn', { Protocol: 'email', Endpoint: 'e', FilterPolicy: {} })],
])('%s is refused by name', async (_, declare) => {
  await expect(declare()).rejects.toThrow(NotEmulatedError);
});

test('an operation that is not emulated is named', async () => {
  const { SubscribeCommand } = await import('@aws-sdk/client-sns');

  await expect(client.send(new SubscribeCommand({ TopicArn: 'arn', Protocol: 'sqs' }))).rejects.toMatchObject({
    message: 'Subscribe is not emulated by the local cloud',
  });
});
