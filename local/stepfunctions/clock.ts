/** Time as the service sees it; tests bring their own. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Calls back once, at that time or soon after; answers how to cancel it. */
  at(timeMs: number, callback: () => void): () => void;
}

/** `setTimeout` fires at once when asked for more than 2^31 - 1 ms; longer waits are made of several. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** The machine's own clock and timers. */
export const systemClock: Clock = {
  now: Date.now,
  at(timeMs, callback) {
    let timer: NodeJS.Timeout;
    const arm = (): void => {
      const left = timeMs - Date.now();
      timer = left > LONGEST_TIMER_MS ? setTimeout(arm, LONGEST_TIMER_MS) : setTimeout(callback, Math.max(0, left));
    };
    arm();
    return () => clearTimeout(timer);
  },
};

/** Waits for a time; a signal that aborts rejects with its reason and frees the timer. */
export function until(clock: Clock, timeMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const abort = (): void => {
      cancel();
      reject(signal.reason);
    };
    const cancel = clock.at(timeMs, () => {
      signal.removeEventListener('abort', abort);
      resolve();
    });
    signal.addEventListener('abort', abort, { once: true });
  });
}
