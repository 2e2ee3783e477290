import path from 'node:path';
import { Journal } from '../kernel/journal';
import { applies, fraction, type Point, strikes } from './draw';
import type { FaultKind, FaultPlan, FaultRule, RuleOf } from './plan';

/** One fault that was injected. */
export interface Hit {
  readonly at: string;
  readonly rule: string;
  readonly kind: FaultKind;
  readonly service: string;
  readonly operation: string;
  readonly target: string;
  /** Which occurrence of the operation it was, for this rule. */
  readonly n: number;
}

/** A rule that strikes at a point. */
export interface Strike<Kind extends FaultKind = FaultKind> {
  readonly rule: RuleOf<Kind>;
  /** A number in [0, 1) for a further choice, the same for the same occurrence. */
  drawn(choice: string): number;
  /** Writes the hit down; called when the fault really happens. */
  hit(): void;
}

const hitsFile = (stateDir: string): string => path.join(stateDir, 'faults', 'hits.jsonl');

/** All faults that were ever injected into a cloud's state folder, oldest first. */
export const readHits = (stateDir: string): readonly Hit[] => new Journal<Hit>(hitsFile(stateDir)).read();

/** Decides where faults strike and remembers where they did; occurrences go on counting after a restart, from the last hit. */
export class Faults {
  private readonly rules: readonly { readonly name: string; readonly rule: FaultRule }[];
  private readonly journal: Journal<Hit>;
  private readonly occurrences = new Map<string, number>();
  private readonly hits = new Map<string, number>();

  constructor(
    private readonly plan: FaultPlan,
    stateDir: string,
  ) {
    this.rules = plan.rules.map((rule, index) => ({ name: rule.name ?? `${rule.kind}-${index + 1}`, rule }));
    this.journal = new Journal(hitsFile(stateDir));
    for (const hit of this.journal.read()) this.remember(hit);
  }

  /** The first rule of these kinds that strikes; every rule that applies counts the occurrence. */
  draw<Kind extends FaultKind>(kinds: readonly Kind[], point: Point): Strike<Kind> | undefined {
    const wanted: readonly FaultKind[] = kinds;
    const all = this.rules.filter(({ rule }) => wanted.includes(rule.kind) && applies(rule, point));
    const drawn = all.map(({ name, rule }) => this.drawOne(name, rule as RuleOf<Kind>, point));
    return drawn.find((strike) => strike !== undefined);
  }

  private drawOne<Kind extends FaultKind>(name: string, rule: RuleOf<Kind>, point: Point): Strike<Kind> | undefined {
    const { service, operation, target } = point;
    const scope = scopeOf(name, point);
    const n = (this.occurrences.get(scope) ?? 0) + 1;
    this.occurrences.set(scope, n);
    const drawn = (choice: string): number => fraction(this.plan.seed, name, service, operation, n, choice);
    if ((this.hits.get(name) ?? 0) >= (rule.limit ?? Number.POSITIVE_INFINITY) || !strikes(rule, n, drawn('strike'))) return undefined;
    const hit = (): void => {
      const entry = { at: new Date().toISOString(), rule: name, kind: rule.kind, service, operation, target, n };
      this.remember(entry);
      this.journal.append(entry);
    };
    return { rule, drawn, hit };
  }

  private remember(hit: Hit): void {
    const scope = scopeOf(hit.rule, hit);
    this.hits.set(hit.rule, (this.hits.get(hit.rule) ?? 0) + 1);
    this.occurrences.set(scope, Math.max(this.occurrences.get(scope) ?? 0, hit.n));
  }
}

const scopeOf = (name: string, { service, operation }: Pick<Point, 'service' | 'operation'>): string =>
  JSON.stringify([name, service, operation]);
