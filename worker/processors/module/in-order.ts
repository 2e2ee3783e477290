/** Answers may wait for an earlier one this many times longer than calls are allowed at once. */
const WINDOW_FACTOR = 4;

interface Waiting<T> {
  readonly item: T;
  done: boolean;
  answer: unknown;
}

/** Settles answers in the order of what was asked, while at most so many are still on their way. The first failure ends it. */
export class InOrder<T> {
  private readonly waiting: Waiting<T>[] = [];
  private running = 0;
  private failure: { readonly thrown: unknown } | undefined;
  private wake: (() => void) | undefined;

  constructor(
    private readonly limit: number,
    private readonly settle: (item: T, answer: unknown) => Promise<void> | undefined,
  ) {}

  get isEmpty(): boolean {
    return this.waiting.length === 0;
  }

  get isFull(): boolean {
    return this.running >= this.limit || this.waiting.length >= this.limit * WINDOW_FACTOR || this.failure !== undefined;
  }

  /** Takes an answer that is on its way. */
  put(item: T, answer: Promise<unknown>): void {
    const entry: Waiting<T> = { item, done: false, answer: undefined };
    this.waiting.push(entry);
    this.running += 1;
    answer.then(
      (value) => {
        entry.answer = value;
        entry.done = true;
        this.ended();
      },
      (thrown: unknown) => {
        this.failure ??= { thrown };
        this.ended();
      },
    );
  }

  /** Takes an answer that is there, but has to wait for those before it. */
  putReady(item: T, answer: unknown): void {
    this.waiting.push({ item, done: true, answer });
  }

  /** Ends it from outside. */
  fail(thrown: unknown): void {
    this.failure ??= { thrown };
    this.wake?.();
  }

  /** Settles what can be settled, and waits until there is room for one more. */
  async room(): Promise<void> {
    for (;;) {
      await this.settleReady();
      if (!this.isFull) return;
      if (!this.canGoOn) await this.change();
    }
  }

  /** Waits for all answers and settles them. */
  async drain(): Promise<void> {
    for (;;) {
      await this.settleReady();
      if (this.isEmpty) return;
      if (!this.canGoOn) await this.change();
    }
  }

  /** Waits until nothing is under way any more, whatever comes of it. */
  async quiet(): Promise<void> {
    while (this.running > 0) await this.change();
  }

  /** An answer may have come since it was last looked for. */
  private get canGoOn(): boolean {
    return this.failure !== undefined || this.waiting[0]?.done === true;
  }

  private async settleReady(): Promise<void> {
    this.throwFailure();
    while (this.waiting[0]?.done) {
      const { item, answer } = this.waiting.shift() as Waiting<T>;
      await this.settle(item, answer);
      this.throwFailure();
    }
  }

  private throwFailure(): void {
    if (this.failure) throw this.failure.thrown;
  }

  private change(): Promise<void> {
    return new Promise((resolve) => {
      this.wake = resolve;
    });
  }

  private ended(): void {
    this.running -= 1;
    this.wake?.();
    this.wake = undefined;
  }
}
