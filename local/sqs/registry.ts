import { join } from 'node:path';
import { ApiError } from '../kernel/errors';
import type { Kernel, Queues } from '../kernel/types';
import { arnOf } from '../messaging/names';
import type { MessageAttributes } from './message';
import { MessageLog } from './message-log';
import { Queue, type QueueSettings, type ReceivedMessage } from './queue';

/** What Lambda's pollers and EventBridge's dead letters need beyond the plain wire. */
export interface LocalQueues extends Queues {
  /** The queue's own settings, e.g. the visibility timeout that a poller leaves in force. */
  settings(queueArn: string): QueueSettings;
  sendWithAttributes(queueArn: string, body: string, attributes: MessageAttributes): void;
  receive(queueArn: string, max: number, visibilitySeconds: number): readonly ReceivedMessage[];
}

export const queueArn = (name: string): string => arnOf('sqs', name);

/** All queues of the local account. */
export class QueueRegistry implements LocalQueues {
  private readonly queues = new Map<string, Queue>();
  private readonly folder: string;

  constructor(
    { stateDir }: Pick<Kernel, 'stateDir'>,
    private readonly now: () => number,
  ) {
    this.folder = join(stateDir, 'sqs');
  }

  declare(settings: Omit<QueueSettings, 'arn' | 'bury' | 'now'>): void {
    const arn = queueArn(settings.name);
    const complete: QueueSettings = {
      ...settings,
      arn,
      now: this.now,
      bury: (deadLetterArn, message) => this.byArn(deadLetterArn).accept(message),
    };
    const existing = this.queues.get(arn);
    if (existing) existing.configure(complete);
    else this.queues.set(arn, new Queue(complete, new MessageLog(this.folder, settings.name)));
  }

  all(): readonly Queue[] {
    return [...this.queues.values()];
  }

  byArn(arn: string): Queue {
    const queue = this.queues.get(arn);
    if (!queue) throw new ApiError('QueueDoesNotExist', `the queue ${arn} does not exist`);
    return queue;
  }

  /** Clients address a queue by URL; only its last part, the name, tells queues apart. */
  byUrl(url: unknown): Queue {
    return this.byArn(queueArn(String(url).split('/').at(-1) ?? ''));
  }

  settings(arn: string): QueueSettings {
    return this.byArn(arn).settings;
  }

  send(arn: string, body: string): void {
    this.byArn(arn).send({ body });
  }

  sendWithAttributes(arn: string, body: string, attributes: MessageAttributes): void {
    this.byArn(arn).send({ body, attributes });
  }

  receive(arn: string, max: number, visibilitySeconds: number): readonly ReceivedMessage[] {
    return this.byArn(arn).receive(max, visibilitySeconds);
  }

  remove(arn: string, receiptHandle: string): void {
    this.byArn(arn).remove(receiptHandle);
  }

  release(arn: string, receiptHandle: string): void {
    this.byArn(arn).release(receiptHandle);
  }

  onMessages(arn: string, listener: () => void): void {
    this.byArn(arn).onMessages(listener);
  }

  close(): void {
    for (const queue of this.queues.values()) queue.close();
  }
}
