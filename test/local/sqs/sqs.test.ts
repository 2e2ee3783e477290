import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  ChangeMessageVisibilityCommand,
  DeleteMessageBatchCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  ListQueuesCommand,
  PurgeQueueCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { NotEmulatedError } from '../../../local/kernel/errors';
import type { DeployedResource } from '../../../local/kernel/types';
import { createSqs } from '../../../local/sqs';
import { aKernel, deploy, eventually, type TestKernel } from '../../support/messaging-kernel';

let kernel: TestKernel;
let sqs: ReturnType<typeof createSqs>;
let client: SQSClient;
let clock: number;

const aQueue = (properties: object = {}, logicalId = 'Jobs'): Promise<DeployedResource> =>
  deploy(sqs, 'AWS::SQS::Queue', { logicalId, properties: { ...properties } });

beforeEach(async () => {
  clock = 1_700_000_000_000;
  kernel = await aKernel();
  sqs = createSqs(kernel, () => clock);
  kernel.serve(sqs);
  client = new SQSClient(kernel.client);
});

afterEach(async () => {
  client.destroy();
  await kernel.close();
});

const receive = async (QueueUrl: string, wish: object = {}) =>
  (await client.send(new ReceiveMessageCommand({ QueueUrl, ...wish }))).Messages ?? [];
const send = (QueueUrl: string, MessageBody: string) => client.send(new SendMessageCommand({ QueueUrl, MessageBody }));

describe('a queue resource', () => {
  test('has its URL as reference and a name made of stack and logical id', async () => {
    const queue = await aQueue();

    expect(queue.ref).toBe(`${kernel.endpoint}/000000000000/Test-Jobs`);
    expect(queue.attributes).toEqual({ Arn: 'arn:aws:sqs:us-east-1:000000000000:Test-Jobs', QueueName: 'Test-Jobs', QueueUrl: queue.ref });
  });

  test('keeps an explicit name', async () => {
    const queue = await aQueue({ QueueName: 'mine' });

    expect(queue.attributes.Arn).toBe('arn:aws:sqs:us-east-1:000000000000:mine');
  });

  test('is refused by name when it is FIFO or has a property that is not known', async () => {
    await expect(aQueue({ FifoQueue: true })).rejects.toThrow(NotEmulatedError);
    await expect(aQueue({ Colour: 'red' })).rejects.toThrow('property Colour of AWS::SQS::Queue Test/Jobs is not emulated');
  });

  test('may be deployed again without losing a message', async () => {
    const { ref } = await aQueue();
    await send(ref, 'kept');

    await aQueue({ VisibilityTimeout: 5 });

    expect(await receive(ref)).toHaveLength(1);
    expect(sqs.settings('arn:aws:sqs:us-east-1:000000000000:Test-Jobs').visibilitySeconds).toBe(5);
  });
});

