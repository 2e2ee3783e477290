import type { Fault } from '../../core/fault';
import { harmless } from '../../core/harmless';
import { CodeFailure, type LastAnswer, StoppedError, TimeoutFailure } from '../failures';
import { type ReadRecord, readRecords } from '../rows/records';
import { JsonLines } from '../rows/serialize-json';
import type { RowWriter } from '../rows/writer';
import { type Validate, validatorOf } from '../schema/validator';
import type { ChunkWork } from '../work';
import { type Answer, AnswerReader } from './answers';
import type { Child } from './child';
import { endFailure } from './ending';
import { LineSplitter, LongLineError, NotTextError } from './lines';
import { type Place, Waiting } from './waiting';

/** A program that closed its output can answer nothing more; its exit code, if it comes soon, says why. */
const CLOSED_GRACE_MS = 2000;
/** A time-out is looked for so often at least. */
const WATCH_MS = 1000;
/** How much of a line that is no answer is shown. */
const SHOWN_CHARACTERS = 80;

const PROTOCOL = 'one line per record, in order: {"ok": {…}}, {"filter": true} or {"skip": "reason"}';

export interface Talk {
  readonly work: ChunkWork;
  readonly writer: RowWriter;
  readonly child: Child;
  /** A program that is silent for so long while records wait is taken for hung. */
  readonly timeoutMs: number;
}

/** One program working through one chunk: it is asked and heard at the same time, each at its own pace. */
export class Conversation {
  private readonly waiting = new Waiting();
  private readonly lines = new JsonLines();
  private readonly answers = new AnswerReader();
  private readonly validate: Validate;
  private answered = 0;
  private filtered = 0;
  private isAllAsked = false;
  private lastHeard = Date.now();
  private failure: Error | undefined;
  private closing: NodeJS.Timeout | undefined;

  constructor(private readonly talk: Talk) {
    this.validate = validatorOf(talk.work.config.schemas.output, 'output');
  }

  /** Answers how many records were filtered out. */
  async hold(): Promise<number> {
    const { work, child, timeoutMs } = this.talk;
    const watch = setInterval(() => this.watchSilence(), Math.min(WATCH_MS, timeoutMs));
    const stop = (): void => this.fail(new StoppedError());
    work.signal.addEventListener('abort', stop);
    try {
      if (work.signal.aborted) stop();
      await Promise.all([this.ask(), this.listen()]);
      const ended = await child.ended;
      const failure = this.failure ?? endFailure(ended, this.progress(), this.last) ?? this.unanswered();
      if (failure) throw failure;
      return this.filtered;
    } finally {
      clearInterval(watch);
      clearTimeout(this.closing);
      work.signal.removeEventListener('abort', stop);
    }
  }

  private async ask(): Promise<void> {
    const { child } = this.talk;
    let takesMore = true;
    try {
      for await (const batch of readRecords(this.talk.work)) {
        const good = this.admit(batch);
        if (this.failure) return;
        if (good.length === 0) continue;
        if (!takesMore) return;
        takesMore = await child.send(this.linesOf(good), (sent) => this.lines.giveBack(sent));
      }
      this.isAllAsked = true;
      if (this.waiting.size === 0) this.lastHeard = Date.now();
    } catch (thrown) {
      this.fail(thrown);
    } finally {
      child.sendEnd();
    }
  }

  /** The records that are the program's to see; bad ones go straight to quarantine. */
  private admit(batch: readonly ReadRecord[]): readonly ReadRecord[] {
    for (const record of batch) if (record.fault) this.setAside(record, record.fault);
    const good = batch.filter(({ fault }) => !fault);
    if (this.waiting.size === 0) this.lastHeard = Date.now();
    this.waiting.push(good);
    return good;
  }

  private linesOf(records: readonly ReadRecord[]): Buffer {
    for (const { value } of records) if (value) this.lines.add(value);
    return this.lines.take();
  }

