import { setTimeout as sleep } from 'node:timers/promises';
import { ApiError } from '../kernel/errors';
import type { FunctionResult, Kernel } from '../kernel/types';
import type { ReceivedMessage } from '../sqs/queue';
import type { LocalQueues } from '../sqs/registry';
import { batchEvent, failedIds } from './batch-event';

/** An `AWS::Lambda::EventSourceMapping` of an SQS queue. */
export interface Mapping {
  readonly queueArn: string;
  readonly function: string;
  readonly batchSize: number;
  readonly windowSeconds: number;
  readonly partialResponses: boolean;
  readonly concurrency: number;
}

/** Bodies of one batch stay below Lambda's 6 MB with room for what is written around them. */
const BATCH_BYTES = 4 * 1024 * 1024;
/** SQS hands out at most ten messages a request. */
const RECEIVE_LIMIT = 10;
const THROTTLED_WAIT_MS = 250;

export interface PollerParts {
  readonly queues: LocalQueues;
  readonly execute: (reference: string, payload: unknown) => Promise<FunctionResult>;
  readonly kernel: Kernel;
}

const throttled = (thrown: unknown): boolean => thrown instanceof ApiError && thrown.code === 'TooManyRequestsException';

/** Feeds a queue's messages to a function in batches; woken by the queue, never polling. */
export class Poller {
  private gathered: readonly ReceivedMessage[] = [];
  private window: NodeJS.Timeout | undefined;
  private active = 0;
  private stopped = false;

  constructor(
    private readonly mapping: Mapping,
    private readonly parts: PollerParts,
  ) {}

  start(): void {
    this.parts.queues.onMessages(this.mapping.queueArn, () => this.pump());
  }

  stop(): void {
    this.stopped = true;
    clearTimeout(this.window);
  }

  private pump(): void {
    while (!this.stopped && this.active < this.mapping.concurrency && this.gather()) this.dispatch();
  }

  /** Receives what there is; true when a batch should go out now. */
  private gather(): boolean {
    const { queues } = this.parts;
    const { queueArn, batchSize, windowSeconds } = this.mapping;
    while (!this.full()) {
      const room = Math.min(RECEIVE_LIMIT, batchSize - this.gathered.length);
      const received = queues.receive(queueArn, room, queues.settings(queueArn).visibilitySeconds);
      if (received.length === 0) break;
      this.gathered = [...this.gathered, ...received];
    }
    if (this.gathered.length === 0) return false;
    if (this.full() || windowSeconds === 0) return true;
    this.window ??= setTimeout(() => this.dispatch(), windowSeconds * 1000);
    return false;
  }

  private full(): boolean {
    const bytes = this.gathered.reduce((sum, { body }) => sum + Buffer.byteLength(body), 0);
    return this.gathered.length >= this.mapping.batchSize || bytes >= BATCH_BYTES;
  }

  private dispatch(): void {
    clearTimeout(this.window);
    this.window = undefined;
    const batch = this.gathered;
    this.gathered = [];
    this.active += 1;
    this.deliver(batch)
      .catch((thrown) =>
        this.parts.kernel.log(`${this.mapping.function}: a batch of ${batch.length} messages goes back to its queue: ${thrown}`),
      )
      .finally(() => {
        this.active -= 1;
        this.pump();
      });
  }

  /** Messages of a failed batch are left alone: they come again when their visibility timeout ends. */
  private async deliver(batch: readonly ReceivedMessage[]): Promise<void> {
    const { queueArn, partialResponses } = this.mapping;
    const { payload, error } = await this.invoke(batch);
    if (error) throw new Error(`${error.type}: ${error.message}`);
    const ids = batch.map(({ messageId }) => messageId);
    const failed = partialResponses ? failedIds(payload, ids) : new Set<string>();
    for (const { messageId, receiptHandle } of batch) if (!failed.has(messageId)) this.parts.queues.remove(queueArn, receiptHandle);
  }

  /** A throttled batch is offered again while it is still ours. */
  private async invoke(batch: readonly ReceivedMessage[]): Promise<FunctionResult> {
    const { queueArn } = this.mapping;
    const oursUntil = Date.now() + this.parts.queues.settings(queueArn).visibilitySeconds * 1000;
    for (;;) {
      try {
        return await this.parts.execute(this.mapping.function, batchEvent(queueArn, batch));
      } catch (thrown) {
        if (!throttled(thrown) || this.stopped || Date.now() + THROTTLED_WAIT_MS > oursUntil) throw thrown;
        await sleep(THROTTLED_WAIT_MS * (0.5 + Math.random()), undefined, { ref: false });
      }
    }
  }
}
