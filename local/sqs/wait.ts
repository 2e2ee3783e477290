import type { IncomingMessage } from 'node:http';
import type { Queue, ReceivedMessage } from './queue';

/** Long polls under way, so that stopping the service ends them at once. */
export class LongPolls {
  private readonly open = new Set<() => void>();

  /** Answers as soon as `receive` finds something, else with nothing when the time is over or the client has gone. */
  async wait(
    queue: Queue,
    wish: { receive(): readonly ReceivedMessage[]; seconds: number; http: IncomingMessage },
  ): Promise<readonly ReceivedMessage[]> {
    const first = wish.receive();
    if (first.length > 0 || wish.seconds === 0) return first;
    return new Promise((resolve) => {
      const end = (found: readonly ReceivedMessage[]): void => {
        clearTimeout(timer);
        unsubscribe();
        this.open.delete(giveUp);
        wish.http.socket.off('close', giveUp);
        resolve(found);
      };
      const giveUp = (): void => end([]);
      const timer = setTimeout(giveUp, wish.seconds * 1000);
      const unsubscribe = queue.onMessages(() => {
        const found = wish.receive();
        if (found.length > 0) end(found);
      });
      this.open.add(giveUp);
      wish.http.socket.on('close', giveUp);
    });
  }

  close(): void {
    for (const giveUp of [...this.open]) giveUp();
  }
}
