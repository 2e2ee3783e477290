/** From SIGTERM on, what is nearly done may be finished for so long; the rest of the way out takes seconds. */
export const GRACE_SECONDS = 12;

/** Tells one stage of one chunk to give up. */
export interface StageSignal {
  readonly signal: AbortSignal;
  /** The stage is over: its signal is never aborted any more. */
  release(): void;
}

/** Once the worker is asked to stop, a stage gives up at once, or at the end of the grace where it may finish. */
export function stageSignal(asked: AbortSignal, mayFinish: () => boolean): StageSignal {
  const controller = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const stop = (): void => {
    if (mayFinish()) timer = setTimeout(() => controller.abort(), GRACE_SECONDS * 1000);
    else controller.abort();
  };
  if (asked.aborted) stop();
  else asked.addEventListener('abort', stop, { once: true });
  return {
    signal: controller.signal,
    release: () => {
      asked.removeEventListener('abort', stop);
      clearTimeout(timer);
    },
  };
}
