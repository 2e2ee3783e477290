import { setTimeout as sleep } from 'node:timers/promises';
import { type TokenBucket, takeTokens, tokenBucket } from '../../../core/submit/token-bucket';
import { ConfigFailure, ThrottledFailure } from '../../failures';
import type { ProcessorModule, RateLimit } from '../../processor';

/** Keeps the calls of a task within what its processor allows itself. */
class Limiter {
  private bucket: TokenBucket;
  private left: number;

  constructor(private readonly limit: RateLimit) {
    this.bucket = tokenBucket(limit, performance.now());
    this.left = limit.perTask ?? Number.POSITIVE_INFINITY;
  }

  /** Refuses a chunk whose records could not all be called for, before one of them is. */
  begin(records: number): void {
    const { perTask = Number.POSITIVE_INFINITY } = this.limit;
    if (records > perTask) {
      throw new ConfigFailure(
        `a chunk has ${records} records, rateLimit.perTask allows a task ${perTask} calls`,
        'make chunks smaller (chunk.bytes), or raise perTask',
      );
    }
    if (records > this.left) throw this.spent(records);
  }

  /** Resolves when one more call may be made. */
  async take(signal: AbortSignal): Promise<void> {
    if (this.left < 1) throw this.spent(1);
    this.left -= 1;
    const { bucket, waitMs } = takeTokens(this.bucket, this.limit, { nowMs: performance.now() });
    this.bucket = bucket;
    if (waitMs > 0) await sleep(waitMs, undefined, { signal });
  }

  private spent(records: number): ThrottledFailure {
    return new ThrottledFailure(
      `rateLimit.perTask allows a task ${this.limit.perTask} calls, of which ${this.left} are left for ${records} records`,
      'nothing: another task goes on with its own calls; make tasks smaller if this comes often',
    );
  }
}

/** A task is a process, and it loads a processor once. */
const LIMITERS = new WeakMap<ProcessorModule, Limiter>();

/** The one limiter of a processor in this task, where it wants any. */
export function limiterOf(processor: ProcessorModule): Limiter | undefined {
  if (!processor.rateLimit) return undefined;
  const limiter = LIMITERS.get(processor) ?? new Limiter(processor.rateLimit);
  LIMITERS.set(processor, limiter);
  return limiter;
}
