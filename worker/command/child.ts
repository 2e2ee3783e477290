import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import type { Writable } from 'node:stream';
import { ConfigFailure, TryAgainFailure, type WorkerFailure } from '../failures';
import type { Log } from '../log';
import type { ChunkWork } from '../work';
import { logText } from './log-text';

/** A program that is told to stop may tidy up for so long before it is killed. */
const GRACE_MS = 2000;
/** Whoever still holds a program's output open so long after its end is not of its group any more, and is not waited for. */
const DRAIN_MS = 2000;

/** How a program ended. */
export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** It never began. */
  readonly failure?: WorkerFailure;
}

type Order = Pick<ChunkWork, 'jobsFolder' | 'childEnvironment' | 'scratch' | 'log'>;

/**
 * A program and all that it starts: one process group, of which nothing is left once it has ended. It sees the jobs
 * folder and next to no environment: no credentials.
 */
export class Child {
  /** Resolved when the program is gone and its output is read or given up. */
  readonly ended: Promise<Ended>;
  private readonly process: ChildProcessWithoutNullStreams;
  private readonly log: Log;
  private isGivenUp = false;

  constructor(
    [program = '', ...args]: readonly string[],
    { jobsFolder, childEnvironment, scratch, log }: Order,
    more: Readonly<Record<string, string>> = {},
  ) {
    const home = path.join(scratch, 'home');
    mkdirSync(home, { recursive: true });
    const env = { ...childEnvironment, HOME: home, TMPDIR: home, ...more };
    this.process = begin(program, args, { cwd: jobsFolder, env });
    this.log = log;
    this.ended = this.watch();
    // A program that ends early breaks its pipe; its exit code says more than that.
    this.process.stdin.on('error', () => undefined);
    logText(this.process.stderr, 'command stderr', log);
  }

  /** For a program whose stdout is for people. */
  logOutput(): void {
    logText(this.process.stdout, 'command stdout', this.log);
  }

  /** What the program writes, to its end or until nobody of its group can write any more. */
  async *output(): AsyncGenerator<Buffer> {
    try {
      for await (const bytes of this.process.stdout) yield bytes as Buffer;
    } catch (thrown) {
      if (!this.isGivenUp) throw thrown;
    }
  }

  /** Answers, when the program has room for more, whether it will take it; `sent` is called when the bytes are wanted no more. */
  async send(bytes: Buffer, sent: (bytes: Buffer) => void): Promise<boolean> {
    const { stdin } = this.process;
    if (stdin.destroyed) return false;
    // After a failure the system may still be reading them.
    const written = (error?: Error | null): void => (error ? undefined : sent(bytes));
    // What the program says is heard only when the loop turns.
    await (stdin.write(bytes, written) ? new Promise(setImmediate) : drained(stdin));
    return !stdin.destroyed;
  }

  /** Nothing more will be sent. */
  sendEnd(): void {
    this.process.stdin.end();
  }

  /** Asks the program to end, and kills it if it does not. */
  stop(): void {
    this.signal('SIGTERM');
    setTimeout(() => this.signal('SIGKILL'), GRACE_MS).unref();
  }

  private watch(): Promise<Ended> {
    const { process: child } = this;
    return new Promise((resolve) => {
      child.once('error', (error) => {
        if (child.pid === undefined) resolve({ code: null, signal: null, failure: notStarted(error) });
      });
      child.once('exit', () => {
        // What it left running has no one to answer to.
        this.signalGroup('SIGKILL');
        setTimeout(() => this.giveUp(), DRAIN_MS).unref();
      });
      child.once('close', (code, signal) => resolve({ code, signal }));
    });
  }

  private giveUp(): void {
    this.isGivenUp = true;
    this.process.stdout.destroy();
    this.process.stderr.destroy();
  }

  private signal(name: 'SIGTERM' | 'SIGKILL'): void {
    const isRunning = this.process.exitCode === null && this.process.signalCode === null;
    if (isRunning) this.signalGroup(name);
  }

  private signalGroup(name: 'SIGTERM' | 'SIGKILL'): void {
    if (this.process.pid === undefined) return;
    try {
      process.kill(-this.process.pid, name);
    } catch (thrown) {
      // Nobody is left in the group; on macOS a group of the dead alone answers EPERM.
      if (!['ESRCH', 'EPERM'].includes(String((thrown as NodeJS.ErrnoException).code))) throw thrown;
    }
  }
}

function begin(program: string, args: readonly string[], where: { cwd: string; env: NodeJS.ProcessEnv }): ChildProcessWithoutNullStreams {
  try {
    return spawn(program, args, { ...where, stdio: 'pipe', detached: true });
  } catch (thrown) {
    // A text that no program can be given, such as one with a NUL in it.
    throw notStarted(thrown as NodeJS.ErrnoException);
  }
}

/** Waits until a stream has passed on what it holds, or is closed. */
function drained(stream: Writable): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      stream.off('drain', done).off('close', done);
      resolve();
    };
    stream.on('drain', done).on('close', done);
  });
}

/** The platform may lack what every program needs; all else is in the spec or the image. */
const PLATFORM: ReadonlySet<string> = new Set(['EAGAIN', 'ENOMEM', 'EMFILE', 'ENFILE']);

function notStarted({ message, code = '' }: NodeJS.ErrnoException): WorkerFailure {
  const what = `the command cannot be started: ${message}`;
  if (PLATFORM.has(code)) return new TryAgainFailure(what, 'the task has too few resources for another process: give it more memory');
  return new ConfigFailure(what, 'check process.command and what the image holds');
}
