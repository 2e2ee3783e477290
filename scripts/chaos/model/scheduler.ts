/** What may befall a call of a port. */
export type Fate = 'ok' | 'refused' | 'lost' | 'dies-before' | 'dies-after' | 'abandoned' | 'own-412' | 'flip';

/** Somebody whose every step is taken when the scheduler says so: a function's invocation, or a task's attempt. */
export class Actor {
  dead = false;
  /** Rejected when the platform holds the actor for lost; the actor may be dead, or go on as a zombie. */
  readonly given: Promise<never>;
  private giveUp: (reason: Error) => void = () => undefined;

  constructor(readonly name: string) {
    this.given = new Promise((_, reject) => {
      this.giveUp = reject;
    });
    this.given.catch(() => undefined);
  }

  die(): void {
    this.dead = true;
    this.abandon();
  }

  abandon(): void {
    this.giveUp(Object.assign(new Error(`${this.name} was killed`), { name: 'Runtime.ExitError' }));
  }
}

interface Call {
  readonly actor: Actor;
  /** For people; built when somebody wants to read it. */
  readonly what: () => string;
  readonly fates: readonly Fate[];
  readonly effect: () => Promise<unknown>;
  readonly altered: (fate: Fate, value: unknown) => unknown;
  readonly resolve: (value: unknown) => void;
  readonly reject: (reason: unknown) => void;
}

export interface SchedulerOptions {
  readonly random: () => number;
  /** Faults that may happen in all. */
  readonly faults: number;
  /** Chance of a fault at a call, while there are any left. */
  readonly rate: number;
  /** Called after every effect. */
  readonly check: () => void;
  /** Whether steps are written down. */
  readonly traced: boolean;
}

const named = (name: string, message: string): Error => Object.assign(new Error(message), { name });

/** Lets pending calls happen one at a time, in an order and with fates that a random sequence decides. */
export class Scheduler {
  readonly trace: string[] = [];
  readonly hit: Partial<Record<Fate, number>> = {};
  private readonly pending: Call[] = [];
  private faultsLeft: number;

  constructor(private readonly options: SchedulerOptions) {
    this.faultsLeft = options.faults;
  }

  /** A call that happens when its turn comes; a dead actor's never does. */
  call(actor: Actor, what: Call['what'], wish: Pick<Call, 'fates' | 'effect' | 'altered'>): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (!actor.dead) this.pending.push({ actor, what, ...wish, resolve, reject });
    });
  }

  /** Takes steps until nobody has a step to take. */
  async run(): Promise<void> {
    for (;;) {
      await new Promise(setImmediate);
      if (this.pending.length === 0) return;
      const at = Math.floor(this.options.random() * this.pending.length);
      const [call] = this.pending.splice(at, 1);
      if (call && !call.actor.dead) await this.take(call);
    }
  }

  private fateOf({ fates }: Call): Fate {
    const { random, rate } = this.options;
    if (this.faultsLeft <= 0 || fates.length === 0 || random() >= rate) return 'ok';
    this.faultsLeft -= 1;
    const special = fates.find((fate) => fate === 'flip' || fate === 'own-412');
    if (special && random() < 0.5) return special;
    return fates[Math.floor(random() * fates.length)] ?? 'ok';
  }

  private async take(call: Call): Promise<void> {
    const fate = this.fateOf(call);
    this.hit[fate] = (this.hit[fate] ?? 0) + 1;
    if (this.options.traced) this.trace.push(`${call.actor.name}: ${call.what()}${fate === 'ok' ? '' : ` [${fate}]`}`);
    if (fate === 'refused') return call.reject(named('SlowDown', 'please reduce your request rate'));
    if (fate === 'dies-before') return call.actor.die();
    const outcome = await settled(call.effect());
    this.options.check();
    if (fate === 'dies-after') return call.actor.die();
    if (fate === 'lost') return call.reject(named('TimeoutError', 'socket hang up'));
    if (fate === 'abandoned') call.actor.abandon();
    if ('thrown' in outcome) call.reject(outcome.thrown);
    else call.resolve(call.altered(fate, outcome.value));
  }
}

async function settled(work: Promise<unknown>): Promise<{ readonly value: unknown } | { readonly thrown: unknown }> {
  try {
    return { value: await work };
  } catch (thrown) {
    return { thrown };
  }
}
