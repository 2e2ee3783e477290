import type { Fault } from '../../core/fault';
import { harmless } from '../../core/harmless';
import { CodeFailure, type LastAnswer, StoppedError, TimeoutFailure } from '../failures';
import { type ReadRecord, readRecords } from '../rows/records';
import type { RowWriter } from '../rows/writer';
import { type Validate, validatorOf } from '../schema/validator';
import type { ChunkWork } from '../work';
import { type Answer, AnswerReader } from './answers';
import type { Child } from './child';
import { endFailure } from './ending';
import { LineSplitter, LongLineError, NotTextError } from './lines';
import { Queue } from './queue';

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

/** Where a record stands that waits for its answer. */
type Place = Pick<ReadRecord, 'source' | 'offset' | 'number' | 'raw'>;

/** One program working through one chunk: it is asked and heard at the same time, each at its own pace. */
export class Conversation {
  private readonly waiting = new Queue<Place>();
  private readonly answers = new AnswerReader();
  private readonly validate: Validate;
  private answered = 0;
  private filtered = 0;
  private last: LastAnswer | undefined;
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
        const lines = batch.filter((record) => this.admit(record)).map(({ value }) => `${JSON.stringify(value)}\n`);
        if (this.failure) return;
        if (lines.length === 0) continue;
        if (!takesMore) return;
        takesMore = await child.send(lines.join(''));
      }
      this.isAllAsked = true;
      if (this.waiting.size === 0) this.lastHeard = Date.now();
    } catch (thrown) {
      this.fail(thrown);
    } finally {
      child.sendEnd();
    }
  }

  /** Whether the record is the program's to see; a bad one goes straight to quarantine. */
  private admit(record: ReadRecord): boolean {
    if (record.fault) {
      this.setAside(record, record.fault);
      return false;
    }
    if (this.waiting.size === 0) this.lastHeard = Date.now();
    const { source, offset, number, raw } = record;
    // Without its value: a program may let very many records wait.
    this.waiting.push({ source, offset, number, raw });
    return true;
  }

  private async listen(): Promise<void> {
    const lines = new LineSplitter(this.talk.work.config.spec.input.maxRecordBytes);
    for await (const bytes of this.talk.child.output()) await this.hear(() => lines.push(bytes));
    await this.hear(() => lines.rest());
    const isDone = this.isAllAsked && this.waiting.size === 0;
    if (!isDone) this.closing = setTimeout(() => this.fail(this.codeFailure(`closed its output ${this.missing()}`)), CLOSED_GRACE_MS);
  }

  private async hear(read: () => string): Promise<void> {
    if (this.failure) return;
    try {
      await this.takeAll(read());
    } catch (thrown) {
      this.fail(thrown instanceof LongLineError || thrown instanceof NotTextError ? this.badLine(thrown) : thrown);
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
    if (text !== '') this.lastHeard = Date.now();
  }

  /** A promise where the writer has to catch up. */
  private take(line: string): Promise<void> | undefined {
    const record = this.waiting.take();
    if (!record) throw this.codeFailure('answered more lines than it was given records');
    const answer = this.answers.read(line);
    if (!answer) throw this.codeFailure(`answered ${shown(line)}`);
    this.answered += 1;
    this.last = record;
    return this.settle(record, answer);
  }

  private settle(record: Place, answer: Answer): Promise<void> | undefined {
    if (answer.kind === 'filter') this.filtered += 1;
    else if (answer.kind === 'bad') this.setAside(record, answer.fault);
    else return this.write(record, answer);
    return undefined;
  }

  private write(record: Place, { text, row }: Answer & { kind: 'ok' }): Promise<void> | undefined {
    const fault = this.talk.work.config.schemas.output && this.validate(row ?? JSON.parse(text));
    if (!fault) return this.talk.writer.add(text);
    this.setAside(record, fault);
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

  /** The first failure counts; the program has nothing more to do. */
  private fail(thrown: unknown): void {
    this.failure ??= thrown instanceof Error ? thrown : new Error(String(thrown));
    this.talk.child.stop();
  }

  private progress(): string {
    const last = this.last ? `its last answer was for the record at offset ${this.last.offset}` : 'before its first answer';
    return ` (${this.answered} records answered, ${last})`;
  }

  private badLine({ message }: Error): CodeFailure {
    return this.codeFailure(`answered ${message}`);
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
