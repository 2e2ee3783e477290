import { TARGET_TASK_SECONDS } from '../../core/plan/packing';
import { START_UP_SECONDS } from '../../core/report/cost';
import type { Report } from '../../core/report/report-contract';

/** What a number of runs took together. */
interface Sum {
  readonly runs: number;
  readonly attempts: number;
  readonly lost: number;
  /** Of a run, from its start to its report; the mean. */
  readonly seconds: number;
  /** Of all attempts, lost ones included. */
  readonly taskSeconds: number;
  /** Of the tasks, as Fargate bills them. */
  readonly usd: number;
  readonly wastedUsd: number;
}

export interface Difference {
  readonly calm: Sum;
  readonly lossy: Sum;
  /** As shares of the undisturbed runs. */
  readonly added: { readonly seconds: number; readonly taskSeconds: number; readonly usd: number };
  /** Task seconds that one loss cost; 0 where it is lost in the noise. */
  readonly secondsPerLoss: number;
  /** For people: what the numbers say, and what follows for tasks of the size that Plan aims at. */
  readonly reading: readonly string[];
}

const total = (reports: readonly Report[], of: (report: Report) => number): number => reports.reduce((sum, report) => sum + of(report), 0);

function sumOf(reports: readonly Report[]): Sum {
  const lossesOf = ({ failures, retried = {} }: Report['rounds'][number]): number => (failures.SPOT ?? 0) + (retried.SPOT ?? 0);
  return {
    runs: reports.length,
    attempts: total(reports, ({ rounds }) => rounds.reduce((sum, { attempts = 0 }) => sum + attempts, 0)),
    lost: total(reports, ({ rounds }) => rounds.reduce((sum, round) => sum + lossesOf(round), 0)),
    seconds: total(reports, ({ seconds }) => seconds.total) / reports.length,
    taskSeconds: total(reports, ({ seconds }) => seconds.work ?? 0),
    usd: total(reports, ({ rounds }) => rounds.reduce((sum, { cost }) => sum + (cost?.usd ?? 0), 0)),
    wastedUsd: total(reports, ({ rounds }) => rounds.reduce((sum, { cost }) => sum + (cost?.wastedUsd ?? 0), 0)),
  };
}

const percent = (value: number): string => `${(100 * value).toFixed(1)} %`;

/** The same work with and without losses. */
export function compare(calmReports: readonly Report[], lossyReports: readonly Report[]): Difference {
  const [calm, lossy] = [sumOf(calmReports), sumOf(lossyReports)];
  const added = {
    seconds: lossy.seconds / calm.seconds - 1,
    taskSeconds: lossy.taskSeconds / calm.taskSeconds - 1,
    usd: lossy.usd / calm.usd - 1,
  };
  const secondsPerLoss = lossy.lost === 0 ? 0 : Math.max(0, lossy.taskSeconds - calm.taskSeconds) / lossy.lost;
  const rate = lossy.lost / lossy.attempts;
  const usual = (rate * (START_UP_SECONDS + secondsPerLoss)) / (START_UP_SECONDS + TARGET_TASK_SECONDS);
  return {
    calm,
    lossy,
    added,
    secondsPerLoss,
    reading: [
      `${percent(rate)} of ${lossy.attempts} attempts were lost; each cost ${secondsPerLoss.toFixed(1)} s of task time: a worker that is told to stop finishes its chunk, and what is committed stays.`,
      `Fargate bills ${START_UP_SECONDS} s of start-up with every attempt, so of tasks this short a loss costs nearly as much as a task.`,
      `It follows (not measured) that tasks of ${TARGET_TASK_SECONDS} s, which Plan aims at, would cost ${percent(usual)} more at this rate.`,
    ],
  };
}
