import { randomUUID } from 'node:crypto';
import { ApiError } from '../kernel/errors';
import type { QueueMessage } from '../kernel/types';
import { checkMessage, type MessageAttributes, type StoredMessage } from './message';
import type { MessageLog } from './message-log';

export interface QueueSettings {
  readonly name: string;
  readonly arn: string;
  readonly url: string;
  readonly visibilitySeconds: number;
  readonly delaySeconds: number;
  readonly retentionSeconds: number;
  readonly maxMessageBytes: number;
  readonly waitSeconds: number;
  readonly redrive?: { readonly deadLetterArn: string; readonly maxReceiveCount: number };
  /** Moves a message that was received too often to the dead-letter queue; putting it there twice is harmless. */
  readonly bury: (deadLetterArn: string, message: StoredMessage) => void;
  readonly now: () => number;
}

export interface ReceivedMessage extends QueueMessage {
  readonly attributes?: MessageAttributes;
  readonly firstReceivedAtMs: number;
}

export interface OutgoingMessage {
  readonly body: string;
  readonly attributes?: MessageAttributes;
  readonly delaySeconds?: number;
}

const handleOf = ({ id, receiveCount }: StoredMessage): string => Buffer.from(`${id}#${receiveCount}`).toString('base64url');

function readHandle(handle: string): { readonly id: string; readonly receiveCount: number } {
  const [id, count] = Buffer.from(handle, 'base64url').toString().split('#');
  if (!id || !count) throw new ApiError('ReceiptHandleIsInvalid', `the receipt handle ${JSON.stringify(handle)} is not valid`);
  return { id, receiveCount: Number(count) };
}

/** One standard queue: at least once, in about the order of sending. */
export class Queue {
  private readonly listeners = new Set<() => void>();
  private timer: NodeJS.Timeout | undefined;
  private closed = false;

  constructor(
    private current: QueueSettings,
    private readonly log: MessageLog,
  ) {}

  get settings(): QueueSettings {
    return this.current;
  }

  /** A redeployment changes settings, never messages. */
  configure(settings: QueueSettings): void {
    this.current = settings;
    this.wake();
  }

  send({ body, attributes, delaySeconds = this.current.delaySeconds }: OutgoingMessage): StoredMessage {
    checkMessage(body, attributes, this.current.maxMessageBytes);
    const sentAtMs = this.current.now();
    const message = { id: randomUUID(), body, attributes, sentAtMs, visibleAtMs: sentAtMs + delaySeconds * 1000, receiveCount: 0 };
    this.accept(message);
    return message;
  }

  /** Takes a message as it is, under its own id and age. */
  accept(message: StoredMessage): void {
    this.log.put(message);
    this.wake();
  }

  receive(max: number, visibilitySeconds: number = this.current.visibilitySeconds): readonly ReceivedMessage[] {
    this.expire();
    const now = this.current.now();
    const taken: StoredMessage[] = [];
    for (const message of this.visible(now)) {
      if (taken.length === max) break;
      if (this.buried(message)) continue;
      const copy = this.log.receive(message.id, now, now + visibilitySeconds * 1000);
      if (copy) taken.push(copy);
    }
    this.schedule();
    return taken.map(({ id, ...rest }) => ({
      ...rest,
      messageId: id,
      receiptHandle: handleOf({ id, ...rest }),
      firstReceivedAtMs: rest.firstReceivedAtMs ?? now,
    }));
  }

  /** Harmless for a handle that a later receive replaced. */
  remove(handle: string): void {
    const { id, receiveCount } = readHandle(handle);
    if (this.log.get(id)?.receiveCount === receiveCount) this.log.remove(id);
  }

  changeVisibility(handle: string, seconds: number): void {
    const { id, receiveCount } = readHandle(handle);
    const message = this.log.get(id);
    const now = this.current.now();
    if (message?.receiveCount !== receiveCount || message.visibleAtMs <= now) {
      throw new ApiError('MessageNotInflight', `message ${id} is not in flight under this receipt handle`);
    }
    this.log.hide(message, now + seconds * 1000);
    this.wake();
  }

  /** Makes a message visible at once; harmless for a handle that a later receive replaced. */
  release(handle: string): void {
    const { id, receiveCount } = readHandle(handle);
    const message = this.log.get(id);
    if (message?.receiveCount === receiveCount) this.log.hide(message, 0);
    this.wake();
  }

  purge(): void {
    this.log.purge();
  }

  counts(): { readonly visible: number; readonly inFlight: number; readonly delayed: number } {
    this.expire();
    const now = this.current.now();
    const all = [...this.log.all()];
    const hidden = all.filter(({ visibleAtMs }) => visibleAtMs > now);
    const delayed = hidden.filter(({ receiveCount }) => receiveCount === 0).length;
    return { visible: all.length - hidden.length, inFlight: hidden.length - delayed, delayed };
  }

  /** Calls back, never from within a call, whenever messages may have become visible; answers how to stop that. */
  onMessages(listener: () => void): () => void {
    this.listeners.add(listener);
    this.wake();
    return () => this.listeners.delete(listener);
  }

  close(): void {
    this.closed = true;
    clearTimeout(this.timer);
    this.listeners.clear();
  }

  private *visible(now: number): Iterable<StoredMessage> {
    for (const message of this.log.all()) if (message.visibleAtMs <= now) yield message;
  }

  private buried(message: StoredMessage): boolean {
    const { redrive, bury } = this.current;
    if (!redrive || message.receiveCount < redrive.maxReceiveCount) return false;
    bury(redrive.deadLetterArn, { ...message, receiveCount: 0, visibleAtMs: 0 });
    this.log.remove(message.id);
    return true;
  }

  private expire(): void {
    const oldest = this.current.now() - this.current.retentionSeconds * 1000;
    for (const { id, sentAtMs } of this.log.all()) if (sentAtMs < oldest) this.log.remove(id);
  }

  private wake(): void {
    setImmediate(() => {
      for (const listener of [...this.listeners]) listener();
      this.schedule();
    });
  }

  /** One timer for the next message to become visible, and only while somebody waits for it. */
  private schedule(): void {
    clearTimeout(this.timer);
    if (this.closed || this.listeners.size === 0) return;
    const now = this.current.now();
    let next = Number.POSITIVE_INFINITY;
    for (const { visibleAtMs } of this.log.all()) if (visibleAtMs > now && visibleAtMs < next) next = visibleAtMs;
    if (next < Number.POSITIVE_INFINITY) this.timer = setTimeout(() => this.wake(), next - now + 1);
  }
}
