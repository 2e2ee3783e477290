import type { Ending } from './deaths';

/**
 * What may befall a call of a port. `abandoned`, `held` and `stalls` make zombies: the caller is told that the actor died,
 * and it goes on at once or much later, or the caller waits for one that goes on much later.
 */
export type Fate = 'ok' | 'refused' | 'lost' | 'dies-before' | 'dies-after' | 'abandoned' | 'held' | 'stalls' | 'own-412' | 'flip';

/** Somebody whose every step is taken when the scheduler says so: a function's invocation, a task's attempt, a person. */
export class Actor {
  dead = false;
  /** The step before which a zombie does nothing. */
  sleepsUntil = 0;
  /** Rejected when the platform holds the actor for lost; the actor may be dead, or go on as a zombie. */
  readonly given: Promise<never>;
  private giveUp: (reason: Error) => void = () => undefined;

  constructor(readonly name: string) {
    this.given = new Promise((_, reject) => {
      this.giveUp = reject;
    });
    this.given.catch(() => undefined);
  }

  die(ending?: Ending): void {
    this.dead = true;
    this.abandon(ending);
  }

  abandon(ending?: Ending): void {
    this.giveUp(Object.assign(new Error(`${this.name} was killed`), { name: 'Runtime.ExitError', ending }));
  }
}
