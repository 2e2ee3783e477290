import { join } from 'node:path';
import { Journal } from '../kernel/journal';
import type { Envelope } from './transform';

/** What is still to be handed to one target of one rule. */
export interface Delivery {
  readonly id: string;
  readonly ruleArn: string;
  readonly targetId: string;
  readonly event: Envelope;
  readonly publishedAtMs: number;
}

type Entry = { readonly op: 'put'; readonly deliveries: readonly Delivery[] } | { readonly op: 'done'; readonly id: string };

const COMPACT_FROM_ENTRIES = 2_000;

/** Deliveries that are not over yet, on disk before `put` returns. */
export class Outbox {
  private readonly open = new Map<string, Delivery>();
  private readonly journal: Journal<Entry>;
  private entries = 0;

  constructor(stateDir: string) {
    this.journal = new Journal(join(stateDir, 'eventbridge', 'outbox.jsonl'));
    for (const entry of this.journal.read()) this.replay(entry);
    this.compact();
  }

  all(): readonly Delivery[] {
    return [...this.open.values()];
  }

  put(deliveries: readonly Delivery[]): void {
    if (deliveries.length > 0) this.append({ op: 'put', deliveries });
  }

  done(id: string): void {
    this.append({ op: 'done', id });
  }

  private append(entry: Entry): void {
    this.replay(entry);
    this.journal.append(entry);
    this.entries += 1;
    if (this.entries >= COMPACT_FROM_ENTRIES && this.entries > 4 * this.open.size) this.compact();
  }

  private replay(entry: Entry): void {
    if (entry.op === 'done') this.open.delete(entry.id);
    else for (const delivery of entry.deliveries) this.open.set(delivery.id, delivery);
  }

  private compact(): void {
    const deliveries = this.all();
    this.journal.rewrite(deliveries.length > 0 ? [{ op: 'put', deliveries }] : []);
    this.entries = 0;
  }
}
