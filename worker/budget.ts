import { MIB } from '../core/units';
import { UPLOAD_BUFFER_BYTES } from './upload';

/** Of a task's memory; the engine has its own share, and Node needs the rest. */
const BUFFER_SHARE = 0.25;

/** Bytes of input that a task of this size may hold at once: the chunk in work and what is fetched ahead of it. */
export const inputBudgetBytes = (memoryMiB: number): number => Math.max(0, memoryMiB * MIB * BUFFER_SHARE - UPLOAD_BUFFER_BYTES);

interface Wish {
  readonly bytes: number;
  readonly grant: () => void;
}

/**
 * Memory that stages hold at once, counted in bytes. Whoever wants more than is free waits, first come, first served; one
 * that wants more than there is gets it when nobody else holds any, so that a chunk larger than the budget is done alone.
 */
export class ByteBudget {
  private readonly waiting: Wish[] = [];
  private taken = 0;

  constructor(private readonly total: number) {}

  get held(): number {
    return this.taken;
  }

  /** Answers how to give the bytes back, which may be called more than once. */
  async take(bytes: number): Promise<() => void> {
    await new Promise<void>((grant) => {
      this.waiting.push({ bytes, grant });
      this.serve();
    });
    let returned = false;
    return () => {
      if (returned) return;
      returned = true;
      this.taken -= bytes;
      this.serve();
    };
  }

  private serve(): void {
    for (let next = this.waiting[0]; next && this.hasRoom(next.bytes); next = this.waiting[0]) {
      this.waiting.shift();
      this.taken += next.bytes;
      next.grant();
    }
  }

  private hasRoom(bytes: number): boolean {
    return this.taken === 0 || this.taken + bytes <= this.total;
  }
}
