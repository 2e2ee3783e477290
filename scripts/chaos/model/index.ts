import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import path from 'node:path';
import { Worker } from 'node:worker_threads';
import { bundleModel } from './bundle';
import { MUTANTS, type Mutant } from './mutants';
import type { runSchedule as RunSchedule, Schedule } from './schedule';
import type { News, Share } from './thread';

export interface ModelOptions {
  /** Seed of the first schedule; the others follow one by one. */
  readonly seed: number;
  readonly schedules: number;
  /** @default as many as there are cores */
  readonly threads?: number;
}

export interface ModelResult {
  readonly schedules: number;
  readonly published: number;
  readonly failed: number;
  readonly steps: number;
  readonly faults: number;
  readonly seconds: number;
  /** The first schedule that broke a promise. */
  readonly violation?: Schedule;
}

const NOTHING: Omit<ModelResult, 'seconds' | 'violation'> = { schedules: 0, published: 0, failed: 0, steps: 0, faults: 0 };

const added = (sum: typeof NOTHING, { done, published, failed, steps, faults }: News): typeof NOTHING => ({
  schedules: sum.schedules + done,
  published: sum.published + published,
  failed: sum.failed + failed,
  steps: sum.steps + steps,
  faults: sum.faults + faults,
});

/** Runs schedules side by side until one breaks a promise or all are done. */
export async function runModel({ seed, schedules, threads = availableParallelism() }: ModelOptions, mutant?: Mutant): Promise<ModelResult> {
  const folder = mkdtempSync(path.join(tmpdir(), 'batchwright-model-'));
  try {
    const bundle = await bundleModel(folder, mutant);
    const began = performance.now();
    const step = Math.min(threads, schedules);
    const shares = Array.from({ length: step }, (_, t): Share => {
      return { bundle, first: seed + t, step, count: Math.ceil((schedules - t) / step) };
    });
    const { sum, violation } = await runThreads(shares);
    return { ...sum, seconds: (performance.now() - began) / 1000, violation };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function runThreads(shares: readonly Share[]) {
  let sum = NOTHING;
  let violation: Schedule | undefined;
  const workers: Worker[] = [];
  const hear = (news: News): void => {
    sum = added(sum, news);
    violation ??= news.violation;
    if (violation) for (const worker of workers) void worker.terminate();
  };
  await Promise.all(shares.map((share) => threadOf(share, workers, hear)));
  return { sum, violation };
}

function threadOf(share: Share, workers: Worker[], hear: (news: News) => void): Promise<void> {
  const file = path.join(__dirname, 'thread.ts');
  // `eval` because nothing of this process's loaders reaches a thread.
  const worker = new Worker(`require(${JSON.stringify(require.resolve('tsx/cjs'))}); require(${JSON.stringify(file)});`, {
    eval: true,
    workerData: share,
  });
  workers.push(worker);
  worker.on('message', hear);
  return new Promise((resolve, reject) => {
    worker.once('error', reject);
    worker.once('exit', () => resolve());
  });
}

export interface MutantResult {
  readonly mutant: string;
  /** Schedules until it was found; undefined when it was not. */
  readonly foundAfter?: number;
  readonly violation?: string;
}

/** How long each mutant lives. */
export async function runMutants(options: ModelOptions): Promise<readonly MutantResult[]> {
  const results: MutantResult[] = [];
  for (const mutant of MUTANTS) {
    const { violation, schedules } = await runModel(options, mutant);
    results.push({ mutant: mutant.name, ...(violation && { foundAfter: schedules, violation: violation.violation }) });
  }
  return results;
}

/** The steps of one schedule, one by one: what to read when it broke a promise. */
export async function traceOf(seed: number): Promise<Schedule> {
  const folder = mkdtempSync(path.join(tmpdir(), 'batchwright-model-'));
  try {
    const { runSchedule } = require(await bundleModel(folder)) as { readonly runSchedule: typeof RunSchedule };
    return await runSchedule(seed, true);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
