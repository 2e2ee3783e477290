import { abortRun } from '../../../adapters/aborting';
import { NotRedrivableError, redriveRun } from '../../../adapters/redriving';
import { collect } from '../../../lambda/collect';
import type { Deps } from '../../../lambda/runtime';
import { sweep } from '../../../lambda/sweep';
import { Actor } from './actor';

/** What a person heard of a redrive. */
export type Heard = object | { readonly refused: string } | undefined;

/** The scheduled functions and the people beside a run: each call is an actor of its own, and may die like any other. */
export class People {
  private calls = 0;

  constructor(private readonly portsOf: (actor: Actor) => Deps) {}

  /** What the call answers; undefined where it failed or died. */
  private async call<Result>(name: string, step: (deps: Deps) => Promise<Result>): Promise<Result | undefined> {
    this.calls += 1;
    const actor = new Actor(`${name}-${this.calls}`);
    try {
      return await Promise.race([step(this.portsOf(actor)), actor.given]);
    } catch (thrown) {
      if (thrown instanceof NotRedrivableError) throw thrown;
      return undefined;
    }
  }

  sweep(): Promise<unknown> {
    return this.call('sweep', (deps) => sweep({ id: `event-${this.calls}`, detail: {} }, deps));
  }

  /** A clock that is ahead must not make the collector take what is in use. */
  collect(aheadMs = 0): Promise<unknown> {
    return this.call('collect', (deps) => collect({}, { ...deps, now: () => new Date(deps.now().getTime() + aheadMs) }));
  }

  abort(runId: string): Promise<unknown> {
    return this.call('abort', (deps) => abortRun(runId, { schema: 'abort.v1', at: deps.now().toISOString(), reason: 'wrong file' }, deps));
  }

  async redrive(runId: string): Promise<Heard> {
    try {
      return await this.call('person', (deps) => redriveRun(runId, deps));
    } catch (thrown) {
      return { refused: (thrown as Error).message };
    }
  }
}
