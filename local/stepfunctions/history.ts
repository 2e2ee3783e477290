import type { HistoryEventType } from '@aws-sdk/client-sfn';
import type { Journal } from '../kernel/journal';
import { ERROR, StateError } from './errors';

/** One thing that happened in an execution. With a `type` it is an event that clients see, without it a note for a later process. */
export interface Entry {
  /** What happened, e.g. `3~0/2/0~1:end`: step 3, first attempt, iteration 2, its step 0, second attempt, ended. Happens once. */
  readonly key: string;
  readonly at: number;
  readonly type?: HistoryEventType | undefined;
  readonly id?: number | undefined;
  readonly previous?: number | undefined;
  readonly data: Readonly<Record<string, unknown>>;
}

export type Draft = Pick<Entry, 'key' | 'type' | 'data'> & Partial<Pick<Entry, 'previous'>>;

/** Standard executions end when their history is full; the last event is the one that says so. */
export const MAX_EVENTS = 25_000;

/** The key of the entry that closes an execution. */
export const EXECUTION_END = 'execution:end';

/** What ends a path for good: a task answered, an attempt failed, a state left. */
const ENDS = [':end', ':failed', ':exit'];

/**
 * The journal of one execution, in memory and on disk. The interpreter asks it before it does anything:
 * what is in here has happened and is not done again, whichever process did it.
 */
export class History {
  private readonly entries = new Map<string, Entry>();
  private lastId = 0;

  constructor(
    private readonly journal: Journal<Entry>,
    private readonly now: () => number,
    private readonly onEvent: (event: Entry) => void = () => undefined,
  ) {
    for (const entry of journal.read()) this.remember(entry);
  }

  get(key: string): Entry | undefined {
    return this.entries.get(key);
  }

  /** On disk before it returns. */
  append(draft: Draft): Entry {
    if (draft.type && this.lastId >= MAX_EVENTS - 1 && draft.key !== EXECUTION_END) {
      throw new StateError(ERROR.runtime, `the execution reached the maximum number of history events (${MAX_EVENTS})`);
    }
    const entry: Entry = { ...draft, at: this.now(), id: draft.type && this.lastId + 1 };
    this.journal.append(entry);
    this.remember(entry);
    if (entry.type) this.onEvent(entry);
    return entry;
  }

  /** Events in order, without notes. */
  events(): readonly Entry[] {
    return [...this.entries.values()].filter(({ type }) => type !== undefined);
  }

  entriesWithKey(suffix: string): readonly Entry[] {
    return [...this.entries.values()].filter(({ key }) => key.endsWith(suffix));
  }

  get latestId(): number {
    return this.lastId;
  }

  /** Whether a path, or anything that encloses it, has ended. */
  closed(path: string): boolean {
    const enclosing = [...path.matchAll(/[/~]/g)].map(({ index }) => path.slice(0, index));
    return [path, ...enclosing].some((prefix) => ENDS.some((end) => this.entries.has(prefix + end))) || this.entries.has(EXECUTION_END);
  }

  private remember(entry: Entry): void {
    this.entries.set(entry.key, entry);
    this.lastId = entry.id ?? this.lastId;
  }
}
