import type { ExecutionInput, RoundRef } from '../../../core/contracts';
import type { CaughtError } from '../../../core/step-failures';
import { assess } from '../../../lambda/assess';
import { commit } from '../../../lambda/commit';
import { plan } from '../../../lambda/plan';
import { redrive } from '../../../lambda/redrive';
import { report } from '../../../lambda/report';
import type { Deps } from '../../../lambda/runtime';
import { submit } from '../../../lambda/submit';
import { Actor } from './actor';

/** As `lib/step-retries.ts` has it for what no step threw on purpose. */
const RETRIES = 5;
const FINAL = /^((SPOT|HOST|IMAGE|TIMEOUT|OOM|DATA|CODE|CONFIG|CANCELLED|UNKNOWN)Failure|States\.Timeout)$/;

export interface ExecutionParts {
  readonly name: string;
  readonly input: ExecutionInput;
  readonly startedAt: Date;
  readonly portsOf: (actor: Actor) => Deps;
  /** Registers a token; resolved when somebody answers it. */
  readonly waitFor: (token: string) => Promise<unknown>;
  /** Passes time. */
  readonly wait: (seconds: number) => void;
  /** Called before Commit is first called. */
  readonly onCommit: (input: ExecutionInput) => void;
  /** Whether a second committer works beside the first. */
  readonly twoCommitters: () => boolean;
  readonly random: () => number;
}

type Step<Result> = (deps: Deps) => Promise<Result>;
type Told = Pick<Parameters<typeof commit>[0], 'failure' | 'error'> & { readonly commitError?: CaughtError; readonly tries?: number };
type Answer = { readonly status: string; readonly retry?: boolean; readonly waitSeconds?: number; readonly tries?: number };

const caught = (thrown: unknown): CaughtError => {
  const { name, message } = thrown as Error;
  return { Error: name, Cause: JSON.stringify({ errorMessage: message }) };
};

/** The state machine of `lib/run-state-machine.ts`, with the real steps. */
export class Execution {
  private invocations = 0;
  private tokens = 0;
  private isStopped = false;

  constructor(private readonly parts: ExecutionParts) {}

  /** No state is entered any more; functions that were called go on. */
  stop(): void {
    this.isStopped = true;
  }

  /** Runs to the end; answers what the report says. */
  async run(): Promise<string> {
    let news: Told = {};
    try {
      news = await this.work();
    } catch (thrown) {
      news = { error: caught(thrown) };
    }
    for (;;) {
      const { retry, waitSeconds = 0, status, ...answer } = await this.conclude(news);
      if (!retry) return status;
      // Commit is told once more what it was told, and how often it has failed.
      this.parts.wait(waitSeconds);
      news = { ...news, ...answer };
    }
  }

  /** Commit, then Report, whatever becomes of Commit. */
  private async conclude(news: Told): Promise<Answer> {
    const { name, startedAt } = this.parts;
    let told: Told = {};
    try {
      await this.commit(news);
    } catch (thrown) {
      told = { ...news, commitError: caught(thrown) };
    }
    const input = { ...this.parts.input, ...this.ref, ...told, execution: `arn:${name}`, startedAt: startedAt.toISOString() };
    return this.invoke('report', (deps) => report(input, deps));
  }

  private get ref() {
    const { runId, job, drive = 0 } = this.parts.input;
    return { runId, job, drive };
  }

  /** All before Commit. */
  private async work(): Promise<Told> {
    const { begin } = this.parts.input;
    if (begin === 'commit') return {};
    if (begin === 'redrive') return this.rounds(await this.invoke('redrive', (deps) => redrive(this.ref, deps)));
    let planned = await this.plan();
    while (planned.next === 'plan') planned = await this.plan();
    return planned.next === 'commit' ? {} : this.rounds(planned);
  }

  private async rounds(first: RoundRef): Promise<Told> {
    for (let current = first; ; ) {
      const { round, arrays } = current;
      await Promise.all(arrays.map(({ array }) => this.submit(round, array)));
      const assessed = await this.invoke('assess', (deps) => assess({ ...this.ref, round }, deps));
      if (assessed.next === 'commit') return {};
      if (assessed.next === 'stop') return { failure: assessed.failure };
      current = assessed.round;
    }
  }

  private plan() {
    return this.invoke('plan', (deps) => plan({ ...this.ref, stateMachine: 'arn:machine' }, deps));
  }

  private async commit(news: Told): Promise<void> {
    this.parts.onCommit(this.parts.input);
    if (!this.parts.twoCommitters()) return this.committed(news);
    const other = this.committed(this.otherNews(news)).catch(() => undefined);
    await this.committed(news);
    await other;
  }

  /** Called again, and told nothing more, as long as there is more to do. */
  private async committed(news: Told): Promise<void> {
    const call = (told: Told) => this.invoke('commit', (deps) => commit({ ...this.parts.input, ...this.ref, ...told }, deps));
    for (let { more } = await call(news); more; ) ({ more } = await call({}));
  }

  /** The second committer may have heard otherwise. */
  private otherNews(news: Told): Told {
    return this.parts.random() < 0.5 ? news : { error: { Error: 'States.Timeout', Cause: 'heard otherwise' } };
  }

  /** A token for every attempt; an attempt that failed may still be answered. */
  private async submit(round: number, array: number): Promise<void> {
    let waiting: Promise<unknown> = Promise.resolve();
    await this.invoke('submit', (deps) => {
      this.tokens += 1;
      const token = `${this.parts.name}-token-${this.tokens}`;
      waiting = this.parts.waitFor(token);
      waiting.catch(() => undefined);
      return submit({ ...this.ref, round, array, token }, deps);
    });
    await waiting;
  }

  /** Every attempt is an actor; one that is given up may go on beside the next. */
  private async invoke<Result>(step: string, call: Step<Result>): Promise<Result> {
    for (let attempt = 1; ; attempt++) {
      if (this.isStopped) return never();
      this.invocations += 1;
      const actor = new Actor(`${this.parts.name.slice(-NAME_END)}:${step}-${this.invocations}`);
      const work = call(this.parts.portsOf(actor));
      work.catch(() => undefined);
      try {
        const result = await Promise.race([work, actor.given]);
        return this.isStopped ? never() : result;
      } catch (thrown) {
        if (this.isStopped) return never();
        if (attempt > RETRIES || FINAL.test((thrown as Error).name)) throw thrown;
      }
    }
  }
}

/** Enough of an execution's name to tell drives apart. */
const NAME_END = 6;

const never = <Result>(): Promise<Result> => new Promise(() => undefined);
