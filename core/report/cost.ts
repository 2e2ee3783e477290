import type { Profile } from '../contracts';
import { PRICES } from './prices';

/** Fargate bills at least this many seconds a task. */
export const MINIMUM_BILLED_SECONDS = 60;
/** The clock starts at the image pull; seen to take about a minute, since Fargate keeps no image cache. */
export const START_UP_SECONDS = 60;

export interface TaskUse {
  /** Seconds that the task's container ran. */
  readonly seconds: number;
  readonly capacity: 'spot' | 'on-demand';
  readonly profile: Profile;
  readonly architecture: 'arm64' | 'x86_64';
  /** Whether its work was of no use: it failed. */
  readonly wasted: boolean;
}

const GIB_PER_MIB = 1 / 1024;

/** USD that one task costs on Fargate, start-up and minimum included. */
export function taskUsd({ seconds, capacity, profile, architecture }: TaskUse): number {
  const price = PRICES.fargate[architecture];
  const hourly = profile.vcpu * price.vcpuHour + profile.memoryMiB * GIB_PER_MIB * price.gbHour;
  const billed = Math.max(MINIMUM_BILLED_SECONDS, seconds + START_UP_SECONDS);
  return (hourly * billed * (capacity === 'spot' ? PRICES.spotShare : 1)) / 3600;
}

/** A run has about this many state transitions and Lambda calls however large it is, and this many more per array job. */
const TRANSITIONS = { perRun: 12, perArray: 4 };
/** A step takes about a second of 1 GB. */
const STEP_GB_SECONDS = 1;
/** Requests of one chunk: its lines and ranges read, its part, quarantine and marker written, its upload completed. */
const REQUESTS = { readsPerChunk: 6, writesPerChunk: 5 };

/** USD of everything but the tasks themselves. */
export function controlUsd({ arrays, chunks }: { readonly arrays: number; readonly chunks: number }): number {
  const transitions = TRANSITIONS.perRun + TRANSITIONS.perArray * arrays;
  const steps = transitions * (PRICES.stepFunctionsPerTransition + PRICES.lambda.perRequest + STEP_GB_SECONDS * PRICES.lambda.perGbSecond);
  return steps + chunks * (REQUESTS.readsPerChunk * PRICES.s3.perRead + REQUESTS.writesPerChunk * PRICES.s3.perWrite);
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

/** What a run costs and how much of it was for nothing, with the assumptions that a reader must know. */
export function runCost(tasks: readonly TaskUse[], control: { readonly arrays: number; readonly chunks: number }) {
  return {
    usd: sum(tasks.map(taskUsd)) + controlUsd(control),
    wastedUsd: sum(tasks.filter((task) => task.wasted).map(taskUsd)),
    assumptions: [
      `list prices of ${PRICES.region}, ${PRICES.asOf}`,
      `Spot at ${PRICES.spotShare * 100} % of on-demand`,
      `${START_UP_SECONDS} s of start-up per task, at least ${MINIMUM_BILLED_SECONDS} s billed`,
    ],
  };
}
