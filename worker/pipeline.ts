/** What is done with each item, in order; an item that fails in one stage does not reach the next. */
export interface Stages<Item, Fetched, Processed> {
  fetch(item: Item): Promise<Fetched>;
  process(item: Item, fetched: Fetched): Promise<Processed>;
  deliver(item: Item, processed: Processed): Promise<void>;
  /** Told what a stage of the item threw, and which item it was. */
  failed(item: Item, thrown: unknown): Promise<void>;
  /** Asked before an item is fetched, and again before it is processed; after a no the item and all behind it are left. */
  mayBegin(item: Item): boolean;
  /** Whether this item is processed only when the one before is delivered, so that what breaks the process tells whose fault it is. */
  isAlone(item: Item): boolean;
  /** Told of every item that was begun, when nothing more is done with it. */
  end(item: Item): Promise<void>;
}

type Settled<T> = { readonly value: T } | { readonly thrown: unknown };

const settle = async <T>(work: Promise<T>): Promise<Settled<T>> => {
  try {
    return { value: await work };
  } catch (thrown) {
    return { thrown };
  }
};

/**
 * Item n + 1 is fetched and item n - 1 is delivered while n is processed, so there is at most one of each at a time.
 * Items are delivered in their order.
 * Answers how many items were taken; the others are left as they were.
 */
export async function runPipeline<Item, Fetched, Processed>(
  items: readonly Item[],
  stages: Stages<Item, Fetched, Processed>,
): Promise<number> {
  const line = new Line(stages);
  try {
    for (const [index, item] of items.entries()) {
      if (!(await line.take(item, items[index + 1]))) return index;
    }
    return items.length;
  } finally {
    await line.finish();
  }
}

class Line<Item, Fetched, Processed> {
  private fetching: { readonly item: Item; readonly result: Promise<Settled<Fetched>> } | undefined;
  private delivering: Promise<void> = Promise.resolve();

  constructor(private readonly stages: Stages<Item, Fetched, Processed>) {}

  /** Processes an item while the one before is delivered and the next is fetched; false when it may not begin. */
  async take(item: Item, next: Item | undefined): Promise<boolean> {
    const processed = await this.processed(item, next);
    if (!processed) return false;
    await this.delivering;
    this.delivering = this.deliver(item, processed);
    // Thrown where it is awaited, not at once.
    this.delivering.catch(() => undefined);
    return true;
  }

  /** Keeps nothing of what was fetched once it is processed. */
  private async processed(item: Item, next: Item | undefined): Promise<Settled<Processed> | undefined> {
    this.fetchAhead(item);
    const fetched = await this.fetching?.result;
    if (!fetched || !this.stages.mayBegin(item)) return undefined;
    this.fetching = undefined;
    this.fetchAhead(next);
    if (this.stages.isAlone(item)) await this.delivering;
    return 'thrown' in fetched ? fetched : settle(this.stages.process(item, fetched.value));
  }

  /** Waits for what is under way; what was fetched for nobody is dropped. */
  async finish(): Promise<void> {
    const { fetching } = this;
    if (fetching) {
      await fetching.result;
      await this.stages.end(fetching.item);
    }
    await this.delivering;
  }

  private fetchAhead(item: Item | undefined): void {
    if (item === undefined || this.fetching || !this.stages.mayBegin(item)) return;
    this.fetching = { item, result: settle(this.stages.fetch(item)) };
  }

  private async deliver(item: Item, processed: Settled<Processed>): Promise<void> {
    const delivered = 'thrown' in processed ? processed : await settle(this.stages.deliver(item, processed.value));
    try {
      if ('thrown' in delivered) await this.stages.failed(item, delivered.thrown);
    } finally {
      await this.stages.end(item);
    }
  }
}
