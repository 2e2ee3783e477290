import { parentPort, workerData } from 'node:worker_threads';
import type { runSchedule as RunSchedule, Schedule } from './schedule';

/** What a thread is told: which bundle to load, and which seeds are its own. */
export interface Share {
  readonly bundle: string;
  readonly first: number;
  readonly count: number;
  readonly step: number;
}

/** What a thread tells of its schedules now and then, and at once of one that broke a promise. */
export interface News {
  readonly done: number;
  readonly published: number;
  readonly failed: number;
  readonly steps: number;
  readonly faults: number;
  readonly violation?: Schedule;
}

/** Often enough to stop soon after a violation. */
const TELL_EVERY = 50;

async function work({ bundle, first, count, step }: Share): Promise<void> {
  // The model throws by the thousand what nobody reads a trace of.
  Error.stackTraceLimit = 0;
  const { runSchedule } = require(bundle) as { readonly runSchedule: typeof RunSchedule };
  let news = { done: 0, published: 0, failed: 0, steps: 0, faults: 0 };
  const tell = (violation?: Schedule): void => {
    parentPort?.postMessage({ ...news, violation } satisfies News);
    news = { done: 0, published: 0, failed: 0, steps: 0, faults: 0 };
  };
  for (let i = 0; i < count; i++) {
    const schedule = await runSchedule(first + i * step);
    const { ok = 0, ...faults } = schedule.hit;
    news = {
      done: news.done + 1,
      published: news.published + (schedule.outcome === 'published' ? 1 : 0),
      failed: news.failed + (schedule.outcome === 'published' ? 0 : 1),
      steps: news.steps + ok,
      faults: news.faults + Object.values(faults).reduce((sum, n) => sum + n, 0),
    };
    if (schedule.violation) tell(schedule);
    else if (news.done === TELL_EVERY) tell();
  }
  tell();
}

void work(workerData as Share);
