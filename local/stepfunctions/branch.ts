import { setMaxListeners } from 'node:events';
import { Halted } from './errors';
import type { Draft, Entry, History } from './history';

type Made = Omit<Draft, 'key' | 'previous'>;

/** One line of events in an execution: the machine itself, an iteration of a Map, a branch of a Parallel. */
export class Branch {
  private readonly controller = new AbortController();
  readonly signal = this.controller.signal;

  constructor(
    readonly history: History,
    /** The event that the next one follows. */
    private previousId: number,
    parent?: AbortSignal,
  ) {
    // Every wait of a Map's iterations listens: many listeners are no leak here.
    setMaxListeners(0, this.signal);
    if (parent?.aborted) this.halt();
    parent?.addEventListener('abort', () => this.halt(), { once: true, signal: this.signal });
  }

  get previous(): number {
    return this.previousId;
  }

  /** A line that starts where this one is, and halts with it. */
  fork(): Branch {
    return new Branch(this.history, this.previousId, this.signal);
  }

  /** Goes on after an entry that another line, or another process, has written. */
  follow(entry: Entry): Entry {
    this.previousId = entry.id ?? this.previousId;
    return entry;
  }

  /** Does a thing once in the life of an execution: what is recorded already is not made again. */
  async once(key: string, make: () => Made | Promise<Made>): Promise<Entry> {
    this.signal.throwIfAborted();
    const known = this.history.get(key);
    if (known) return this.follow(known);
    const made = await make();
    this.signal.throwIfAborted();
    return this.record(key, made);
  }

  record(key: string, made: Made): Entry {
    return this.follow(this.history.append({ key, previous: this.previousId, ...made }));
  }

  /** Nothing is recorded by this line or its forks from now on. */
  halt(): void {
    this.controller.abort(new Halted('halted'));
  }
}
