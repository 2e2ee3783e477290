import type { EventBus } from '../kernel/types';
import { stateChange } from './describe';
import type { Ledger } from './ledger';

const RETRY_MS = 500;

/** Tells the event bus every change of state, in order, at least once: what the bus does not take is kept and told again. */
export class Herald {
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly ledger: Ledger,
    private readonly bus: EventBus,
    private readonly log: (line: string) => void,
  ) {}

  tell(): void {
    if (this.timer) return;
    try {
      while (this.ledger.tellNext((move) => this.bus.publish(stateChange(move))));
      this.ledger.tidy();
    } catch (thrown) {
      this.log(`batch: the event bus refused a state change, trying again: ${thrown}`);
      this.timer = setTimeout(() => this.again(), RETRY_MS);
    }
  }

  stop(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
  }

  private again(): void {
    this.timer = undefined;
    this.tell();
  }
}
