import { setTimeout as sleep } from 'node:timers/promises';
import { Fault } from '../../core/fault';
import { CodeFailure, StoppedError, ThrottledFailure } from '../failures';
import type { ProcessorModule } from '../processor';
import { type ReadRecord, readRecords } from '../rows/records';
import { RowWriter } from '../rows/writer';
import type { ChunkWork, Outcome, Processor } from '../work';
import { Counters } from './module/counters';
import { InOrder } from './module/in-order';
import { Ledger } from './module/ledger';
import { loadProcessor } from './module/load';
import { asksForRetry, said, Tries } from './module/tries';

/** Runs a function of the job's own over every record of a chunk. */
export const moduleProcessor =
  (modulePath: string): Processor =>
  async (work) =>
    new ChunkRun(work, await loadProcessor(work.jobsFolder, modulePath)).run();

/** Calls that are told to stop may take so long to hear of it; then the chunk's end does not wait for them. */
const QUIET_WITHIN_MS = 5000;

const NOT_VALID = new Fault('PARSE', 'is not valid');

/** One processor working through one chunk. */
class ChunkRun {
  private readonly counters = new Counters();
  private readonly failed = new AbortController();
  private readonly signal: AbortSignal;
  private readonly writer: RowWriter;
  private readonly ledger: Ledger;
  private readonly tries: Tries;
  private readonly queue: InOrder<ReadRecord>;

  constructor(
    private readonly work: ChunkWork,
    private readonly processor: ProcessorModule,
  ) {
    this.signal = AbortSignal.any([work.signal, this.failed.signal]);
    this.writer = new RowWriter(work);
    this.ledger = new Ledger(work, this.writer);
    this.tries = new Tries(processor, this.context, work);
    this.queue = new InOrder(processor.concurrency ?? 1, (record, answer) => this.ledger.settle(record, answer));
  }

  async run(): Promise<Outcome> {
    this.tries.begin(this.work.sources.reduce((sum, { read }) => sum + read.records, 0));
    try {
      await this.frame('open');
      await this.processAll();
    } catch (thrown) {
      await this.giveUp();
      throw thrown;
    }
    await this.frame('close');
    const { written, filtered } = this.ledger;
    const { metrics } = this.counters;
    return { ...(await this.writer.finish()), written, filtered, rows: this.writer.rows, ...(metrics && { metrics }) };
  }

  private async frame(name: 'open' | 'close'): Promise<void> {
    try {
      await this.processor[name]?.(this.context);
    } catch (thrown) {
      throw this.work.signal.aborted ? new StoppedError() : frameFailure(name, thrown, this.work.jobsFolder);
    }
  }

  private get context() {
    return { signal: this.signal, count: this.counters.count };
  }

  /** Calls that are under way are told, and `close` is called, whose own failure would hide the one that matters. */
  private async giveUp(): Promise<void> {
    this.failed.abort();
    await Promise.race([this.queue.quiet(), sleep(QUIET_WITHIN_MS, undefined, { ref: false })]);
    try {
      await this.processor.close?.(this.context);
    } catch (thrown) {
      this.work.log('close of the processor failed', { error: thrown instanceof Error ? thrown.name : typeof thrown });
    }
  }

  private async processAll(): Promise<void> {
    const stop = (): void => this.queue.fail(new StoppedError());
    this.work.signal.addEventListener('abort', stop);
    try {
      await this.readAll();
    } finally {
      this.work.signal.removeEventListener('abort', stop);
    }
  }

  private async readAll(): Promise<void> {
    for await (const batch of readRecords(this.work)) {
      await new Promise(setImmediate);
      if (this.work.signal.aborted) throw new StoppedError();
      for (const record of batch) {
        if (this.queue.isFull) await this.queue.room();
        const waiting = this.take(record);
        if (waiting) await waiting;
      }
    }
    await this.queue.drain();
  }

  /** Awaits only where something must be waited for, since most functions answer at once. */
  private take(record: ReadRecord): Promise<void> | undefined {
    const answer = record.value === undefined ? (record.fault ?? NOT_VALID) : this.tries.answerOf(record);
    if (answer instanceof Promise) this.queue.put(record, answer);
    else if (this.queue.isEmpty) return this.ledger.settle(record, answer);
    else this.queue.putReady(record, answer);
    return undefined;
  }
}

function frameFailure(name: string, thrown: unknown, jobsFolder: string): CodeFailure | ThrottledFailure {
  const message = `${name} of the processor threw ${said(thrown, jobsFolder)}`;
  if (asksForRetry(thrown)) return new ThrottledFailure(message, 'nothing: the chunk is tried again later');
  return new CodeFailure(message, `mend ${name}, or throw RetryRecordError where another try may succeed`);
}
