import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { ApiError, NotEmulatedError } from '../kernel/errors';
import { Journal } from '../kernel/journal';
import { ACCOUNT, type Kernel, type Queues } from '../kernel/types';
import { arnOf } from '../messaging/names';

export interface TopicAttribute {
  readonly Type: string;
  readonly Value: string;
}

export interface Notice {
  readonly message: string;
  readonly subject?: string;
  readonly attributes?: Readonly<Record<string, TopicAttribute>>;
}

export interface Subscription {
  readonly arn: string;
  readonly topicArn: string;
  readonly protocol: string;
  readonly endpoint: string;
  readonly raw: boolean;
}

/** One line of `<topic>.jsonl`, for people to read. */
interface Published {
  readonly messageId: string;
  readonly time: string;
  readonly subject?: string;
  readonly message: string;
  readonly attributes?: Notice['attributes'];
  readonly subscribers: readonly string[];
}

/** Delivered (`sqs`) or only written down with every message, since nothing leaves this machine. */
const PROTOCOLS: readonly string[] = ['sqs', 'email', 'email-json'];

export const topicArn = (name: string): string => arnOf('sns', name);

/** Message and attributes together. */
export const MAX_MESSAGE_BYTES = 262_144;

const attributeBytes = (attributes: Notice['attributes'] = {}): number =>
  Object.entries(attributes).reduce((sum, [name, { Type, Value }]) => sum + Buffer.byteLength(name + Type + Value), 0);

function checkNotice({ message, subject, attributes }: Notice): void {
  const bytes = Buffer.byteLength(message) + attributeBytes(attributes);
  if (message === '') throw new ApiError('InvalidParameter', 'Invalid parameter: Empty message');
  if (bytes > MAX_MESSAGE_BYTES) {
    throw new ApiError('InvalidParameter', `Invalid parameter: Message too long: ${bytes} bytes, ${MAX_MESSAGE_BYTES} are allowed`);
  }
  // SNS wants a subject of printable ASCII below 100 characters.
  if (subject !== undefined && !/^[\x21-\x7e][\x20-\x7e]{0,98}$/.test(subject)) {
    throw new ApiError(
      'InvalidParameter',
      `Invalid parameter: Subject ${JSON.stringify(subject)} is not 1..99 characters of printable ASCII`,
    );
  }
}

function envelope(topic: string, { messageId, time }: Published, { message, subject, attributes }: Notice): string {
  return JSON.stringify({
    Type: 'Notification',
    MessageId: messageId,
    TopicArn: topic,
    Subject: subject,
    Message: message,
    Timestamp: time,
    MessageAttributes: attributes,
  });
}

/** Topics and who listens to them. */
export class Topics {
  private readonly journals = new Map<string, Journal<Published>>();
  private readonly subscriptions = new Map<string, Subscription>();

  constructor(
    private readonly kernel: Kernel,
    private readonly queues: Queues | undefined,
    private readonly now: () => number,
  ) {}

  declare(name: string): void {
    this.journals.set(topicArn(name), new Journal(join(this.kernel.stateDir, 'sns', `${name}.jsonl`)));
  }

  subscribe(subscription: Subscription): void {
    const { protocol, arn } = subscription;
    if (!PROTOCOLS.includes(protocol) || (protocol === 'sqs' && !this.queues))
      throw new NotEmulatedError(`the SNS subscription ${arn} by ${protocol}`);
    this.subscriptions.set(arn, subscription);
  }

  all(): readonly string[] {
    return [...this.journals.keys()];
  }

  subscribers(arn: string): readonly Subscription[] {
    this.journal(arn);
    return [...this.subscriptions.values()].filter(({ topicArn: topic }) => topic === arn);
  }

  /** Written down, and in every subscribed queue, before it returns; answers the message's id. */
  publish(arn: string, notice: Notice): string {
    const journal = this.journal(arn);
    checkNotice(notice);
    const subscribers = this.subscribers(arn);
    const published: Published = {
      messageId: randomUUID(),
      time: new Date(this.now()).toISOString(),
      ...notice,
      subscribers: subscribers.map(({ protocol, endpoint }) => `${protocol}:${endpoint}`),
    };
    journal.append(published);
    for (const subscriber of subscribers) if (subscriber.protocol === 'sqs') this.deliver(subscriber, notice, published);
    return published.messageId;
  }

  private deliver({ topicArn: topic, endpoint, raw }: Subscription, notice: Notice, published: Published): void {
    try {
      const context = { 'aws:SourceArn': topic, 'aws:SourceAccount': ACCOUNT };
      const caller = { kind: 'role', arn: 'service:sns.amazonaws.com' } as const;
      this.kernel.authorize({ caller, action: 'sqs:SendMessage', resource: endpoint, context });
      this.queues?.send(endpoint, raw ? notice.message : envelope(topic, published, notice));
    } catch (thrown) {
      if (!(thrown instanceof ApiError)) throw thrown;
      this.kernel.log(`notice ${published.messageId} of ${topic} does not reach ${endpoint}: ${thrown.message}`);
    }
  }

  private journal(arn: string): Journal<Published> {
    const journal = this.journals.get(arn);
    if (!journal) throw new ApiError('NotFound', 'Topic does not exist', 404);
    return journal;
  }
}
