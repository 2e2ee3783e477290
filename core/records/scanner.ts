import type { Framing } from './framing';
import { LineFeeds } from './simd/scan';

export const LINE_FEED = 10;
export const CARRIAGE_RETURN = 13;
const NONE = -1;

/**
 * Finds where lines end. It jumps from line break to line break and from quote to quote, and remembers the next quote,
 * so bytes without quotes are searched for them once.
 *
 * A quote opens a field only at the field's beginning; anywhere else outside quotes it is a character like any other.
 */
export class LineScanner {
  private nextQuote = 0;
  private searched = false;
  private readonly lineFeeds: LineFeeds;

  constructor(
    private readonly bytes: Buffer,
    private readonly framing: Framing,
  ) {
    this.lineFeeds = new LineFeeds(bytes);
  }

  /** Index after the line break of the line that begins at `from`; -1 when the bytes end before it. */
  endOf(from: number): number {
    return this.endOutside(from, from);
  }

  /** The same for a place in the middle of a line, outside quotes (`from` then begins no field) or inside them. */
  endFromMiddle(from: number, insideQuotes: boolean): number {
    if (!insideQuotes) return this.endOutside(from, NONE);
    const close = this.closeOf(from);
    return close === NONE ? NONE : this.endOutside(close + 1, NONE);
  }

  private after(index: number): number {
    return index === NONE ? NONE : index + 1;
  }

  private endOutside(from: number, fieldStart: number): number {
    let lineFeed = this.lineFeeds.from(from);
    if (!this.framing.quoted) return this.after(lineFeed);
    let quote = this.quoteFrom(from);
    while (quote !== NONE && (lineFeed === NONE || quote < lineFeed)) {
      let next = quote + 1;
      if (quote === fieldStart || this.bytes[quote - 1] === this.framing.delimiter) {
        const close = this.closeOf(next);
        if (close === NONE) return NONE;
        next = close + 1;
        if (lineFeed !== NONE && lineFeed < next) lineFeed = this.lineFeeds.from(next);
      }
      quote = this.quoteFrom(next);
    }
    return this.after(lineFeed);
  }

  /** The quote that closes the field whose content begins at `from`. */
  private closeOf(from: number): number {
    const { quote } = this.framing;
    let at = from;
    for (;;) {
      const found = this.quoteFrom(at);
      if (found === NONE) return NONE;
      if (this.framing.escape === quote) {
        if (this.bytes[found + 1] !== quote) return found;
        at = found + 2;
      } else {
        if (this.escapesBefore(found, at) % 2 === 0) return found;
        at = found + 1;
      }
    }
  }

  private escapesBefore(index: number, from: number): number {
    let count = 0;
    while (index - count - 1 >= from && this.bytes[index - count - 1] === this.framing.escape) count += 1;
    return count;
  }

  private quoteFrom(from: number): number {
    if (this.searched && (this.nextQuote === NONE || this.nextQuote >= from)) return this.nextQuote;
    this.nextQuote = this.bytes.indexOf(this.framing.quote, from);
    this.searched = true;
    return this.nextQuote;
  }
}
