import type { RoundRef } from '../../../core/contracts';
import { assess } from '../../../lambda/assess';
import { commit } from '../../../lambda/commit';
import { plan } from '../../../lambda/plan';
import { report } from '../../../lambda/report';
import type { Deps } from '../../../lambda/runtime';
import { submit } from '../../../lambda/submit';
import { Actor } from './scheduler';

/** As `lib/step-retries.ts` has it for what no step threw on purpose. */
const RETRIES = 5;
const FINAL = /^(SPOT|HOST|IMAGE|THROTTLE|TIMEOUT|OOM|DATA|CODE|CONFIG|CANCELLED|UNKNOWN)Failure$/;

export interface ExecutionParts {
  readonly run: { readonly runId: string; readonly job: string };
  readonly portsOf: (actor: Actor) => Deps;
  /** Registers a token; resolved when somebody answers it. */
  readonly waitFor: (token: string) => Promise<unknown>;
  /** Whether a second committer works beside the first. */
  readonly twoCommitters: boolean;
  /** Whether the report is written too: it reads much and changes nothing. */
  readonly reported: boolean;
  readonly random: () => number;
}

type Step<Result> = (deps: Deps) => Promise<Result>;

/** The state machine of `lib/run-state-machine.ts`, with the real steps. */
export class Execution {
  private invocations = 0;
  private tokens = 0;

  constructor(private readonly parts: ExecutionParts) {}

  /** Runs to the end; answers what the report says. */
  async run(): Promise<string> {
    const { run } = this.parts;
    let news: object = {};
    try {
      news = await this.rounds();
    } catch (thrown) {
      news = { error: { Error: (thrown as Error).name, Cause: JSON.stringify({ errorMessage: (thrown as Error).message }) } };
    }
    try {
      await this.commit(news);
    } catch (thrown) {
      news = { error: { Error: (thrown as Error).name, Cause: '' } };
    }
    if (!this.parts.reported) return 'not reported';
    const input = { ...run, drive: 0, execution: 'arn:execution', startedAt: '2026-01-01T00:00:00.000Z', ...('error' in news ? news : {}) };
    const { status } = await this.invoke('report', (deps) => report(input as Parameters<typeof report>[0], deps));
    return status;
  }

  private async rounds(): Promise<object> {
    const { run } = this.parts;
    let planned = await this.plan();
    while (planned.next === 'plan') planned = await this.plan();
    if (planned.next === 'commit') return {};
    let round: RoundRef = planned;
    for (;;) {
      const { round: number, arrays } = round;
      await Promise.all(arrays.map(({ array }) => this.submit(number, array)));
      const next = await this.invoke('assess', (deps) => assess({ ...run, drive: 0, round: number }, deps));
      if (next.next === 'commit') return {};
      if (next.next === 'stop') return { failure: next.failure };
      round = next.round;
    }
  }

  private plan() {
    return this.invoke('plan', (deps) => plan({ ...this.parts.run, drive: 0, stateMachine: 'arn:machine' }, deps));
  }

  private async commit(news: object): Promise<unknown> {
    const once = (): Promise<unknown> => this.committed(news);
    if (!this.parts.twoCommitters) return once();
    const other = this.committed(this.otherNews(news)).catch(() => undefined);
    await once();
    return other;
  }

  /** Called again, and told nothing more, as long as there is more to do. */
  private async committed(news: object): Promise<void> {
    const call = (told: object) => this.invoke('commit', (deps) => commit({ ...this.parts.run, drive: 0, ...told }, deps));
    for (let { more } = await call(news); more; ) ({ more } = await call({}));
  }

  /** The second committer may have heard otherwise. */
  private otherNews(news: object): object {
    return this.parts.random() < 0.5 ? news : { error: { Error: 'States.Timeout', Cause: 'heard otherwise' } };
  }

  /** A token for every attempt; an attempt that failed may still be answered. */
  private async submit(round: number, array: number): Promise<void> {
    let waiting: Promise<unknown> = Promise.resolve();
    await this.invoke('submit', (deps) => {
      this.tokens += 1;
      const token = `token-${this.tokens}`;
      waiting = this.parts.waitFor(token);
      return submit({ ...this.parts.run, drive: 0, round, array, token }, deps);
    });
    await waiting;
  }

  /** Every attempt is an actor; one that is given up may go on beside the next. */
  private async invoke<Result>(name: string, step: Step<Result>): Promise<Result> {
    for (let attempt = 1; ; attempt++) {
      this.invocations += 1;
      const actor = new Actor(`${name}-${this.invocations}`);
      const work = step(this.parts.portsOf(actor));
      work.catch(() => undefined);
      try {
        return await Promise.race([work, actor.given]);
      } catch (thrown) {
        if (attempt > RETRIES || FINAL.test((thrown as Error).name)) throw thrown;
      }
    }
  }
}
