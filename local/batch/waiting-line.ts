/** First in, first out, but whoever comes back goes to the front; all in constant time. */
export class WaitingLine<T> {
  private readonly returned: T[] = [];
  private line: T[] = [];
  private head = 0;

  push(item: T): void {
    this.line.push(item);
  }

  /** Puts an item before all others. */
  pushFront(item: T): void {
    this.returned.push(item);
  }

  peek(): T | undefined {
    return this.returned.at(-1) ?? this.line[this.head];
  }

  shift(): T | undefined {
    if (this.returned.length > 0) return this.returned.pop();
    const item = this.line[this.head];
    if (item !== undefined) this.head++;
    this.compact();
    return item;
  }

  /** Drops what was served when that is the larger part, so that shifting stays cheap on average. */
  private compact(): void {
    if (this.head < 1024 || this.head * 2 < this.line.length) return;
    this.line = this.line.slice(this.head);
    this.head = 0;
  }
}
