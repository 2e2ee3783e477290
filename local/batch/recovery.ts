import type { Engine } from './engine';
import type { Ledger } from './ledger';
import { endLeftovers, type LostProcess } from './leftovers';
import { isOver, type Job, type Order } from './model';

/** The jobs of an order that are not over, the parent of an array first. */
function unfinished(ledger: Ledger, order: Order): readonly Job[] {
  const root = ledger.job(order.id);
  return root && !isOver(root.status) ? [root, ...ledger.children(order)].filter(({ status }) => !isOver(status)) : [];
}

const allUnfinished = (ledger: Ledger): readonly Job[] => ledger.roots().flatMap((order) => unfinished(ledger, order));

/** Ends the processes that a former life of this one left running. */
export const endLost = (ledger: Ledger): Promise<void> =>
  endLeftovers(
    allUnfinished(ledger)
      .filter(({ current }) => current !== null)
      .map(lostProcess),
  );

/** Takes up the jobs that a former life left, however it died; `hasQueue` tells queues that still exist. */
export function resume(ledger: Ledger, engine: Engine, hasQueue: (arn: string) => boolean): void {
  const orders = ledger.roots();
  const jobs = allUnfinished(ledger);
  for (const job of jobs) {
    const { queueArn } = ledger.order(job);
    if (!hasQueue(queueArn)) engine.end(job, { kind: 'terminate', reason: `Job queue ${queueArn} was deleted` });
  }
  // Lost jobs go back to the front, so the oldest is put there last.
  for (const { id } of jobs.toReversed()) engine.lose(id);
  for (const job of jobs) takeUp(ledger, engine, job);
  for (const order of orders) engine.settle(order);
  engine.dispatch();
}

const lostProcess = ({ id, current, startedAt }: Job): LostProcess => ({ jobId: id, pid: current?.pid, startedAt: startedAt ?? undefined });

/** `before` is the job as the former life left it. */
function takeUp(ledger: Ledger, engine: Engine, before: Job): void {
  const order = ledger.order(before);
  const job = ledger.job(before.id);
  if (!job || isOver(job.status)) return;
  if (job.ending) engine.carryOut(job, job.ending);
  else if (before.status === 'RUNNABLE') engine.enqueue(order, job, 'back');
  else if (job.id === order.id && (job.status === 'SUBMITTED' || job.status === 'PENDING')) engine.promote(order);
}