describe('sending and receiving', () => {
  test('a message comes back with its attributes, counts and times, and the client accepts its digests', async () => {
    const { ref } = await aQueue();
    await client.send(
      new SendMessageCommand({
        QueueUrl: ref,
        MessageBody: 'gr\u00fc\u00dfe',
        MessageAttributes: {
          kind: { DataType: 'String', StringValue: 'test' },
          raw: { DataType: 'Binary', BinaryValue: Buffer.from([1, 2]) },
        },
      }),
    );

    const [message] = await receive(ref, { MessageSystemAttributeNames: ['All'], MessageAttributeNames: ['All'] });

    expect(message).toMatchObject({
      Body: 'gr\u00fc\u00dfe',
      Attributes: { ApproximateReceiveCount: '1', SentTimestamp: String(clock), ApproximateFirstReceiveTimestamp: String(clock) },
      MessageAttributes: { kind: { DataType: 'String', StringValue: 'test' } },
    });
    expect(Buffer.from(message?.MessageAttributes?.raw?.BinaryValue ?? [])).toEqual(Buffer.from([1, 2]));
  });

  test('attributes that were not asked for stay out', async () => {
    const { ref } = await aQueue();
    await send(ref, 'plain');

    expect((await receive(ref))[0]).not.toHaveProperty('Attributes');
  });

  test('at most ten come at once, in order of sending', async () => {
    const { ref } = await aQueue();
    for (let i = 0; i < 12; i++) await send(ref, `m${i}`);

    const messages = await receive(ref, { MaxNumberOfMessages: 10 });

    expect(messages.map(({ Body }) => Body)).toEqual(Array.from({ length: 10 }, (_, i) => `m${i}`));
    await expect(receive(ref, { MaxNumberOfMessages: 11 })).rejects.toThrow('MaxNumberOfMessages');
  });

  test('a received message is hidden for the visibility timeout, then comes again with a higher count', async () => {
    const { ref } = await aQueue({ VisibilityTimeout: 30 });
    await send(ref, 'once more');

    const [first] = await receive(ref);
    clock += 29_999;
    const meanwhile = await receive(ref);
    clock += 1;
    const [again] = await receive(ref, { AttributeNames: ['ApproximateReceiveCount'] });

    expect(meanwhile).toEqual([]);
    expect(again?.MessageId).toBe(first?.MessageId);
    expect(again?.Attributes).toEqual({ ApproximateReceiveCount: '2' });
  });

  test('a deleted message never comes again; an outdated receipt deletes nothing', async () => {
    const { ref } = await aQueue({ VisibilityTimeout: 1 });
    await send(ref, 'm');
    const [old] = await receive(ref);
    clock += 1000;
    const [current] = await receive(ref);

    await client.send(new DeleteMessageCommand({ QueueUrl: ref, ReceiptHandle: old?.ReceiptHandle }));
    clock += 1000;
    const [third] = await receive(ref);
    await client.send(new DeleteMessageCommand({ QueueUrl: ref, ReceiptHandle: third?.ReceiptHandle }));
    clock += 1000;

    expect(current?.MessageId).toBe(third?.MessageId);
    expect(await receive(ref)).toEqual([]);
  });

  test('visibility can be ended early, but only for a message in flight', async () => {
    const { ref } = await aQueue();
    await send(ref, 'm');
    const [message] = await receive(ref);
    const change = new ChangeMessageVisibilityCommand({ QueueUrl: ref, ReceiptHandle: message?.ReceiptHandle, VisibilityTimeout: 0 });

    await client.send(change);

    await expect(client.send(change)).rejects.toMatchObject({ name: 'MessageNotInflight' });
    expect(await receive(ref)).toHaveLength(1);
  });

  test('a delayed message is hidden at first', async () => {
    const { ref } = await aQueue();
    await client.send(new SendMessageCommand({ QueueUrl: ref, MessageBody: 'later', DelaySeconds: 5 }));

    expect(await receive(ref)).toEqual([]);
    clock += 5000;
    expect(await receive(ref)).toHaveLength(1);
  });

  test('a long poll is answered as soon as a message arrives', async () => {
    const { ref } = await aQueue();
    const poll = receive(ref, { WaitTimeSeconds: 20 });
    await new Promise((done) => setTimeout(done, 50));

    await send(ref, 'awaited');

    expect((await poll)[0]?.Body).toBe('awaited');
  });

  test('a long poll ends empty when its time is over and when the service stops', async () => {
    const { ref } = await aQueue();

    expect(await receive(ref, { WaitTimeSeconds: 1 })).toEqual([]);
    const poll = receive(ref, { WaitTimeSeconds: 20 });
    await new Promise((done) => setTimeout(done, 50));
    await sqs.stop();
    expect(await poll).toEqual([]);
  });

  test('a message older than the retention period is gone', async () => {
    const { ref } = await aQueue({ MessageRetentionPeriod: 60 });
    await send(ref, 'old');
    clock += 60_001;

    expect(await receive(ref)).toEqual([]);
  });
});

describe('batches', () => {
  test('entries succeed and fail one by one', async () => {
    const { ref } = await aQueue();

    const sent = await client.send(
      new SendMessageBatchCommand({
        QueueUrl: ref,
        Entries: [
          { Id: 'a', MessageBody: 'fine' },
          { Id: 'b', MessageBody: 'bell \u0007' },
        ],
      }),
    );
    const [message] = await receive(ref);
    const deleted = await client.send(
      new DeleteMessageBatchCommand({
        QueueUrl: ref,
        Entries: [
          { Id: 'x', ReceiptHandle: message?.ReceiptHandle },
          { Id: 'y', ReceiptHandle: '?' },
        ],
      }),
    );

    expect(sent.Successful?.map(({ Id }) => Id)).toEqual(['a']);
    expect(sent.Failed).toMatchObject([{ Id: 'b', Code: 'InvalidMessageContents', SenderFault: true }]);
    expect(deleted.Successful?.map(({ Id }) => Id)).toEqual(['x']);
    expect(deleted.Failed).toMatchObject([{ Id: 'y', Code: 'ReceiptHandleIsInvalid' }]);
  });

  test.each([
    ['EmptyBatchRequest', []],
    ['TooManyEntriesInBatchRequest', Array.from({ length: 11 }, (_, i) => ({ Id: `m${i}`, MessageBody: 'm' }))],
    ['BatchEntryIdsNotDistinct', ['m', 'm'].map((Id) => ({ Id, MessageBody: 'm' }))],
    ['BatchRequestTooLong', ['a', 'b'].map((Id) => ({ Id, MessageBody: 'm'.repeat(600_000) }))],
  ])('%s', async (name, Entries) => {
    const { ref } = await aQueue();

    await expect(client.send(new SendMessageBatchCommand({ QueueUrl: ref, Entries }))).rejects.toMatchObject({ name });
  });
});

