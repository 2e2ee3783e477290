import type { Posting } from '../eventbridge/bus';
import type { Delivery } from '../eventbridge/outbox';
import type { Faults } from './faults';

const EVENT_KINDS = ['event-drop', 'event-double', 'event-late', 'event-reorder'] as const;

/** Lets things go when the next of their kind has gone, or after a while if none comes. */
class Holdings {
  private readonly held = new Map<string, (() => void)[]>();

  hold(place: string, ms: number, go: () => void): void {
    let gone = false;
    const once = (): void => {
      if (!gone) go();
      gone = true;
    };
    this.held.set(place, [...(this.held.get(place) ?? []), once]);
    setTimeout(once, ms).unref();
  }

  /** Called when something went to this place: what was held follows it. */
  release(place: string): void {
    const waiting = this.held.get(place) ?? [];
    this.held.delete(place);
    for (const go of waiting) setTimeout(go, FOLLOWS_MS).unref();
  }
}

/** Long enough for the one before to be handed over. */
const FOLLOWS_MS = 50;

const later =
  (ms: number): Posting['when'] =>
  (go) =>
    void setTimeout(go, ms).unref();

/** Faults of events on their way to targets; what is late, held or doubled is in the outbox like any other and survives a kill. */
export function eventFaults(faults: Faults, copyId: () => string): (delivery: Delivery, targetArn: string) => readonly Posting[] {
  const holdings = new Holdings();
  const plain = (delivery: Delivery, place: string): Posting => ({
    delivery,
    when: (go) => {
      go();
      holdings.release(place);
    },
  });
  return (delivery, targetArn) => {
    const { source, 'detail-type': operation } = delivery.event;
    const strike = faults.draw(EVENT_KINDS, { service: source.replace(/^aws\./, ''), operation, target: targetArn });
    if (!strike) return [plain(delivery, targetArn)];
    strike.hit();
    const { rule } = strike;
    if (rule.kind === 'event-drop') return [];
    if (rule.kind === 'event-late') return [{ delivery, when: later(rule.ms) }];
    if (rule.kind === 'event-reorder') return [{ delivery, when: (go) => holdings.hold(targetArn, rule.ms, go) }];
    return [plain(delivery, targetArn), { delivery: { ...delivery, id: copyId() }, when: later(rule.ms) }];
  };
}
