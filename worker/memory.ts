import { MIB } from '../core/units';

/** The chunk in work and the one that is fetched ahead of it. */
const MOST_IDLE = 2;

/**
 * Memory for fetched chunks, used again and again. Fresh memory for every 64 MiB must be zeroed by the system page by page,
 * and makes the engine look for garbage each time.
 */
export class Memory {
  private idle: Buffer[] = [];

  lease(): Lease {
    return new Lease(this);
  }

  /** So many bytes; what they hold is left over from before. */
  take(bytes: number): Buffer {
    const found = this.idle.findIndex(({ length }) => length >= bytes && length <= 2 * bytes + MIB);
    if (found !== -1) return this.idle.splice(found, 1)[0] as Buffer;
    // Chunks have another size now; nobody counts what is kept for the old one.
    this.idle = [];
    return Buffer.allocUnsafeSlow(Math.ceil(bytes / MIB) * MIB);
  }

  giveBack(memory: readonly Buffer[]): void {
    this.idle = [...memory, ...this.idle].slice(0, MOST_IDLE);
  }
}

/** Memory that one chunk holds. Whoever cannot be sure that nobody reads it any more leaves it to the garbage. */
export class Lease {
  private held: Buffer[] = [];

  constructor(private readonly memory: Memory) {}

  readonly take = (bytes: number): Buffer => {
    const taken = this.memory.take(bytes);
    this.held.push(taken);
    return taken.subarray(0, bytes);
  };

  giveBack(): void {
    this.memory.giveBack(this.held);
    this.held = [];
  }
}
