import type { Faults } from '../core/contracts';
import type { Fault, FaultClass } from '../core/fault';

/** Reasons may hold values, so there may be as many as records: those that come first are counted. */
const COUNTED_REASONS = 200;
const TOLD_REASONS = 5;
const MAX_REASON_CHARACTERS = 200;

/** Counts what is wrong with the records of a chunk, for whoever looks at the run. */
export class FaultTally {
  private readonly classes = new Map<FaultClass, number>();
  private readonly reasons = new Map<string, { readonly class: FaultClass; readonly reason: string; records: number }>();

  add({ faultClass, reason }: Fault): void {
    this.classes.set(faultClass, (this.classes.get(faultClass) ?? 0) + 1);
    const told = reason.slice(0, MAX_REASON_CHARACTERS);
    const known = this.reasons.get(`${faultClass} ${told}`);
    if (known) known.records += 1;
    else if (this.reasons.size < COUNTED_REASONS)
      this.reasons.set(`${faultClass} ${told}`, { class: faultClass, reason: told, records: 1 });
  }

  /** Every class, and the most frequent reasons. */
  get summary(): Required<Faults> {
    const reasons = [...this.reasons.values()].toSorted((a, b) => b.records - a.records);
    return { classes: Object.fromEntries(this.classes), reasons: reasons.slice(0, TOLD_REASONS) };
  }
}
