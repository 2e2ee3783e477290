import type { Actor, Fate } from './actor';

interface Call {
  readonly actor: Actor;
  readonly port: string;
  /** Whether others can see its effect. */
  readonly isWrite: boolean;
  /** For people; built when somebody wants to read it. */
  readonly what: () => string;
  readonly fates: readonly Fate[];
  readonly effect: () => Promise<unknown>;
  readonly altered: (fate: Fate, value: unknown) => unknown;
  readonly resolve: (value: unknown) => void;
  readonly reject: (reason: unknown) => void;
}

/** From a step on, so many calls that match are refused, one after the other: longer than anybody tries again. */
export interface Outage {
  readonly from: number;
  readonly matches: (port: string, actor: string) => boolean;
  readonly calls: number;
}

/** Whose writes come late, and how many of them: what a step that is held for lost does to those that follow. */
export interface Latecomers {
  readonly actor: string;
  readonly calls: number;
}

export interface SchedulerOptions {
  readonly random: () => number;
  /** Faults that may happen in all, beside outages. */
  readonly faults: number;
  /** Chance of a fault at a call, while there are any left. */
  readonly rate: number;
  readonly outages: readonly Outage[];
  readonly late: Latecomers;
  /** Called after every effect. */
  readonly check: () => void;
  /** Whether steps are written down. */
  readonly traced: boolean;
}

const named = (name: string, message: string): Error => Object.assign(new Error(message), { name });

/** Of the writes of latecomers. */
const LATE_RATE = 0.35;

/** A zombie sleeps for 2^4 to 2^10 steps: until the next step of its run, or long after its end. */
const NAP = { least: 4, most: 10 };

/** Lets pending calls happen one at a time, in an order and with fates that a random sequence decides. */
export class Scheduler {
  readonly trace: string[] = [];
  readonly hit: Partial<Record<Fate, number>> = {};
  step = 0;
  isCalm = false;
  private pending: Call[] = [];
  private sleeping: Call[] = [];
  private faultsLeft: number;
  private lateLeft: number;
  private outages: { readonly outage: Outage; left: number }[];

  constructor(private readonly options: SchedulerOptions) {
    this.faultsLeft = options.faults;
    this.lateLeft = options.late.calls;
    this.outages = options.outages.map((outage) => ({ outage, left: outage.calls }));
  }

  /** A call that happens when its turn comes; a dead actor's never does. */
  call(actor: Actor, wish: Pick<Call, 'port' | 'isWrite' | 'what' | 'fates' | 'effect' | 'altered'>): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (actor.dead) return;
      (actor.sleepsUntil > this.step ? this.sleeping : this.pending).push({ actor, ...wish, resolve, reject });
    });
  }

  /** Writes down what happens beside the calls. */
  note(line: () => string): void {
    if (this.options.traced) this.trace.push(`--- ${line()}`);
  }

  /** From now on nothing goes wrong any more. */
  calm(): void {
    this.isCalm = true;
    this.faultsLeft = 0;
    this.lateLeft = 0;
    this.outages = [];
  }

  /** Whether somebody sleeps who will go on. */
  get hasSleepers(): boolean {
    return this.sleeping.some(({ actor }) => !actor.dead);
  }

  /** Wakes every zombie. */
  wakeAll(): void {
    for (const { actor } of this.sleeping) actor.sleepsUntil = 0;
    this.pending.push(...this.sleeping);
    this.sleeping = [];
  }

  /** Takes steps until nobody who is awake has a step to take. */
  async run(): Promise<void> {
    for (;;) {
      await new Promise(setImmediate);
      if (this.sleeping.length > 0) this.wakeDue();
      if (this.pending.length === 0) return;
      const at = Math.floor(this.options.random() * this.pending.length);
      const [call] = this.pending.splice(at, 1);
      if (!call || call.actor.dead) continue;
      if (call.actor.sleepsUntil > this.step) this.sleeping.push(call);
      else await this.take(call);
    }
  }

  private wakeDue(): void {
    const due = this.sleeping.filter(({ actor }) => actor.sleepsUntil <= this.step);
    if (due.length === 0) return;
    this.sleeping = this.sleeping.filter(({ actor }) => actor.sleepsUntil > this.step);
    this.pending.push(...due);
  }

  private fateOf(call: Call): Fate {
    if (call.fates.length === 0) return 'ok';
    if (this.isOut(call)) return 'refused';
    if (this.isLate(call)) return 'held';
    const { random, rate } = this.options;
    if (this.faultsLeft <= 0 || random() >= rate) return 'ok';
    this.faultsLeft -= 1;
    const special = call.fates.find((fate) => fate === 'flip' || fate === 'own-412');
    if (special && random() < 0.5) return special;
    return call.fates[Math.floor(random() * call.fates.length)] ?? 'ok';
  }

  private isLate({ actor, isWrite, fates }: Call): boolean {
    const { late, random } = this.options;
    if (this.lateLeft === 0 || !isWrite || !fates.includes('held') || !actor.name.includes(late.actor)) return false;
    if (random() >= LATE_RATE) return false;
    this.lateLeft -= 1;
    return true;
  }

  private isOut({ port, actor }: Call): boolean {
    const out = this.outages.find(({ outage, left }) => left > 0 && this.step >= outage.from && outage.matches(port, actor.name));
    if (out) out.left -= 1;
    return out !== undefined;
  }

  private async take(call: Call): Promise<void> {
    this.step += 1;
    const fate = this.fateOf(call);
    this.hit[fate] = (this.hit[fate] ?? 0) + 1;
    if (this.options.traced) this.trace.push(`${this.step} ${call.actor.name}: ${call.what()}${fate === 'ok' ? '' : ` [${fate}]`}`);
    if (fate === 'refused') return call.reject(named('SlowDown', 'please reduce your request rate'));
    if (fate === 'dies-before') return call.actor.die();
    if (fate === 'held' || fate === 'stalls') return this.putToSleep(call, fate);
    const outcome = await settled(call.effect());
    this.options.check();
    if (fate === 'dies-after') return call.actor.die();
    if (fate === 'lost') return call.reject(named('TimeoutError', 'socket hang up'));
    if (fate === 'abandoned') call.actor.abandon();
    if ('thrown' in outcome) call.reject(outcome.thrown);
    else call.resolve(call.altered(fate, outcome.value));
  }

  /** The call happens when its actor goes on. */
  private putToSleep(call: Call, fate: 'held' | 'stalls'): void {
    const { random } = this.options;
    call.actor.sleepsUntil = this.step + Math.floor(2 ** (NAP.least + random() * (NAP.most - NAP.least)));
    this.sleeping.push(call);
    if (fate === 'held') call.actor.abandon();
  }
}

async function settled(work: Promise<unknown>): Promise<{ readonly value: unknown } | { readonly thrown: unknown }> {
  try {
    return { value: await work };
  } catch (thrown) {
    return { thrown };
  }
}
