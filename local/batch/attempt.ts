import { type ChildProcess, spawn } from 'node:child_process';
import { constants } from 'node:os';
import { LogLines } from './log-lines';
import type { MemoryGuard } from './memory-guard';

/** Why an attempt was made to end; a process that ended by itself has no cause. */
export type Cause = 'memory' | 'timeout' | 'ended' | 'reclaimed';

export interface AttemptPlan {
  readonly program: string;
  readonly args: readonly string[];
  readonly folder: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly memoryMiB: number;
  readonly timeoutSeconds?: number;
  /** From SIGTERM to SIGKILL. */
  readonly stopSeconds: number;
  /** Told instead of the program's own when it ran out of memory. @default - its own */
  readonly memoryExitCode?: number;
  readonly log: (line: string) => void;
  /** Called when the program has ended, before its output is read to the end. */
  readonly ended: (cause: Cause | undefined) => void;
}

export interface Outcome {
  /** Absent when the program could not be started. */
  readonly exitCode?: number;
  readonly cause?: Cause;
  /** Why the program could not be started. */
  readonly fault?: string;
  /** Its host is gone, whatever its processes do. */
  readonly lost?: boolean;
}

/** The longest that a timer of Node can wait. */
const LONGEST_MS = 2 ** 31 - 1;
/** Left-over descendants may hold the output open; they get this long after their leader's end. */
const DRAIN_MS = 1000;

const exitCodeOf = (code: number | null, signal: NodeJS.Signals | null): number => code ?? 128 + (signal ? constants.signals[signal] : 0);

/** One process group at work: a container as this machine has it. */
export class RunningAttempt {
  /** Undefined when the program could not be started. */
  readonly pid: number | undefined;
  /** What Batch hears of it. */
  readonly finished: Promise<Outcome>;
  /** Its processes are gone; the same moment, unless its host was lost. */
  readonly gone: Promise<Outcome>;
  private readonly child: ChildProcess;
  private readonly timers: NodeJS.Timeout[] = [];
  private cause: Cause | undefined;
  private lose: (outcome: Outcome) => void = () => undefined;

  constructor(
    private readonly plan: AttemptPlan,
    private readonly guard: MemoryGuard,
  ) {
    this.child = spawn(plan.program, plan.args, {
      cwd: plan.folder,
      env: { ...plan.environment },
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.pid = this.child.pid;
    this.gone = this.outcome();
    const lost = new Promise<Outcome>((resolve) => {
      this.lose = resolve;
    });
    this.finished = Promise.race([this.gone, lost]);
    if (this.pid !== undefined) this.limit(this.pid);
  }

  /** Asks the program to end, and makes it after its grace; the first cause counts. */
  end(cause: Cause): void {
    if (this.cause || this.over()) return;
    this.cause = cause;
    this.child.kill('SIGTERM');
    this.after(this.plan.stopSeconds, () => this.kill());
  }

  /** Ends the whole group at once. */
  kill(cause?: Cause): void {
    this.cause ??= cause;
    if (this.pid !== undefined) killGroup(this.pid);
  }

  /** Stops the whole group where it is, and counts it as lost with its host. */
  freeze(): void {
    if (this.pid === undefined || this.over()) return;
    process.kill(-this.pid, 'SIGSTOP');
    this.lose({ lost: true });
  }

  /** Lets a frozen group go on. */
  thaw(): void {
    if (this.pid !== undefined && !this.over()) process.kill(-this.pid, 'SIGCONT');
  }

  private over(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }

  private limit(pid: number): void {
    this.guard.watch(pid, this.plan.memoryMiB, () => this.kill('memory'));
    if (this.plan.timeoutSeconds !== undefined) this.after(this.plan.timeoutSeconds, () => this.end('timeout'));
  }

  private after(seconds: number, act: () => void): void {
    this.timers.push(setTimeout(act, Math.min(seconds * 1000, LONGEST_MS)));
  }

  private async outcome(): Promise<Outcome> {
    const drained = Promise.all([this.drain(this.child.stdout), this.drain(this.child.stderr)]);
    const ended = await new Promise<Outcome>((done) => {
      this.child.once('error', (error) => done({ fault: `CannotStartContainerError: ${error.message}` }));
      this.child.once('exit', (code, signal) => done({ exitCode: exitCodeOf(code, signal) }));
    });
    for (const timer of this.timers) clearTimeout(timer);
    if (this.pid !== undefined) {
      this.guard.forget(this.pid);
      killGroup(this.pid);
      this.plan.ended(this.cause);
    }
    await this.closed(drained);
    const exitCode = this.cause === 'memory' ? (this.plan.memoryExitCode ?? ended.exitCode) : ended.exitCode;
    return { ...ended, exitCode, cause: this.cause };
  }

  private async closed(drained: Promise<unknown>): Promise<void> {
    const late = setTimeout(() => {
      this.child.stdout?.destroy();
      this.child.stderr?.destroy();
    }, DRAIN_MS);
    await drained;
    clearTimeout(late);
  }

  private drain(stream: NodeJS.ReadableStream | null): Promise<void> {
    const lines = new LogLines(this.plan.log);
    return new Promise((done) => {
      stream?.on('data', (bytes: Buffer) => lines.push(bytes));
      stream?.once('close', () => {
        lines.end();
        done();
      });
    });
  }
}

/** A group that is gone; macOS says EPERM of one whose processes have all ended and are not collected yet. */
const GONE = ['ESRCH', 'EPERM'];

/** SIGKILL to a group; one that is gone already is fine. */
export function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch (thrown) {
    if (!GONE.includes((thrown as NodeJS.ErrnoException).code ?? '')) throw thrown;
  }
}
