import { z } from 'zod';
import { REGION } from '../kernel/types';
import type { MessageAttributes } from '../sqs/message';
import { md5 } from '../sqs/message';
import type { ReceivedMessage } from '../sqs/queue';

const attributeAs = ({ DataType, StringValue, BinaryValue }: MessageAttributes[string]) => ({
  stringValue: StringValue,
  binaryValue: BinaryValue,
  stringListValues: [],
  binaryListValues: [],
  dataType: DataType,
});

/** The event that a function receives for a batch of messages. */
export const batchEvent = (queueArn: string, messages: readonly ReceivedMessage[]) => ({
  Records: messages.map((message) => ({
    messageId: message.messageId,
    receiptHandle: message.receiptHandle,
    body: message.body,
    attributes: {
      ApproximateReceiveCount: String(message.receiveCount),
      SentTimestamp: String(message.sentAtMs),
      SenderId: 'local',
      ApproximateFirstReceiveTimestamp: String(message.firstReceivedAtMs),
    },
    messageAttributes: Object.fromEntries(Object.entries(message.attributes ?? {}).map(([name, value]) => [name, attributeAs(value)])),
    md5OfBody: md5(message.body),
    eventSource: 'aws:sqs',
    eventSourceARN: queueArn,
    awsRegion: REGION,
  })),
});

const PartialResponse = z.object({ batchItemFailures: z.array(z.object({ itemIdentifier: z.string().min(1) })).nullish() }).nullish();

/** The messages that a function reports as failed; all of them when its report makes no sense, as on AWS. */
export function failedIds(payload: unknown, ids: readonly string[]): ReadonlySet<string> {
  const parsed = PartialResponse.safeParse(payload);
  if (!parsed.success) return new Set(ids);
  const failed = (parsed.data?.batchItemFailures ?? []).map(({ itemIdentifier }) => itemIdentifier);
  return new Set(failed.every((id) => ids.includes(id)) ? failed : ids);
}
