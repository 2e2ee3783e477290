import type { Round } from '../contracts';
import type { FailureClass } from '../failures';
import { groupBy } from '../group-by';
import { type TaskUse, taskUsd } from './cost';
import type { Report } from './report-contract';

/** What the tasks of one array did, in the end. */
export interface ArrayWork {
  readonly round: number;
  /** One entry for each attempt. */
  readonly usage: readonly TaskUse[];
  /** Of the tasks that Batch gave up on. */
  readonly failures: readonly FailureClass[];
  /** Of the attempts that Batch followed with another one. */
  readonly retried: readonly FailureClass[];
}

const countByClass = (classes: readonly FailureClass[]): Report['rounds'][number]['failures'] =>
  Object.fromEntries([...groupBy(classes, (name) => name)].map(([name, all]) => [name, all.length]));

const sumUsd = (uses: readonly TaskUse[]): number => uses.reduce((sum, use) => sum + taskUsd(use), 0);

/** One round as the report tells it. */
export function roundRow({ round, tasks, chunks, because, waitSeconds }: Round, worked: readonly ArrayWork[]): Report['rounds'][number] {
  const mine = worked.filter((array) => array.round === round);
  const usage = mine.flatMap((array) => array.usage);
  const retried = mine.flatMap((array) => array.retried);
  return {
    round,
    tasks,
    chunks,
    failures: countByClass(mine.flatMap(({ failures }) => failures)),
    ...(retried.length > 0 && { retried: countByClass(retried) }),
    attempts: usage.length,
    ...(waitSeconds !== undefined && { waitSeconds }),
    ...(because && { because }),
    cost: { usd: sumUsd(usage), wastedUsd: sumUsd(usage.filter(({ wasted }) => wasted)) },
  };
}
