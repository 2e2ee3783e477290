import { type CodeFailure, StoppedError, TimeoutFailure } from '../failures';
import { JsonLines } from '../rows/serialize-json';
import type { RowWriter } from '../rows/writer';
import type { ChunkWork } from '../work';
import { askedBatches } from './asked';
import type { Child } from './child';
import { endFailure } from './ending';
import { Ledger } from './ledger';
import { LineSplitter, LongLineError, NotTextError } from './lines';

/** A program that closed its output can answer nothing more; its exit code, if it comes soon, says why. */
const CLOSED_GRACE_MS = 2000;
/** A time-out is looked for so often at least. */
const WATCH_MS = 1000;

export interface Talk {
  readonly work: ChunkWork;
  readonly writer: RowWriter;
  readonly child: Child;
  /** A program that is silent for so long while records wait is taken for hung. */
  readonly timeoutMs: number;
}

/** One program working through one chunk: it is asked and heard at the same time, each at its own pace. */
export class Conversation {
  private readonly ledger: Ledger;
  private readonly lines = new JsonLines();
  private isAllAsked = false;
  private lastHeard = Date.now();
  private failure: Error | undefined;
  private closing: NodeJS.Timeout | undefined;

  constructor(private readonly talk: Talk) {
    this.ledger = new Ledger(talk.work, talk.writer);
  }

  /** Answers how many records were filtered out. */
  async hold(): Promise<number> {
    const { work, child, timeoutMs } = this.talk;
    const { ledger } = this;
    const watch = setInterval(() => this.watchSilence(), Math.min(WATCH_MS, timeoutMs));
    const stop = (): void => this.fail(new StoppedError());
    work.signal.addEventListener('abort', stop);
    try {
      if (work.signal.aborted) stop();
      await Promise.all([this.ask(), this.listen()]);
      const ended = await child.ended;
      const failure = this.failure ?? endFailure(ended, ledger.progress(), ledger.last) ?? this.unanswered();
      if (failure) throw failure;
      ledger.close();
      return ledger.filtered;
    } finally {
      clearInterval(watch);
      clearTimeout(this.closing);
      work.signal.removeEventListener('abort', stop);
    }
  }

  private async ask(): Promise<void> {
    const { child, work } = this.talk;
    const { ledger } = this;
    let takesMore = true;
    try {
      for await (const asked of askedBatches(work, this.lines)) {
        if (ledger.open === 0) this.lastHeard = Date.now();
        ledger.admit(asked);
        if (this.failure) return;
        if (asked.batch.size === 0) continue;
        if (!takesMore) return;
        takesMore = await child.send(this.lines.take(), (sent) => this.lines.giveBack(sent));
      }
      this.isAllAsked = true;
      if (ledger.open === 0) this.lastHeard = Date.now();
    } catch (thrown) {
      this.fail(thrown);
    } finally {
      child.sendEnd();
    }
  }

  private async listen(): Promise<void> {
    const lines = new LineSplitter(this.talk.work.config.spec.input.maxRecordBytes);
    for await (const bytes of this.talk.child.output()) await this.hear(() => lines.push(bytes));
    await this.hear(() => lines.rest());
    if (this.isDone) return;
    this.closing = setTimeout(() => this.fail(this.ledger.failure(`closed its output ${this.missing()}`)), CLOSED_GRACE_MS);
  }

  private async hear(read: () => readonly Buffer[]): Promise<void> {
    if (this.failure) return;
    try {
      for (const lines of read()) {
        await this.ledger.take(lines);
        this.lastHeard = Date.now();
      }
    } catch (thrown) {
      const isLine = thrown instanceof LongLineError || thrown instanceof NotTextError;
      this.fail(isLine ? this.ledger.failure(`answered ${thrown.message}`) : thrown);
    }
  }

  private watchSilence(): void {
    const limitMs = this.talk.timeoutMs;
    const { ledger } = this;
    const isDue = ledger.open > 0 || this.isAllAsked;
    if (!isDue || Date.now() - this.lastHeard < limitMs) return;
    const what = ledger.open > 0 ? 'gave no answer for' : 'was not done with its last record after';
    const hint = 'look for a record that it hangs on, or raise process.timeout';
    this.fail(new TimeoutFailure(`the command ${what} ${limitMs / 1000} s${ledger.progress()}`, hint, ledger.last));
  }

  /** The first failure counts; the program has nothing more to do. */
  private fail(thrown: unknown): void {
    this.failure ??= thrown instanceof Error ? thrown : new Error(String(thrown));
    this.talk.child.stop();
  }

  private get isDone(): boolean {
    return this.isAllAsked && this.ledger.open === 0;
  }

  private missing(): string {
    return this.ledger.open > 0 ? `without an answer for ${this.ledger.open} records` : 'before it was given every record';
  }

  private unanswered(): CodeFailure | undefined {
    return this.isDone ? undefined : this.ledger.failure(`ended ${this.missing()}`);
  }
}
