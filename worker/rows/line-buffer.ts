import { Slabs } from './slabs';

const viewOf = ({ buffer, byteOffset, length }: Buffer): DataView => new DataView(buffer, byteOffset, length);

/**
 * Lines behind each other in memory that is used again and again. It is one object with a position that moves: it runs over
 * every row of every chunk.
 */
export class LineBuffer {
  bytes: Buffer;
  /** Of the same bytes. */
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

  /** Adds whole lines. */
  addLines(lines: Uint8Array): void {
    this.reserve(lines.length);
    this.bytes.set(lines, this.at);
    this.at += lines.length;
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
