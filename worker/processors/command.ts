import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { Fault } from '../../core/fault';
import { KIB } from '../../core/units';
import { CodeFailure, ConfigFailure, StoppedError, TryAgainFailure } from '../failures';
import { type ReadRecord, readRecords } from '../rows/records';
import { RowWriter } from '../rows/writer';
import { type Validate, validatorOf } from '../schema/validator';
import type { ChunkWork, Processor } from '../work';
import { exitFailure, parseAnswer } from './command-protocol';

/** How much of a program's stderr goes to the log of a chunk. */
const STDERR_LIMIT_BYTES = 64 * KIB;
/** A program that says nothing for so long while records wait is taken for hung. */
export const SILENCE_LIMIT_MS = 300_000;

/** Runs a program of any language over a chunk: one JSON line in, one JSON line out, both at their own pace. */
export const commandProcessor =
  (command: readonly string[], silenceLimitMs = SILENCE_LIMIT_MS): Processor =>
  async (work) => {
    const writer = new RowWriter(work);
    const filtered = await new Conversation(work, writer, start(command, work)).hold(silenceLimitMs);
    return { parts: await writer.finish(), written: writer.rows, filtered };
  };

/** The program sees the jobs folder and next to no environment: no credentials. */
function start(
  [program = '', ...args]: readonly string[],
  { jobsFolder, childEnvironment, scratch }: ChunkWork,
): ChildProcessWithoutNullStreams {
  return spawn(program, args, { cwd: jobsFolder, env: { ...childEnvironment, HOME: scratch, TMPDIR: scratch }, stdio: 'pipe' });
}

/** One program working through one chunk. */
class Conversation {
  private readonly waiting: ReadRecord[] = [];
  private acknowledged = 0;
  private filtered = 0;
  private lastOffset: number | undefined;
  private lastHeard = Date.now();
  private failure: Error | undefined;
  private readonly validate: Validate;
  private readonly exited: Promise<readonly [number | null, NodeJS.Signals | null]>;

  constructor(
    private readonly work: ChunkWork,
    private readonly writer: RowWriter,
    private readonly child: ChildProcessWithoutNullStreams,
  ) {
    this.validate = validatorOf(work.config.schemas.output, 'output');
    this.exited = new Promise((resolve) => {
      child.once('error', (error) => {
        this.fail(new ConfigFailure(`the command cannot be started: ${error.message}`, 'check process.command and what the image holds'));
        resolve([null, null]);
      });
      child.once('close', (code, signal) => resolve([code, signal]));
    });
    // A program that ends early breaks its pipe; its exit code says more than that.
    child.stdin.on('error', () => undefined);
    this.logErrors();
  }

  /** Answers how many records were filtered out. */
  async hold(silenceLimitMs: number): Promise<number> {
    const watch = setInterval(() => this.watchSilence(silenceLimitMs), Math.min(1000, silenceLimitMs));
    const stop = (): void => this.fail(new StoppedError());
    this.work.signal.addEventListener('abort', stop);
    try {
      await Promise.all([this.ask(), this.listen()]);
      const [code, signal] = await this.exited;
      if (this.failure) throw this.failure;
      this.checkEnd(code, signal);
      return this.filtered;
    } finally {
      clearInterval(watch);
      this.work.signal.removeEventListener('abort', stop);
      this.child.kill('SIGKILL');
    }
  }

  private async ask(): Promise<void> {
    try {
      for await (const batch of readRecords(this.work)) {
        if (this.failure || this.child.stdin.destroyed) return;
        const lines = batch.filter((record) => this.admit(record)).map(({ value }) => `${JSON.stringify(value)}\n`);
        if (!this.child.stdin.write(lines.join('')))
          await Promise.race([once(this.child.stdin, 'drain').catch(() => undefined), this.exited]);
      }
    } catch (thrown) {
      this.fail(thrown instanceof Error ? thrown : new Error(String(thrown)));
    } finally {
      this.child.stdin.end();
    }
  }

  /** Whether the record is the program's to see; a bad one goes straight to quarantine. */
  private admit(record: ReadRecord): boolean {
    if (record.fault) {
      this.setAside(record, record.fault);
      return false;
    }
    if (this.waiting.length === 0) this.lastHeard = Date.now();
    this.waiting.push(record);
    return true;
  }

  private async listen(): Promise<void> {
    for await (const line of createInterface({ input: this.child.stdout, crlfDelay: Number.POSITIVE_INFINITY })) {
      this.lastHeard = Date.now();
      if (this.failure) continue;
      try {
        await this.take(line);
      } catch (thrown) {
        this.fail(thrown instanceof Error ? thrown : new Error(String(thrown)));
      }
    }
  }

  private async take(line: string): Promise<void> {
    const record = this.waiting.shift();
    if (!record) throw this.codeFailure('answered more lines than it was given records');
    const answer = parseAnswer(line);
    if (!answer) throw this.codeFailure(`answered ${JSON.stringify(line.slice(0, 80))}`);
    if ('filter' in answer) this.filtered += 1;
    else if ('skip' in answer) this.setAside(record, new Fault('SKIPPED', answer.skip));
    else await this.write(record, answer.ok);
    this.acknowledged += 1;
    this.lastOffset = record.offset;
  }

  private async write(record: ReadRecord, row: Readonly<Record<string, unknown>>): Promise<void> {
    const fault = this.validate(row);
    if (fault) this.setAside(record, fault);
    else await this.writer.add(row);
  }

  private setAside({ source, offset, number, raw }: ReadRecord, fault: Fault): void {
    this.work.quarantine.add({ object: source.object, offset, record: number, fault, raw: raw() });
  }

  private watchSilence(limitMs: number): void {
    if (this.waiting.length === 0 || Date.now() - this.lastHeard < limitMs) return;
    this.fail(
      new TryAgainFailure(`the command gave no answer for ${limitMs / 1000} s${this.progress()}`, 'look for a record that it hangs on'),
    );
  }

  /** The first failure counts; the program has nothing more to do. */
  private fail(error: Error): void {
    this.failure ??= error;
    this.child.kill('SIGKILL');
  }

  private progress(): string {
    const last =
      this.lastOffset === undefined ? 'before its first answer' : `its last answer was for the record at offset ${this.lastOffset}`;
    return ` (${this.acknowledged} records answered, ${last})`;
  }

  private codeFailure(what: string): CodeFailure {
    return new CodeFailure(
      `the command ${what}${this.progress()}`,
      'one line per record, in order: {"ok": {…}}, {"filter": true} or {"skip": "reason"}',
    );
  }

  private checkEnd(code: number | null, signal: NodeJS.Signals | null): void {
    if (code !== 0) throw exitFailure(code, `the command ended with ${signal ?? `exit code ${code}`}${this.progress()}`);
    if (this.waiting.length > 0) throw this.codeFailure(`ended without an answer for ${this.waiting.length} records`);
  }

  private logErrors(): void {
    let left = STDERR_LIMIT_BYTES;
    this.child.stderr.on('data', (data: Buffer) => {
      if (left > 0) this.work.log('command stderr', { text: data.toString('utf8', 0, left) });
      left -= data.length;
    });
  }
}
