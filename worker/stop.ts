import { StoppedError } from './failures';

/** From SIGTERM on, what is nearly done may be finished for so long; the rest of the way out takes seconds. */
export const GRACE_SECONDS = 12;

/** Tells one stage of one chunk to give up. */
export interface StageSignal {
  readonly signal: AbortSignal;
  /** The stage is over: its signal is never aborted any more. */
  release(): void;
}

/** How a task ends early: new work at once, work that may be finished at the end of the grace. */
export class Stop {
  private readonly over = new AbortController();
  private timer: NodeJS.Timeout | undefined;

  constructor(readonly asked: AbortSignal) {
    if (asked.aborted) this.startGrace();
    else asked.addEventListener('abort', this.startGrace, { once: true });
  }

  /** The signal of a stage that gives up as soon as the worker is asked to stop, unless it may finish then. */
  stage(mayFinish: () => boolean): StageSignal {
    const { asked, over } = this;
    const controller = new AbortController();
    const end = (): void => controller.abort();
    const stop = (): void => {
      if (!mayFinish()) end();
    };
    if (over.signal.aborted) end();
    if (asked.aborted) stop();
    asked.addEventListener('abort', stop, { once: true });
    over.signal.addEventListener('abort', end, { once: true });
    return {
      signal: controller.signal,
      release: () => {
        asked.removeEventListener('abort', stop);
        over.signal.removeEventListener('abort', end);
      },
    };
  }

  /** The task is over. */
  release(): void {
    this.asked.removeEventListener('abort', this.startGrace);
    clearTimeout(this.timer);
  }

  private readonly startGrace = (): void => {
    this.timer = setTimeout(() => this.over.abort(), GRACE_SECONDS * 1000);
  };
}

/** Enough for an engine to be interrupted and a program to be killed; a function that waits for something never notices. */
const WIND_UP_SECONDS = 2;

/** The work's own outcome, or `StoppedError` when it goes on for too long after it was told to give up. */
export async function unlessStopped<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  let giveUp = (): void => undefined;
  const stopped = new Promise<never>((_, reject) => {
    giveUp = () => {
      timer = setTimeout(() => reject(new StoppedError()), WIND_UP_SECONDS * 1000);
    };
  });
  if (signal.aborted) giveUp();
  else signal.addEventListener('abort', giveUp, { once: true });
  try {
    return await Promise.race([work, stopped]);
  } finally {
    signal.removeEventListener('abort', giveUp);
    clearTimeout(timer);
  }
}
