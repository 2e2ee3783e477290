import { Slabs } from './slabs';

const LINE_FEED = 10;
const WORD_BYTES = 4;

/** What a `LineWriter` answers when it has not written the line. */
export const NOT_WRITTEN = -1;

/** Bytes with a view of them: one view for many lines, since to make one costs as much as to copy a line. */
export interface Viewed {
  readonly bytes: Buffer;
  readonly view: DataView;
}

export const viewOf = ({ buffer, byteOffset, length }: Buffer): DataView => new DataView(buffer, byteOffset, length);

/** Writes what it makes of `[start, end)` of its own bytes as one line, at `at`; answers where it ended, `NOT_WRITTEN` where it makes none. */
export interface LineWriter {
  /** The most bytes that a line of so many can become. */
  most(length: number): number;
  write(target: Viewed, at: number, start: number, end: number): number;
}

/**
 * Lines behind each other in memory that is used again and again. It is one object with a position that moves: it runs over
 * every row of every chunk.
 */
export class LineBuffer implements Viewed {
  bytes: Buffer;
  view: DataView;
  protected at = 0;
  /** Where what is not yet taken begins. */
  protected from = 0;
  private readonly slabs = new Slabs();

  constructor() {
    this.bytes = this.slabs.open(0);
    this.view = viewOf(this.bytes);
  }

  /** Bytes gathered. */
  get length(): number {
    return this.at - this.from;
  }

  /** Adds the bytes `[start, end)` as a line. */
  addBytes({ bytes, view }: Viewed, start: number, end: number): void {
    this.reserve(end - start + 1);
    const target = this.view;
    let at = this.at;
    let from = start;
    for (const last = end - WORD_BYTES; from <= last; from += WORD_BYTES, at += WORD_BYTES)
      target.setInt32(at, view.getInt32(from, true), true);
    for (; from < end; from += 1) this.bytes[at++] = bytes[from] as number;
    this.bytes[at++] = LINE_FEED;
    this.at = at;
  }

  /** Adds what a writer makes of `[start, end)` as a line; false where it makes none. */
  addBy(writer: LineWriter, start: number, end: number): boolean {
    this.reserve(writer.most(end - start) + 1);
    const at = writer.write(this, this.at, start, end);
    if (at === NOT_WRITTEN) return false;
    this.bytes[at] = LINE_FEED;
    this.at = at + 1;
    return true;
  }

  /** Lends what was gathered, and begins anew behind it. */
  take(): Buffer {
    const taken = this.slabs.lend(this.bytes.subarray(this.from, this.at));
    this.from = this.at;
    return taken;
  }

  /** Takes bytes back, which may then be written over. What never comes back is left to the garbage. */
  giveBack(taken: Buffer): void {
    this.slabs.giveBack(taken);
  }

  /** Makes room for so many bytes; what is not yet taken moves to the new slab, what was taken stays where it is. */
  protected reserve(bytes: number): void {
    if (this.at + bytes <= this.bytes.length) return;
    const { length } = this;
    const slab = this.slabs.open(2 * (length + bytes));
    this.bytes.copy(slab, 0, this.from, this.at);
    this.slabs.close(this.bytes);
    this.bytes = slab;
    this.view = viewOf(slab);
    this.from = 0;
    this.at = length;
  }
}
