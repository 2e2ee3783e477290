import { ApiError } from '../kernel/errors';
import type { FunctionDefinition } from './definition';
import type { Sandbox } from './sandbox';

/** Long enough that the steps of a run find their threads warm, short enough that nothing is kept between runs. */
const IDLE_MS = 60_000;

interface Warm<S> {
  readonly sandbox: S;
  readonly timer: NodeJS.Timeout;
}

/** A function's threads: reused while warm, never more than its concurrency at once. */
export class Pool<S extends Pick<Sandbox, 'usable' | 'stop'>> {
  private warm: readonly Warm<S>[] = [];
  private readonly busy = new Set<S>();

  constructor(
    private readonly definition: Pick<FunctionDefinition, 'concurrency' | 'name'>,
    private readonly open: () => S,
    private readonly idleMs: number = IDLE_MS,
  ) {}

  /** Lends a thread for one invocation. */
  async lend<T>(use: (sandbox: S) => Promise<T>): Promise<T> {
    const sandbox = this.take();
    this.busy.add(sandbox);
    try {
      return await use(sandbox);
    } finally {
      this.busy.delete(sandbox);
      if (sandbox.usable) this.keep(sandbox);
    }
  }

  async stop(): Promise<void> {
    const all = [...this.warm.map(({ sandbox }) => sandbox), ...this.busy];
    for (const { timer } of this.warm) clearTimeout(timer);
    this.warm = [];
    await Promise.all(all.map((sandbox) => sandbox.stop()));
  }

  private take(): S {
    if (this.busy.size >= this.definition.concurrency) {
      throw new ApiError('TooManyRequestsException', `Rate Exceeded: ${this.definition.name} runs ${this.busy.size} times already`, 429);
    }
    const last = this.warm.at(-1);
    if (!last) return this.open();
    clearTimeout(last.timer);
    this.warm = this.warm.slice(0, -1);
    return last.sandbox.usable ? last.sandbox : this.take();
  }

  private keep(sandbox: S): void {
    const timer = setTimeout(() => {
      this.warm = this.warm.filter((entry) => entry.sandbox !== sandbox);
      void sandbox.stop();
    }, this.idleMs);
    timer.unref();
    this.warm = [...this.warm, { sandbox, timer }];
  }
}
