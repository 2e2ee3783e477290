import { newTable } from '../../cli/render/table';
import type { Hit } from '../../local/faults/faults';
import type { Leftovers } from './leftovers';
import type { Redrives } from './redrives';
import type { JudgedRun } from './soak';

export interface SoakResult {
  readonly seed: number;
  readonly level: string;
  readonly runs: number;
  readonly published: number;
  readonly failed: number;
  readonly violated: number;
  readonly failedBy: Readonly<Record<string, number>>;
  readonly rounds: number;
  readonly restarts: number;
  readonly lostAttempts: number;
  readonly lostSeconds: number;
  readonly seconds: number;
  readonly runsPerMinute: number;
  readonly faults: Readonly<Record<string, number>>;
  readonly collectedUploads: number;
  /** Failed runs that published the right rows once nothing disturbed them any more. */
  readonly redriven: number;
  readonly notRedrivable: readonly string[];
  readonly violations: readonly string[];
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

export function countBy<T>(all: readonly T[], nameOf: (one: T) => string): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const one of all) counts[nameOf(one)] = (counts[nameOf(one)] ?? 0) + 1;
  return counts;
}

interface Soaked {
  readonly seed: number;
  readonly level: string;
  readonly judged: readonly JudgedRun[];
  readonly hits: readonly Hit[];
  readonly redrives: Redrives;
  readonly leftovers: Leftovers;
  readonly restarts: number;
  readonly seconds: number;
}

export function resultOf({ seed, level, judged, hits, redrives, leftovers, restarts, seconds }: Soaked): SoakResult {
  const of = (outcome: JudgedRun['outcome']) => judged.filter((run) => run.outcome === outcome);
  return {
    seed,
    level,
    runs: judged.length,
    published: of('published').length,
    failed: of('failed').length,
    violated: of('violated').length,
    failedBy: countBy(of('failed'), ({ report }) => report?.failure?.class ?? 'none'),
    rounds: sum(judged.map(({ report }) => report?.rounds.length ?? 0)),
    restarts,
    lostAttempts: sum(judged.map(({ losses }) => losses.attempts)),
    lostSeconds: Math.round(sum(judged.map(({ losses }) => losses.seconds))),
    seconds: Math.round(seconds),
    runsPerMinute: Math.round((judged.length / seconds) * 600) / 10,
    faults: countBy(hits, ({ rule }) => rule),
    collectedUploads: leftovers.collectedUploads,
    redriven: redrives.redriven,
    notRedrivable: redrives.refused,
    violations: [
      ...judged.flatMap(({ drop, violations }) => violations.map((violation) => `${drop.runId} (file ${drop.n}): ${violation}`)),
      ...redrives.violations,
      ...leftovers.violations,
    ],
  };
}

/** The result for people. */
export function renderResult(result: SoakResult): string {
  const table = newTable({ head: ['', ''], rightFrom: 1 });
  const { failedBy, faults } = result;
  const classes = Object.entries(failedBy).map(([name, count]) => `${name} ${count}`);
  table.push(
    ['runs', result.runs],
    ['  published once, and correct', result.published],
    [`  failed by name, nothing visible${classes.length > 0 ? ` (${classes.join(', ')})` : ''}`, result.failed],
    ['  of these redriven without faults, then published', result.redriven],
    ['  violations', result.violated],
    ['rounds', result.rounds],
    ['task attempts lost', result.lostAttempts],
    ['seconds lost in attempts and pauses', result.lostSeconds],
    ['kills of the whole cloud', result.restarts],
    ['uploads that the collector aborted', result.collectedUploads],
    ['seconds', result.seconds],
    ['runs a minute', result.runsPerMinute],
    [`faults: ${sum(Object.values(faults))}`, ''],
    ...Object.entries(faults)
      .toSorted(([, a], [, b]) => b - a)
      .map(([name, count]): [string, number] => [`  ${name}`, count]),
  );
  return `${table.toString()}\n`;
}
