import { randomUUID } from 'node:crypto';
import { ACCOUNT, type Kernel, type PlatformEvent, REGION } from '../kernel/types';
import { Courier } from './courier';
import { type Delivery, Outbox } from './outbox';
import type { Rule } from './rule';
import type { Wires } from './targets';
import type { Envelope } from './transform';

/** A delivery, and when it sets out: `when` calls back once, now or later. */
export interface Posting {
  readonly delivery: Delivery;
  when(go: () => void): void;
}

/** What becomes of a delivery on its way: none, one or several postings. */
export type EventFaults = (delivery: Delivery, targetArn: string) => readonly Posting[];

export interface BusOptions {
  readonly now: () => number;
  /** @default - every delivery sets out once, at once */
  readonly faults?: EventFaults;
}

const undisturbed: EventFaults = (delivery) => [{ delivery, when: (go) => go() }];

/** setTimeout overflows beyond this. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** The default bus: rules, their schedules, and everything published but not delivered. */
export class Bus {
  private readonly rules = new Map<string, Rule>();
  private readonly outbox: Outbox;
  private readonly courier: Courier;
  private readonly clocks = new Map<string, NodeJS.Timeout>();
  private readonly now: () => number;
  private readonly faults: EventFaults;
  private started = false;

  constructor(kernel: Kernel, wires: Wires, { now, faults = undisturbed }: BusOptions) {
    this.now = now;
    this.faults = faults;
    this.outbox = new Outbox(kernel.stateDir);
    this.courier = new Courier({ kernel, wires, outbox: this.outbox, now, ruleOf: (arn) => this.rules.get(arn) });
  }

  declare(rule: Rule): void {
    this.rules.set(rule.arn, rule);
    if (this.started) this.schedule(rule);
  }

  all(): readonly Rule[] {
    return [...this.rules.values()];
  }

  /** On disk before it returns, once for every target of every rule that matches now; answers the event's id. */
  publish(event: PlatformEvent, time = new Date(this.now()).toISOString()): string {
    const envelope = envelopeOf(event, time);
    const matching = this.all().filter(({ enabled, matches }) => enabled && matches?.(envelope));
    this.dispatch(envelope, matching);
    return envelope.id;
  }

  /** Takes up what a former process left, and starts the clocks. */
  start(): void {
    this.started = true;
    for (const delivery of this.outbox.all()) this.courier.carry(delivery);
    for (const rule of this.all()) this.schedule(rule);
  }

  stop(): void {
    this.started = false;
    this.courier.stop();
    for (const clock of this.clocks.values()) clearTimeout(clock);
  }

  private dispatch(event: Envelope, rules: readonly Rule[]): void {
    const postings = rules.flatMap((rule) =>
      rule.targets.flatMap(({ id, arn }) =>
        this.faults({ id: randomUUID(), ruleArn: rule.arn, targetId: id, event, publishedAtMs: this.now() }, arn),
      ),
    );
    this.outbox.put(postings.map(({ delivery }) => delivery));
    if (this.started) for (const posting of postings) posting.when(() => this.courier.carry(posting.delivery));
  }

  private schedule(rule: Rule, after = this.now()): void {
    clearTimeout(this.clocks.get(rule.arn));
    const next = rule.enabled ? rule.schedule?.(after) : undefined;
    if (next !== undefined) this.wait(rule, next);
  }

  private wait(rule: Rule, next: number): void {
    const remaining = next - this.now();
    const fire = (): void => {
      this.dispatch(envelopeOf(scheduled(rule.arn), new Date(next).toISOString()), [rule]);
      // A timer may be a moment early: the same tick must not come twice.
      this.schedule(rule, Math.max(next, this.now()));
    };
    const tick = remaining > LONGEST_TIMER_MS ? () => this.wait(rule, next) : fire;
    this.clocks.set(rule.arn, setTimeout(tick, Math.min(remaining, LONGEST_TIMER_MS)));
  }
}

const scheduled = (ruleArn: string): PlatformEvent => ({
  source: 'aws.events',
  detailType: 'Scheduled Event',
  detail: {},
  resources: [ruleArn],
});

const envelopeOf = ({ source, detailType, detail, resources = [] }: PlatformEvent, time: string): Envelope => ({
  version: '0',
  id: randomUUID(),
  'detail-type': detailType,
  source,
  account: ACCOUNT,
  time: time.replace(/\.\d+Z$/, 'Z'),
  region: REGION,
  resources,
  detail,
});
