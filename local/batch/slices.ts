/** Works long lists off in slices, so that requests and exits are heard in between. */
export class Slices {
  private readonly waiting = new Set<NodeJS.Immediate>();

  constructor(private readonly size = 100) {}

  /** `work` gets every item once, in order, never within this call. */
  run<T>(items: readonly T[], work: (slice: readonly T[]) => void, start = 0): void {
    if (start >= items.length) return;
    const turn = setImmediate(() => {
      this.waiting.delete(turn);
      work(items.slice(start, start + this.size));
      this.run(items, work, start + this.size);
    });
    this.waiting.add(turn);
  }

  stop(): void {
    for (const turn of this.waiting) clearImmediate(turn);
    this.waiting.clear();
  }
}
