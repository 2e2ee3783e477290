import { processTable, residentKiB } from './process-table';

interface Watched {
  readonly limitKiB: number;
  readonly exceeded: () => void;
}

/** Looking may take at most this part of the time, however many processes the machine has. */
const DUTY = 0.05;

/** Measures what running jobs hold in memory, and says when one holds more than it may. */
export class MemoryGuard {
  private readonly watched = new Map<number, Watched>();
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly intervalMs: number,
    private readonly log: (line: string) => void,
  ) {}

  /** Watches a process, its group and its descendants until it is forgotten. */
  watch(pid: number, limitMiB: number, exceeded: () => void): void {
    this.watched.set(pid, { limitKiB: limitMiB * 1024, exceeded });
    this.timer ??= this.later(this.intervalMs);
  }

  forget(pid: number): void {
    this.watched.delete(pid);
    if (this.watched.size === 0) this.stop();
  }

  stop(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
  }

  private later(ms: number): NodeJS.Timeout {
    return setTimeout(() => void this.look(), ms);
  }

  private async look(): Promise<void> {
    const began = performance.now();
    try {
      this.judge(residentKiB(await processTable(), [...this.watched.keys()]));
    } catch (thrown) {
      this.log(`batch: cannot measure memory: ${thrown}`);
    }
    const took = performance.now() - began;
    if (this.timer !== undefined) this.timer = this.later(Math.max(this.intervalMs, took / DUTY));
  }

  private judge(resident: ReadonlyMap<number, number>): void {
    for (const [pid, { limitKiB, exceeded }] of [...this.watched]) {
      if ((resident.get(pid) ?? 0) > limitKiB) exceeded();
    }
  }
}
