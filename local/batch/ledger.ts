import { Journal } from '../kernel/journal';
import { type Change, childId, isOver, type Job, type JobStatus, jobsOf, type Order } from './model';

type Entry =
  /** First line of a compacted journal. */
  | { readonly kind: 'base'; readonly moves: number; readonly ordinal: number }
  | { readonly kind: 'submitted'; readonly order: Order; readonly tags: Job['tags'] }
  | { readonly kind: 'kept'; readonly order: Order; readonly jobs: readonly Job[] }
  /** `handed`: how many moves the event bus had taken when this was written. */
  | { readonly kind: 'changed'; readonly changes: readonly Change[]; readonly handed: number };

/** A change of state, to be told to the world. */
export interface Move {
  readonly order: Order;
  readonly job: Job;
  readonly summary: Readonly<Record<string, number>>;
  readonly at: number;
}

/** Batch keeps finished jobs for a week at least. */
const KEEP_MS = 7 * 24 * 3600 * 1000;
/** A journal of fewer lines is not worth rewriting. */
const COMPACT_LINES = 20_000;

/** All jobs, in memory and in a journal that leads to the same state after any kill. */
export class Ledger {
  private readonly journal: Journal<Entry>;
  private readonly orders = new Map<string, Order>();
  private readonly jobs = new Map<string, Job>();
  private readonly summaries = new Map<string, Record<string, number>>();
  /** Moves that the event bus has not taken yet, oldest first. */
  private untold: Move[] = [];
  private moves = 0;
  private lastOrdinal = 0;
  private lines = 0;

  constructor(
    file: string,
    private readonly now: () => number,
  ) {
    this.journal = new Journal(file);
    const entries = this.journal.read();
    for (const entry of entries) this.apply(entry);
    const handed = entries.findLast((entry) => entry.kind === 'changed' || entry.kind === 'base');
    this.untold = this.untold.slice(this.untold.length - this.moves + handedOf(handed));
    this.compact();
  }

  nextOrdinal(): number {
    return this.lastOrdinal + 1;
  }

  submit(order: Order, tags: Job['tags']): void {
    this.write({ kind: 'submitted', order, tags });
  }

  /** Writes changes down together, then makes them; all or none survive a kill. */
  change(changes: readonly Change[]): void {
    if (changes.length > 0) this.write({ kind: 'changed', changes, handed: this.moves - this.untold.length });
  }

  /** Gives the oldest untold move to `tell`; it counts as told unless that throws. False when there is none. */
  tellNext(tell: (move: Move) => void): boolean {
    const [move] = this.untold;
    if (!move) return false;
    tell(move);
    this.untold.shift();
    return true;
  }

  job(id: string): Job | undefined {
    return this.jobs.get(id);
  }

  order(job: Job): Order {
    const order = this.orders.get(job.rootId);
    if (!order) throw new RangeError(`job ${job.id} was never submitted`);
    return order;
  }

  /** Oldest first. */
  roots(): readonly Order[] {
    return [...this.orders.values()];
  }

  children({ id, size = 0 }: Order): readonly Job[] {
    return Array.from({ length: size }, (_, index) => this.jobs.get(childId(id, index))).filter((job) => job !== undefined);
  }

  /** Children of an array by status. */
  summary(rootId: string): Readonly<Record<string, number>> {
    return this.summaries.get(rootId) ?? {};
  }

  /** Compacts the journal once it has grown well beyond what it holds. */
  tidy(): void {
    if (this.lines > COMPACT_LINES && this.lines > this.jobs.size) this.compact();
  }

  /** Rewrites the journal as the state it leads to; jobs that ended long ago are forgotten. */
  compact(): void {
    if (this.untold.length > 0) return;
    for (const order of this.orders.values()) if (this.isOld(order)) this.forget(order);
    const base: Entry = { kind: 'base', moves: this.moves, ordinal: this.lastOrdinal };
    const kept = this.roots().map((order): Entry => {
      const root = this.jobs.get(order.id);
      return { kind: 'kept', order, jobs: [...(root ? [root] : []), ...this.children(order)] };
    });
    this.journal.rewrite([base, ...kept]);
    this.lines = 0;
  }

  private isOld(order: Order): boolean {
    const root = this.jobs.get(order.id);
    return root !== undefined && isOver(root.status) && (root.stoppedAt ?? 0) < this.now() - KEEP_MS;
  }

  private forget(order: Order): void {
    for (const { id } of this.children(order)) this.jobs.delete(id);
    this.jobs.delete(order.id);
    this.orders.delete(order.id);
    this.summaries.delete(order.id);
  }

  private write(entry: Entry): void {
    this.journal.append(entry);
    this.apply(entry);
    this.lines++;
  }

  private apply(entry: Entry): void {
    if (entry.kind === 'base') {
      this.moves = entry.moves;
      this.lastOrdinal = entry.ordinal;
    } else if (entry.kind === 'changed') {
      for (const change of entry.changes) this.make(change);
    } else {
      this.lastOrdinal = Math.max(this.lastOrdinal, entry.order.ordinal);
      this.orders.set(entry.order.id, entry.order);
      for (const job of entry.kind === 'kept' ? entry.jobs : jobsOf(entry.order, entry.tags)) this.put(job);
    }
  }

  private make({ id, set }: Change): void {
    const before = this.jobs.get(id);
    if (!before) return;
    const job: Job = { ...before, ...set };
    this.put(job, before.status);
    if (set.status === undefined) return;
    this.moves++;
    this.untold.push({ order: this.order(job), job, summary: { ...this.summary(job.rootId) }, at: this.now() });
  }

  private put(job: Job, before?: JobStatus): void {
    this.jobs.set(job.id, job);
    if (job.index === undefined) return;
    const summary = this.summaries.get(job.rootId) ?? {};
    if (before) summary[before] = (summary[before] ?? 1) - 1;
    summary[job.status] = (summary[job.status] ?? 0) + 1;
    this.summaries.set(job.rootId, summary);
  }
}

function handedOf(entry: Entry | undefined): number {
  if (entry?.kind === 'changed') return entry.handed;
  return entry?.kind === 'base' ? entry.moves : 0;
}