describe('limits and refusals', () => {
  test('a message of exactly the maximum size passes, one byte more does not', async () => {
    const { ref } = await aQueue({ MaximumMessageSize: 262_144 });

    await send(ref, 'm'.repeat(262_144));

    await expect(send(ref, 'm'.repeat(262_145))).rejects.toThrow(
      "the message has 262145 bytes, the queue's MaximumMessageSize allows 262144",
    );
  });

  test('an unknown queue is named as the SDK expects', async () => {
    await expect(send(`${kernel.endpoint}/000000000000/none`, 'm')).rejects.toMatchObject({ name: 'QueueDoesNotExist' });
  });

  test.each([
    ['sqs:SendMessage', (url: string) => send(url, 'm')],
    ['sqs:ReceiveMessage', (url: string) => receive(url)],
    ['sqs:GetQueueAttributes', (url: string) => client.send(new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['All'] }))],
    ['sqs:PurgeQueue', (url: string) => client.send(new PurgeQueueCommand({ QueueUrl: url }))],
    ['sqs:GetQueueUrl', () => client.send(new GetQueueUrlCommand({ QueueName: 'Test-Jobs' }))],
    ['sqs:ListQueues', () => client.send(new ListQueuesCommand({}))],
  ] as const)('%s needs its permission', async (action, call) => {
    const { ref } = await aQueue();
    kernel.deny(action);

    await expect(call(ref)).rejects.toMatchObject({ name: 'AccessDeniedException' });
    kernel.allow(action);
    await expect(call(ref)).resolves.toBeDefined();
  });
});

test('attributes, URL, list and purge', async () => {
  const { ref } = await aQueue({ VisibilityTimeout: 7 });
  await send(ref, 'a');
  await send(ref, 'b');
  await receive(ref);

  const { Attributes } = await client.send(new GetQueueAttributesCommand({ QueueUrl: ref, AttributeNames: ['All'] }));
  const { QueueUrl } = await client.send(new GetQueueUrlCommand({ QueueName: 'Test-Jobs' }));
  const { QueueUrls } = await client.send(new ListQueuesCommand({ QueueNamePrefix: 'Test' }));
  await client.send(new PurgeQueueCommand({ QueueUrl: ref }));

  expect(Attributes).toMatchObject({
    ApproximateNumberOfMessages: '1',
    ApproximateNumberOfMessagesNotVisible: '1',
    VisibilityTimeout: '7',
  });
  expect(QueueUrl).toBe(ref);
  expect(QueueUrls).toEqual([ref]);
  expect(await receive(ref)).toEqual([]);
});

describe('dead letters', () => {
  const withDeadLetters = async () => {
    const dead = await aQueue({}, 'Dead');
    const queue = await aQueue({
      VisibilityTimeout: 1,
      RedrivePolicy: { deadLetterTargetArn: dead.attributes.Arn, maxReceiveCount: '2' },
    });
    return { dead, queue };
  };

  test('a message received too often moves, with its id, its body and its age', async () => {
    const { dead, queue } = await withDeadLetters();
    await send(queue.ref, 'poison');
    const [first] = await receive(queue.ref);
    clock += 1000;
    await receive(queue.ref);
    clock += 1000;

    const third = await receive(queue.ref);
    const buried = await receive(dead.ref, { AttributeNames: ['SentTimestamp'] });

    expect(third).toEqual([]);
    expect(buried).toMatchObject([{ MessageId: first?.MessageId, Body: 'poison', Attributes: { SentTimestamp: String(clock - 2000) } }]);
  });
});

describe('a restart', () => {
  test('keeps messages and receive counts; what was in flight is visible again, what was deleted stays so', async () => {
    const { ref, attributes } = await aQueue();
    for (const body of ['deleted', 'in flight', 'untouched']) await send(ref, body);
    const [gone] = await receive(ref);
    await client.send(new DeleteMessageCommand({ QueueUrl: ref, ReceiptHandle: gone?.ReceiptHandle }));
    await receive(ref);

    sqs = createSqs(kernel, () => clock);
    await aQueue();
    const messages = sqs.receive(attributes.Arn ?? '', 10, 30);

    expect(messages.map(({ body, receiveCount }) => [body, receiveCount])).toEqual([
      ['in flight', 2],
      ['untouched', 1],
    ]);
    await sqs.stop();
  });

  test('a busy queue leaves a short journal', async () => {
    const { attributes } = await aQueue();
    const arn = attributes.Arn ?? '';
    for (let i = 0; i < 1500; i++) {
      sqs.send(arn, `m${i}`);
      for (const { receiptHandle } of sqs.receive(arn, 1, 30)) sqs.remove(arn, receiptHandle);
    }

    const lines = readFileSync(join(kernel.stateDir, 'sqs', 'Test-Jobs.jsonl'), 'utf8').split('\n').length;

    expect(lines).toBeLessThan(2_100);
  });
});

describe('the wire to pollers', () => {
  test('listeners hear of a new message, of a released one and of one whose time in flight is over', async () => {
    const live = createSqs(kernel);
    const { attributes } = await deploy(live, 'AWS::SQS::Queue', { logicalId: 'Live' });
    const arn = attributes.Arn ?? '';
    const counts: number[] = [];
    live.onMessages(arn, () => {
      for (const message of live.receive(arn, 10, 0.05)) {
        counts.push(message.receiveCount);
        if (counts.length === 1) live.release(arn, message.receiptHandle);
        if (counts.length === 3) live.remove(arn, message.receiptHandle);
      }
    });

    live.send(arn, 'm');
    await eventually('three deliveries', () => counts.length >= 3);

    expect(counts).toEqual([1, 2, 3]);
    await live.stop();
  });
});