  private async listen(): Promise<void> {
    const lines = new LineSplitter(this.talk.work.config.spec.input.maxRecordBytes);
    for await (const bytes of this.talk.child.output()) await this.hear(() => lines.push(bytes));
    await this.hear(() => lines.rest());
    const isDone = this.isAllAsked && this.waiting.size === 0;
    if (!isDone) this.closing = setTimeout(() => this.fail(this.codeFailure(`closed its output ${this.missing()}`)), CLOSED_GRACE_MS);
  }

  private async hear(read: () => readonly string[]): Promise<void> {
    if (this.failure) return;
    try {
      for (const text of read()) await this.takeAll(text);
    } catch (thrown) {
      const isLine = thrown instanceof LongLineError || thrown instanceof NotTextError;
      this.fail(isLine ? this.codeFailure(`answered ${thrown.message}`) : thrown);
    }
  }

  private async takeAll(text: string): Promise<void> {
    let start = 0;
    while (start < text.length) {
      const feed = text.indexOf('\n', start);
      const end = feed === -1 ? text.length : feed;
      const written = this.take(text.slice(start, end));
      if (written) await written;
      start = end + 1;
    }
    this.lastHeard = Date.now();
  }

  /** A promise where the writer has to catch up. */
  private take(line: string): Promise<void> | undefined {
    if (this.waiting.size === 0) throw this.codeFailure('answered more lines than it was given records');
    const answer = this.answers.read(line);
    if (!answer) throw this.codeFailure(`answered ${shown(line)}`);
    this.waiting.next();
    this.answered += 1;
    return this.settle(answer);
  }

  private settle(answer: Answer): Promise<void> | undefined {
    if (answer.kind === 'ok') return this.write(answer);
    if (answer.kind === 'filter') this.filtered += 1;
    else this.setAside(this.waiting.place(), answer.fault);
    return undefined;
  }

  private write({ text, row }: Answer & { kind: 'ok' }): Promise<void> | undefined {
    const fault = this.talk.work.config.schemas.output && this.validate(row ?? JSON.parse(text));
    if (!fault) return this.talk.writer.add(text);
    this.setAside(this.waiting.place(), fault);
    return undefined;
  }

  private setAside({ source, offset, number, raw }: Place, fault: Fault): void {
    this.talk.work.quarantine.add({ object: source.object, offset, record: number, fault, raw: raw() });
  }

  private watchSilence(): void {
    const limitMs = this.talk.timeoutMs;
    const isDue = this.waiting.size > 0 || this.isAllAsked;
    if (!isDue || Date.now() - this.lastHeard < limitMs) return;
    const what = this.waiting.size > 0 ? 'gave no answer for' : 'was not done with its last record after';
    const hint = 'look for a record that it hangs on, or raise process.timeout';
    this.fail(new TimeoutFailure(`the command ${what} ${limitMs / 1000} s${this.progress()}`, hint, this.last));
  }

  private get last(): LastAnswer | undefined {
    return this.answered > 0 ? this.waiting.place() : undefined;
  }

  /** The first failure counts; the program has nothing more to do. */
  private fail(thrown: unknown): void {
    this.failure ??= thrown instanceof Error ? thrown : new Error(String(thrown));
    this.talk.child.stop();
  }

  private progress(): string {
    const { last: record } = this;
    const last = record ? `its last answer was for the record at offset ${record.offset}` : 'before its first answer';
    return ` (${this.answered} records answered, ${last})`;
  }

  private codeFailure(what: string): CodeFailure {
    return new CodeFailure(`the command ${what}${this.progress()}`, PROTOCOL, this.last);
  }

  private missing(): string {
    return this.waiting.size > 0 ? `without an answer for ${this.waiting.size} records` : 'before it was given every record';
  }

  private unanswered(): CodeFailure | undefined {
    return this.isAllAsked && this.waiting.size === 0 ? undefined : this.codeFailure(`ended ${this.missing()}`);
  }
}

const shown = (line: string): string => JSON.stringify(harmless(line.slice(0, SHOWN_CHARACTERS)));
