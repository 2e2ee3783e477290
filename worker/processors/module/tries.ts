import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Fault } from '../../../core/fault';
import { type RetriedError, type RetryRule, type RetryRules, retryPauseMs, retryRuleOf } from '../../../core/work/record-retry';
import { CodeFailure, type LastAnswer, StoppedError, ThrottledFailure, WorkerFailure } from '../../failures';
import type { ChunkContext, ProcessorModule } from '../../processor';
import type { ReadRecord } from '../../rows/records';
import type { ChunkWork } from '../../work';
import { TryContext } from './context';
import { limiterOf } from './limiter';

/** One try of a record took longer than its processor allows. */
class RecordTimeoutError extends Error {
  override readonly name = 'TimeoutError';
  constructor(limitMs: number) {
    super(`gave no answer within ${limitMs} ms`);
  }
}

/** Their class is told by name: a processor is bundled with classes of its own. */
const SKIP = 'SkipRecordError';
const RETRY = 'RetryRecordError';

const isPromise = (value: unknown): value is PromiseLike<unknown> =>
  typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';

/** What was thrown, in one line, and where in the jobs' own files if that can be told. */
export function said(thrown: unknown, jobsFolder?: string): string {
  if (!(thrown instanceof Error)) return String(thrown);
  const place = jobsFolder === undefined ? undefined : placeInJobs(thrown.stack ?? '', jobsFolder);
  return `${thrown.name}: ${thrown.message}${place === undefined ? '' : ` (at ${place})`}`;
}

/** The first place of a stack that lies in the jobs folder and in none of its packages, as `processors/orders.ts:12:7`. */
export function placeInJobs(stack: string, jobsFolder: string): string | undefined {
  const folder = `${jobsFolder}${path.sep}`;
  for (const line of stack.split('\n')) {
    const at = /^\s+at /.test(line) ? line.lastIndexOf(folder) : -1;
    const place = at === -1 ? '' : line.slice(at + folder.length).replace(/\)$/, '');
    if (/:\d+:\d+$/.test(place) && !place.includes('node_modules')) return place;
  }
  return undefined;
}

/** The record as the one that failed. */
export const culprit = ({ number, offset }: ReadRecord): LastAnswer => ({ number, offset, failed: true });

export const placeOf = ({ number, offset, source }: ReadRecord): string =>
  `record ${number} of the chunk (offset ${offset} of ${source.object.key})`;

/**
 * Calls a processor for one record after the other, as often as its rules allow. A function that does not wait is not
 * waited for: its answer is there at once.
 */
export class Tries {
  private readonly retry: RetryRules;
  private readonly limiter;

  constructor(
    private readonly processor: ProcessorModule,
    private readonly context: ChunkContext,
    private readonly work: Pick<ChunkWork, 'signal' | 'jobsFolder'>,
  ) {
    this.retry = processor.retry ?? {};
    this.limiter = limiterOf(processor);
  }

  /** Refuses a chunk of so many records for which the task may not make enough calls. */
  begin(records: number): void {
    this.limiter?.begin(records);
  }

  /** The processor's answer, or the fault for which the record is set aside; a promise where either must be waited for. */
  answerOf(record: ReadRecord): unknown {
    if (this.limiter || this.processor.timeoutMs !== undefined) return this.wait(record, 1);
    let answer: unknown;
    try {
      answer = this.processor.process(record.value ?? {}, new TryContext(this.context, record, 1));
    } catch (thrown) {
      return this.afterThrow(record, thrown, 1);
    }
    return isPromise(answer) ? this.waitFor(record, answer, 1) : answer;
  }

  private async wait(record: ReadRecord, attempt: number): Promise<unknown> {
    await this.stoppable(this.limiter?.take(this.context.signal));
    const context = new TryContext(this.context, record, attempt);
    let answer: unknown;
    try {
      answer = await this.timed(this.processor.process(record.value ?? {}, context), context);
    } catch (thrown) {
      return this.afterThrow(record, thrown, attempt);
    }
    return answer;
  }

  private async waitFor(record: ReadRecord, answer: PromiseLike<unknown>, attempt: number): Promise<unknown> {
    try {
      return await answer;
    } catch (thrown) {
      return this.afterThrow(record, thrown, attempt);
    }
  }

  private async timed(answer: unknown, context: TryContext): Promise<unknown> {
    const { timeoutMs } = this.processor;
    if (timeoutMs === undefined || !isPromise(answer)) return answer;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        const error = new RecordTimeoutError(timeoutMs);
        context.expire(error);
        reject(error);
      }, timeoutMs);
    });
    try {
      return await Promise.race([answer, late]);
    } finally {
      clearTimeout(timer);
    }
  }

  /** The fault of a record that is skipped, or its next try; throws what fails the chunk. */
  private afterThrow(record: ReadRecord, thrown: unknown, attempt: number): Fault | Promise<unknown> {
    if (this.work.signal.aborted) throw new StoppedError();
    if (thrown instanceof WorkerFailure) throw thrown;
    const error = seen(thrown);
    if (error.name === SKIP) return new Fault('SKIPPED', thrown instanceof Error ? thrown.message : String(thrown));
    const rule = retryRuleOf(this.retry, error);
    if (!rule) throw processorThrew(record, said(thrown, this.work.jobsFolder));
    if (attempt < rule.attempts) return this.again(record, rule, attempt);
    if (rule.onExhausted === 'skip') return new Fault('RETRIES', `gave up after ${attempt} tries: ${said(thrown)}`);
    throw new ThrottledFailure(
      `the processor gave up after ${attempt} tries at ${placeOf(record)}: ${said(thrown)}`,
      "look whether the service that it calls is well; write retry: { onExhausted: 'skip' } to set such records aside instead",
    );
  }

  private async again(record: ReadRecord, rule: RetryRule, attempt: number): Promise<unknown> {
    await this.stoppable(sleep(retryPauseMs(rule, attempt, Math.random()), undefined, { signal: this.context.signal }));
    return this.wait(record, attempt + 1);
  }

  /** A pause that is cut short by the end of the worker is no failure of the record. */
  private async stoppable(pause: Promise<unknown> | undefined): Promise<void> {
    try {
      await pause;
    } catch (thrown) {
      throw this.work.signal.aborted ? new StoppedError() : thrown;
    }
  }
}

export const asksForRetry = (thrown: unknown): boolean => seen(thrown).asks;

function seen(thrown: unknown): RetriedError {
  const { name = '', code } = (thrown ?? {}) as { readonly name?: unknown; readonly code?: unknown };
  return { name: String(name), code, asks: name === RETRY || thrown instanceof RecordTimeoutError };
}

const processorThrew = (record: ReadRecord, what: string): CodeFailure =>
  new CodeFailure(
    `the processor threw at ${placeOf(record)}: ${what}`,
    'mend the processor, throw SkipRecordError for records it cannot take, or RetryRecordError for those that deserve another try',
    culprit(record),
  );
