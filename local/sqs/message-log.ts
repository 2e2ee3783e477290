import { join } from 'node:path';
import { Journal } from '../kernel/journal';
import type { StoredMessage } from './message';

type Entry =
  | { readonly op: 'put'; readonly message: StoredMessage }
  | { readonly op: 'receive'; readonly id: string; readonly atMs: number }
  | { readonly op: 'remove'; readonly id: string }
  | { readonly op: 'purge' };

/** Rewriting a journal below this many entries is not worth its write. */
const COMPACT_FROM_ENTRIES = 2_000;

/** A message that was in flight when its consumer died belongs to nobody, so it is visible again. */
const landed = (message: StoredMessage): StoredMessage => (message.receiveCount > 0 ? { ...message, visibleAtMs: 0 } : message);

function replay(messages: Map<string, StoredMessage>, entry: Entry): void {
  if (entry.op === 'put') messages.set(entry.message.id, landed(entry.message));
  if (entry.op === 'remove') messages.delete(entry.id);
  if (entry.op === 'purge') messages.clear();
  const message = entry.op === 'receive' ? messages.get(entry.id) : undefined;
  if (entry.op === 'receive' && message) messages.set(entry.id, received(message, entry.atMs, 0));
}

const received = (message: StoredMessage, atMs: number, visibleAtMs: number): StoredMessage => ({
  ...message,
  visibleAtMs,
  receiveCount: message.receiveCount + 1,
  firstReceivedAtMs: message.firstReceivedAtMs ?? atMs,
});

/** One queue's messages, oldest first, each change on disk before it is answered. */
export class MessageLog {
  private readonly messages = new Map<string, StoredMessage>();
  private readonly journal: Journal<Entry>;
  private entries = 0;

  constructor(folder: string, name: string) {
    this.journal = new Journal(join(folder, `${name}.jsonl`));
    for (const entry of this.journal.read()) replay(this.messages, entry);
    this.compact();
  }

  all(): Iterable<StoredMessage> {
    return this.messages.values();
  }

  get(id: string): StoredMessage | undefined {
    return this.messages.get(id);
  }

  /** Putting the same message again changes nothing. */
  put(message: StoredMessage): void {
    if (this.messages.has(message.id)) return;
    this.messages.set(message.id, message);
    this.append({ op: 'put', message });
  }

  receive(id: string, atMs: number, visibleAtMs: number): StoredMessage | undefined {
    const message = this.messages.get(id);
    if (!message) return undefined;
    const taken = received(message, atMs, visibleAtMs);
    this.messages.set(id, taken);
    this.append({ op: 'receive', id, atMs });
    return taken;
  }

  /** Not journaled: visibility ends with the process that held the message. */
  hide(message: StoredMessage, visibleAtMs: number): void {
    this.messages.set(message.id, { ...message, visibleAtMs });
  }

  remove(id: string): void {
    if (!this.messages.delete(id)) return;
    this.append({ op: 'remove', id });
  }

  purge(): void {
    this.messages.clear();
    this.append({ op: 'purge' });
  }

  private append(entry: Entry): void {
    this.journal.append(entry);
    this.entries += 1;
    if (this.entries >= COMPACT_FROM_ENTRIES && this.entries > 4 * this.messages.size) this.compact();
  }

  private compact(): void {
    this.journal.rewrite([...this.messages.values()].map((message) => ({ op: 'put', message })));
    this.entries = this.messages.size;
  }
}
