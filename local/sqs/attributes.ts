import type { MessageAttributes } from './message';
import type { Queue, ReceivedMessage } from './queue';

const wanted = (names: readonly string[], name: string): boolean =>
  names.some((n) => n === 'All' || n === '.*' || n === name || (n.endsWith('.*') && name.startsWith(n.slice(0, -1))));

const chosen = <T>(all: Readonly<Record<string, T>>, names: readonly string[]): Readonly<Record<string, T>> | undefined => {
  const entries = Object.entries(all).filter(([name]) => wanted(names, name));
  return entries.length > 0 ? Object.fromEntries(entries) : undefined;
};

/** The system attributes of a received message that were asked for. */
export const systemAttributes = (message: ReceivedMessage, senderId: string, names: readonly string[] = []) =>
  chosen(
    {
      ApproximateReceiveCount: String(message.receiveCount),
      ApproximateFirstReceiveTimestamp: String(message.firstReceivedAtMs),
      SentTimestamp: String(message.sentAtMs),
      SenderId: senderId,
    },
    names,
  );

/** The sender's own attributes that were asked for. */
export const messageAttributes = (attributes: MessageAttributes = {}, names: readonly string[] = []) => chosen(attributes, names);

/** A queue's attributes that were asked for. */
export function queueAttributes(queue: Queue, names: readonly string[] = []): Readonly<Record<string, string>> | undefined {
  const { visible, inFlight, delayed } = queue.counts();
  const { settings } = queue;
  const redrive = settings.redrive && {
    RedrivePolicy: JSON.stringify({
      deadLetterTargetArn: settings.redrive.deadLetterArn,
      maxReceiveCount: settings.redrive.maxReceiveCount,
    }),
  };
  return chosen(
    {
      QueueArn: settings.arn,
      ApproximateNumberOfMessages: String(visible),
      ApproximateNumberOfMessagesNotVisible: String(inFlight),
      ApproximateNumberOfMessagesDelayed: String(delayed),
      VisibilityTimeout: String(settings.visibilitySeconds),
      DelaySeconds: String(settings.delaySeconds),
      MaximumMessageSize: String(settings.maxMessageBytes),
      MessageRetentionPeriod: String(settings.retentionSeconds),
      ReceiveMessageWaitTimeSeconds: String(settings.waitSeconds),
      ...redrive,
    },
    names,
  );
}
