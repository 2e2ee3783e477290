import { randomBytes } from 'node:crypto';
import type { Draft, Entry, History } from './history';

interface Waiter {
  readonly resolve: (end: Entry) => void;
  readonly reject: (reason: unknown) => void;
}

/** What a task token says to those who gave it out. */
export interface TokenParts {
  readonly executionArn: string;
  readonly path: string;
}

export function makeToken({ executionArn, path }: TokenParts): string {
  return Buffer.from(JSON.stringify([executionArn, path, randomBytes(16).toString('hex')])).toString('base64url');
}

/** Undefined when the text is not a token of ours. */
export function readToken(token: string): TokenParts | undefined {
  try {
    const parts: unknown = JSON.parse(Buffer.from(token, 'base64url').toString('utf8'));
    if (!Array.isArray(parts) || parts.length !== 3 || !parts.every((part) => typeof part === 'string')) return undefined;
    return { executionArn: String(parts[0]), path: String(parts[1]) };
  } catch {
    return undefined;
  }
}

/** Tasks of an execution that have begun and not ended; the first ending wins, whoever brings it: the function, a token, a timer. */
export class OpenTasks {
  private readonly waiters = new Map<string, Waiter>();
  private readonly beats = new Map<string, () => void>();

  constructor(private readonly history: History) {}

  isOpen(path: string): boolean {
    return this.history.get(`${path}:scheduled`) !== undefined && !this.history.closed(path);
  }

  /** Records how a task ended; false when that is settled already. */
  finish(path: string, { type, data }: Pick<Draft, 'type' | 'data'>): boolean {
    if (!this.isOpen(path)) return false;
    const before = [':submitted', ':started', ':scheduled'].map((step) => this.history.get(path + step)).find((entry) => entry);
    try {
      const end = this.history.append({ key: `${path}:end`, type, previous: before?.id, data });
      this.waiters.get(path)?.resolve(end);
    } catch (thrown) {
      this.fail(path, thrown);
    }
    return true;
  }

  /** Fails whoever waits for a task's end with what made recording it impossible. */
  fail(path: string, thrown: unknown): void {
    this.waiters.get(path)?.reject(thrown);
  }

  /** Puts the heartbeat's deadline off; false when nobody waits for it any more. */
  beat(path: string): boolean {
    this.beats.get(path)?.();
    return this.isOpen(path);
  }

  onBeat(path: string, listener: () => void): void {
    this.beats.set(path, listener);
  }

  /** The end of a task, once it has one. */
  async ended(path: string, signal: AbortSignal): Promise<Entry> {
    signal.throwIfAborted();
    const halt = (): void => this.waiters.get(path)?.reject(signal.reason);
    signal.addEventListener('abort', halt, { once: true });
    try {
      return await new Promise<Entry>((resolve, reject) => this.waiters.set(path, { resolve, reject }));
    } finally {
      signal.removeEventListener('abort', halt);
      this.waiters.delete(path);
      this.beats.delete(path);
    }
  }
}
