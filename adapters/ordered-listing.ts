import { guessCuts } from '../core/plan/key-space';
import type { ListedVersion } from './ports';
import {
  childOf,
  type FetchPage,
  isAfter,
  isFresh,
  isOneChild,
  type ListingLimits,
  type ListingPage,
  type ListingPosition,
  type ListingQuery,
  ownOf,
  reaches,
  type Stretch,
  stretch,
} from './stretch';

/** S3 answers no more keys at once. */
const PAGE_KEYS = 1000;
/** A little under whole pages, so that the last request of a stretch seldom brings a handful of keys. */
const STRETCH_PAGES = 1.95;
/** Folders are often this small: what lies behind them is better listed than guessed. */
const PAGES_BEFORE_GUESSING = 2;
/** Pages after which a stretch that was guessed turns out larger than meant. */
const GUESSED_QUOTA = 4;

/**
 * Lists everything below a prefix from several places at once and hands it over in order. The key space is cut where
 * sub-folders begin and, where keys lie flat, where further pages are guessed to begin; requests go to the earliest
 * stretches first, so that what is read ahead is what is wanted next.
 */
class OrderedListing {
  private readonly stretches: Stretch[];
  private inFlight = 0;
  /** Objects that wait to be handed over. */
  private waiting = 0;
  private failure: { readonly thrown: unknown } | undefined;
  private stopped = false;
  private wake: () => void = () => undefined;

  constructor(
    private readonly query: ListingQuery,
    private readonly fetchPage: FetchPage,
    private readonly limits: ListingLimits,
  ) {
    const position = query.after === undefined ? undefined : { key: query.after };
    this.stretches = [stretch({ position, folder: query.prefix })];
  }

  async *pages(): AsyncGenerator<readonly ListedVersion[]> {
    try {
      for (let head = this.stretches[0]; head; head = this.stretches[0]) {
        const page = head.ready.shift();
        this.waiting -= page?.length ?? 0;
        if (page) yield page;
        else if (head.done) this.stretches.shift();
        else await this.progress();
      }
    } finally {
      this.stopped = true;
      while (this.inFlight > 0) await this.change();
    }
  }

  private async progress(): Promise<void> {
    this.start();
    if (!this.failure) await this.change();
    if (this.failure) throw this.failure.thrown;
  }

  private change(): Promise<void> {
    return new Promise((resolve) => {
      this.wake = resolve;
    });
  }

  /** Puts free lanes to work; the head may always go on, or nothing would ever be handed over. */
  private start(): void {
    const { pages, lanes, pageKeys = PAGE_KEYS } = this.limits;
    for (const [i, s] of this.stretches.entries()) {
      const held = this.waiting + this.inFlight * pageKeys;
      const room = held < pages * pageKeys || (i === 0 && s.ready.length === 0);
      if (this.stopped || this.failure || this.inFlight >= lanes || !room) return;
      if (!s.busy && !s.done) void this.work(s);
    }
  }

  private async work(s: Stretch): Promise<void> {
    s.busy = true;
    this.inFlight++;
    try {
      await (s.look && s.folder !== undefined ? this.lookForFolders(s, s.folder) : this.readOn(s));
    } catch (thrown) {
      this.failure ??= { thrown };
    }
    s.busy = false;
    this.inFlight--;
    this.start();
    this.wake();
  }

  /** Reads a page; what of it lies behind the stretch goes to the following ones that nobody has begun. */
  private async readOn(s: Stretch): Promise<void> {
    const page = await this.fetchPage({ prefix: this.query.prefix, after: s.position });
    let taker = s;
    this.take(taker, page);
    for (let i = this.stretches.indexOf(s) + 1; taker.done && isFresh(this.stretches[i]); i++) {
      taker = this.stretches[i] ?? taker;
      this.take(taker, page);
    }
    if (!taker.done && taker.fetched >= taker.quota) this.cut(taker, page.objects);
  }

  private take(s: Stretch, { objects, next }: ListingPage): void {
    const own = ownOf(s, objects);
    if (own.length > 0) s.ready.push(own);
    this.waiting += own.length;
    s.fetched++;
    s.done = next === undefined || reaches(next.key, s.until);
    s.position = next;
  }

  /** Cuts what is left of a stretch that is longer than thought: at sub-folders, or else at guesses. */
  private cut(s: Stretch, page: readonly ListedVersion[]): void {
    s.look = s.folder !== undefined && isOneChild(s.folder, page);
    const tooEarly = s.guesses === 1 && s.fetched < PAGES_BEFORE_GUESSING;
    s.quota = tooEarly ? PAGES_BEFORE_GUESSING : s.fetched + GUESSED_QUOTA;
    if (s.look || tooEarly) return;
    const keys = page.map(({ key }) => key);
    const count = Math.min(s.guesses, this.limits.lanes);
    const cuts = guessCuts(keys, { pages: STRETCH_PAGES, count }).filter((key) => !reaches(key, s.until));
    const open = { quota: 1, guesses: 2 * count };
    const guessed = { quota: GUESSED_QUOTA, guesses: 1 };
    this.divide(
      s,
      cuts.map((cut, i) => ({ position: { key: cut }, folder: s.folder, ...(i === count - 1 ? open : guessed) })),
    );
  }

  private async lookForFolders(s: Stretch, folder: string): Promise<void> {
    const { prefixes, next } = await this.fetchPage({ prefix: folder, after: s.position, folded: true });
    const found = prefixes.filter((prefix) => isAfter(prefix, s.position) && !reaches(prefix, s.until));
    s.look = false;
    s.quota = s.fetched + 1;
    s.folder = childOf(folder, s.position?.key ?? '');
    this.divide(
      s,
      found.map((prefix, i) => ({ position: { key: prefix }, folder: next && i === found.length - 1 ? folder : prefix })),
    );
  }

  /** Ends a stretch where the first of its followers begins. */
  private divide(s: Stretch, parts: readonly (Partial<Stretch> & { readonly position: ListingPosition })[]): void {
    const followers = parts.map((part, i) => stretch({ ...part, until: parts[i + 1]?.position.key ?? s.until }));
    s.until = parts[0]?.position.key ?? s.until;
    this.stretches.splice(this.stretches.indexOf(s) + 1, 0, ...followers);
  }
}

/** Everything below a prefix in UTF-8 order, listed from several places at once with bounded memory. */
export const orderedPages = (query: ListingQuery, fetchPage: FetchPage, limits: ListingLimits): AsyncIterable<readonly ListedVersion[]> =>
  new OrderedListing(query, fetchPage, limits).pages();
