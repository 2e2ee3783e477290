import { ApiError } from '../kernel/errors';
import type { Kernel } from '../kernel/types';
import type { Delivery, Outbox } from './outbox';
import type { Rule, Target } from './rule';
import { bury, FunctionFailedError, handOver, type Wires } from './targets';
import { targetInput } from './transform';

/** First pause after a failure, doubled each time, with full jitter. */
const BASE_DELAY_MS = 200;
const MAX_DELAY_MS = 60_000;
/** Lambda runs an asynchronous invocation three times in all. */
const FUNCTION_ATTEMPTS = 3;

const FINAL = new Set([
  'AccessDeniedException',
  'ResourceNotFoundException',
  'QueueDoesNotExist',
  'NotFound',
  'NotEmulated',
  // A message that its queue, topic or function takes in no try.
  'InvalidParameterValue',
  'InvalidMessageContents',
  'InvalidParameter',
  'RequestTooLargeException',
]);

/** What no repetition will mend: missing rights, a missing target, an input that is no JSON or too large. */
const isFinal = (thrown: unknown): boolean => (thrown instanceof ApiError && FINAL.has(thrown.code)) || thrown instanceof SyntaxError;

const delayMs = (attempts: number): number => Math.random() * Math.min(MAX_DELAY_MS, BASE_DELAY_MS * 2 ** attempts);

export interface CourierParts {
  readonly kernel: Kernel;
  readonly wires: Wires;
  readonly outbox: Outbox;
  readonly ruleOf: (arn: string) => Rule | undefined;
  readonly now: () => number;
}

/** Carries deliveries from the outbox to their targets until they are taken, expired or hopeless. */
export class Courier {
  private readonly timers = new Set<NodeJS.Timeout>();
  private stopped = false;

  constructor(private readonly parts: CourierParts) {}

  /** Never delivers from within the call. */
  carry(delivery: Delivery, attempts = 0, delay = 0): void {
    if (this.stopped) return;
    const timer = setTimeout(() => {
      this.timers.delete(timer);
      this.attempt(delivery, attempts).catch((thrown) => this.parts.kernel.log(`event ${delivery.event.id}: ${thrown}`));
    }, delay);
    this.timers.add(timer);
  }

  stop(): void {
    this.stopped = true;
    for (const timer of this.timers) clearTimeout(timer);
    this.timers.clear();
  }

  private async attempt(delivery: Delivery, attempts: number): Promise<void> {
    const { kernel, wires, outbox, ruleOf } = this.parts;
    const rule = ruleOf(delivery.ruleArn);
    const target = rule?.targets.find(({ id }) => id === delivery.targetId);
    if (!rule || !target) {
      kernel.log(`event ${delivery.event.id} is dropped: target ${delivery.targetId} of ${delivery.ruleArn} is no longer deployed`);
      outbox.done(delivery.id);
      return;
    }
    try {
      await handOver({ kernel, wires }, { rule, target, input: targetInput(target.wish, delivery.event, rule) });
      if (!this.stopped) outbox.done(delivery.id);
    } catch (thrown) {
      if (!this.stopped) this.failed({ delivery, rule, target, thrown, attempts: attempts + 1 });
    }
  }

  private failed({ delivery, rule, target, thrown, attempts }: Failure): void {
    const { kernel, wires, outbox } = this.parts;
    if (!isFinal(thrown) && attempts < this.attemptsAllowed(thrown, target) && this.young(delivery, target)) {
      this.carry(delivery, attempts, delayMs(attempts));
      return;
    }
    const fate = target.deadLetterArn ? 'is a dead letter' : 'is lost, because the target has no dead-letter queue';
    kernel.log(`event ${delivery.event.id} for ${target.arn} ${fate} after ${attempts} attempts: ${thrown}`);
    try {
      bury({ kernel, wires }, { rule, target, event: delivery.event, reason: thrown });
    } catch (hindrance) {
      kernel.log(`event ${delivery.event.id} is lost, its dead-letter queue does not take it: ${hindrance}`);
    }
    outbox.done(delivery.id);
  }

  private attemptsAllowed(thrown: unknown, target: Target): number {
    return thrown instanceof FunctionFailedError ? FUNCTION_ATTEMPTS : target.maxRetries + 1;
  }

  private young({ publishedAtMs }: Delivery, { maxAgeMs }: Target): boolean {
    return this.parts.now() - publishedAtMs < maxAgeMs;
  }
}

interface Failure {
  readonly delivery: Delivery;
  readonly rule: Rule;
  readonly target: Target;
  readonly thrown: unknown;
  readonly attempts: number;
}
