import { z } from 'zod';
import { ApiError } from '../kernel/errors';
import type { Operations } from '../kernel/http';
import type { ApiRequest, Kernel } from '../kernel/types';
import { inputOf, pageOf } from '../messaging/inputs';
import { messageAttributes, queueAttributes, systemAttributes } from './attributes';
import { eachEntry } from './batches';
import { type MessageAttributes, md5, md5OfAttributes, messageBytes } from './message';
import type { Queue, ReceivedMessage } from './queue';
import { type QueueRegistry, queueArn } from './registry';
import type { LongPolls } from './wait';

const Attribute = z.object({ DataType: z.string(), StringValue: z.string().optional(), BinaryValue: z.string().optional() });
const Outgoing = z.object({
  MessageBody: z.string(),
  DelaySeconds: z.number().int().min(0).max(900).optional(),
  MessageAttributes: z.record(z.string(), Attribute).optional(),
});
const visibility = z.number().int().min(0).max(43_200);
const Receive = z.object({
  MaxNumberOfMessages: z.number().int().min(1).max(10).default(1),
  VisibilityTimeout: visibility.optional(),
  WaitTimeSeconds: z.number().int().min(0).max(20).optional(),
  AttributeNames: z.array(z.string()).default([]),
  MessageSystemAttributeNames: z.array(z.string()).default([]),
  MessageAttributeNames: z.array(z.string()).default([]),
});
const Handle = z.object({ ReceiptHandle: z.string() });
const Entries = <T extends z.ZodRawShape>(shape: T) => z.object({ Entries: z.array(z.object({ Id: z.string(), ...shape })) });

const CODE = 'InvalidParameterValue';

function sent(queue: Queue, { MessageBody, DelaySeconds, MessageAttributes }: z.infer<typeof Outgoing>) {
  const attributes: MessageAttributes | undefined = MessageAttributes;
  const { id } = queue.send({ body: MessageBody, attributes, delaySeconds: DelaySeconds });
  return {
    MessageId: id,
    MD5OfMessageBody: md5(MessageBody),
    ...(attributes && { MD5OfMessageAttributes: md5OfAttributes(attributes) }),
  };
}

function receivedAs(message: ReceivedMessage, wish: z.infer<typeof Receive>, senderId: string) {
  const attributes = messageAttributes(message.attributes, wish.MessageAttributeNames);
  return {
    MessageId: message.messageId,
    ReceiptHandle: message.receiptHandle,
    Body: message.body,
    MD5OfBody: md5(message.body),
    Attributes: systemAttributes(message, senderId, [...wish.AttributeNames, ...wish.MessageSystemAttributeNames]),
    ...(attributes && { MessageAttributes: attributes, MD5OfMessageAttributes: md5OfAttributes(attributes) }),
  };
}

async function receive(queue: Queue, wish: z.infer<typeof Receive>, { polls, request }: { polls: LongPolls; request: ApiRequest }) {
  const messages = await polls.wait(queue, {
    receive: () => queue.receive(wish.MaxNumberOfMessages, wish.VisibilityTimeout),
    seconds: wish.WaitTimeSeconds ?? queue.settings.waitSeconds,
    http: request.http,
  });
  return messages.length === 0 ? {} : { Messages: messages.map((message) => receivedAs(message, wish, request.caller.arn)) };
}

function sentBatch(queue: Queue, input: unknown) {
  const { Entries: entries } = inputOf(Entries(Outgoing.shape), input, CODE);
  const bytes = entries.reduce((sum, entry) => sum + messageBytes(entry.MessageBody, entry.MessageAttributes), 0);
  if (bytes > queue.settings.maxMessageBytes) {
    throw new ApiError('BatchRequestTooLong', `the batch has ${bytes} bytes, the queue allows ${queue.settings.maxMessageBytes}`);
  }
  return eachEntry(entries, (entry) => sent(queue, entry));
}

function listed(registry: QueueRegistry, input: Record<string, unknown>) {
  const wish = inputOf(
    z.object({ QueueNamePrefix: z.string().default(''), MaxResults: z.number().default(1000), NextToken: z.string().optional() }),
    input,
  );
  const urls = registry.all().flatMap(({ settings }) => (settings.name.startsWith(wish.QueueNamePrefix) ? [settings.url] : []));
  const { items, next } = pageOf(urls, wish.NextToken, wish.MaxResults);
  return { QueueUrls: items, NextToken: next };
}

interface Parts {
  readonly kernel: Kernel;
  readonly registry: QueueRegistry;
  readonly polls: LongPolls;
}

/** The SQS API; every operation is authorized before the queue is even looked up, as on AWS. */
export function sqsOperations({ kernel, registry, polls }: Parts): Operations {
  const on =
    (action: string, act: (queue: Queue, input: Record<string, unknown>, request: ApiRequest) => unknown): Operations[string] =>
    (input, request) => {
      const name = String(
        input.QueueName ??
          String(input.QueueUrl ?? '')
            .split('/')
            .at(-1),
      );
      kernel.authorize({ caller: request.caller, action: `sqs:${action}`, resource: queueArn(name) });
      return act(registry.byArn(queueArn(name)), input, request);
    };
  return {
    SendMessage: on('SendMessage', (queue, input) => sent(queue, inputOf(Outgoing, input, CODE))),
    SendMessageBatch: on('SendMessage', sentBatch),
    ReceiveMessage: on('ReceiveMessage', (queue, input, request) => receive(queue, inputOf(Receive, input, CODE), { polls, request })),
    DeleteMessage: on('DeleteMessage', (queue, input) => queue.remove(inputOf(Handle, input, CODE).ReceiptHandle)),
    DeleteMessageBatch: on('DeleteMessage', (queue, input) =>
      eachEntry(inputOf(Entries(Handle.shape), input, CODE).Entries, ({ ReceiptHandle }) => {
        queue.remove(ReceiptHandle);
        return {};
      }),
    ),
    ChangeMessageVisibility: on('ChangeMessageVisibility', (queue, input) => {
      const wish = inputOf(Handle.extend({ VisibilityTimeout: visibility }), input, CODE);
      queue.changeVisibility(wish.ReceiptHandle, wish.VisibilityTimeout);
    }),
    GetQueueUrl: on('GetQueueUrl', ({ settings }) => ({ QueueUrl: settings.url })),
    GetQueueAttributes: on('GetQueueAttributes', (queue, input) => ({
      Attributes: queueAttributes(
        queue,
        inputOf(z.object({ AttributeNames: z.array(z.string()).default([]) }), input, CODE).AttributeNames,
      ),
    })),
    PurgeQueue: on('PurgeQueue', (queue) => queue.purge()),
    ListQueues: (input, { caller }) => {
      kernel.authorize({ caller, action: 'sqs:ListQueues', resource: '*' });
      return listed(registry, input);
    },
  };
}
