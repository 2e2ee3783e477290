import { MIB } from '../../core/units';

/** Large enough that few are needed, small enough that a few idle ones cost nothing. */
const SLAB_BYTES = MIB;
/** Slabs that are kept for later. */
const MOST_IDLE = 4;

/**
 * Memory that rows are written into, used again and again: the engine collects garbage by how much was allocated outside
 * of it, and fresh memory for every megabyte of rows is what makes it do so often.
 */
export class Slabs {
  private readonly idle: Buffer[] = [];
  /** Bytes handed out of each slab and not given back; slabs that are still written into have one more. */
  private readonly out = new Map<ArrayBufferLike, { readonly slab: Buffer; bytes: number }>();

  /** A slab of at least so many bytes, to write into. */
  open(bytes: number): Buffer {
    const slab = bytes <= SLAB_BYTES ? (this.idle.pop() ?? Buffer.allocUnsafeSlow(SLAB_BYTES)) : Buffer.allocUnsafeSlow(bytes);
    this.out.set(slab.buffer, { slab, bytes: 1 });
    return slab;
  }

  /** A piece of a slab goes to somebody who will give it back. */
  lend(piece: Buffer): Buffer {
    const entry = this.out.get(piece.buffer);
    if (entry) entry.bytes += piece.length;
    return piece;
  }

  /** Takes a piece back, or several that lie side by side as one. */
  giveBack(piece: Buffer): void {
    this.less(piece.buffer, piece.length);
  }

  /** Nothing more is written into a slab. */
  close(slab: Buffer): void {
    this.less(slab.buffer, 1);
  }

  private less(buffer: ArrayBufferLike, bytes: number): void {
    const entry = this.out.get(buffer);
    if (!entry) return;
    entry.bytes -= bytes;
    if (entry.bytes > 0) return;
    this.out.delete(buffer);
    if (entry.slab.length === SLAB_BYTES && this.idle.length < MOST_IDLE) this.idle.push(entry.slab);
  }
}
