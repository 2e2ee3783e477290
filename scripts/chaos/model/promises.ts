import { Decision, Delivery, Marker } from '../../../core/contracts';
import { decisionKey, deliveryKey, markersPrefix } from '../../../core/keys';
import type { MemoryObjectStore } from '../../../test/support/memory-store';
import { Violation } from './reader';

/** What the state bucket says of a run in the end. */
export interface Ledger {
  readonly markers: readonly Marker[];
  readonly decision?: Decision;
  readonly delivery?: Delivery;
}

export function ledgerOf(state: MemoryObjectStore, runId: string): Ledger {
  const find = (key: string): unknown => (state.keys(key).includes(key) ? JSON.parse(state.text(key)) : undefined);
  return {
    markers: state.keys(markersPrefix(runId)).map((key) => Marker.parse(find(key))),
    decision: Decision.optional().parse(find(decisionKey(runId, 0))),
    delivery: Delivery.optional().parse(find(deliveryKey(runId, 0))),
  };
}

/** Nobody publishes against the decision that was written first. */
export function assertDecided({ decision }: Ledger): void {
  if (decision?.decision !== 'publish') throw new Violation(`published, and the decision is ${decision?.decision ?? 'not written'}`);
}

/** Of two jobs for one array only the one that the ledger names works, once it names one. */
export function assertOneArray({ markers }: Ledger, strangers: ReadonlySet<string>): void {
  const stranger = markers.map(({ attempt }) => `${attempt.jobId}#${attempt.attempt}`).find((actor) => strangers.has(actor));
  if (stranger) throw new Violation(`${stranger} worked although the ledger names another job`);
}

/** Where no byte was damaged on its way, nothing may be found damaged in the end. */
export function assertIntact({ decision, delivery }: Ledger): void {
  if (delivery?.failure) throw new Violation(`parts were lost that the run had committed: ${delivery.failure.message}`);
  if (decision?.reconciliation.verdict !== 'MISMATCH') return;
  throw new Violation(`books that cannot balance: ${JSON.stringify(decision.reconciliation.checks.find(({ ok }) => !ok))}`);
}
