import type { Outcome } from './attempt';
import type { Attempt, CurrentAttempt, Job, Order } from './model';
import { triesAgain } from './retry';

/** How an attempt is told, and what follows from it. */
export interface Verdict {
  readonly attempt: Attempt;
  readonly next: 'SUCCEEDED' | 'FAILED' | 'RUNNABLE';
}

/** A process that nobody waits for any more: the cloud that started it died. */
export const HOST_LOST: Outcome = { lost: true };

const EXITED = 'Essential container in task exited';
const TIMED_OUT = 'Job attempt duration exceeded timeout';
const SPOT_RECLAIMED = 'Your Spot Task was interrupted.';
const HOST_TERMINATED = 'Host EC2 (instance i-local) terminated.';
const OUT_OF_MEMORY = 'OutOfMemoryError: Container killed due to memory usage';
const NOT_STARTED = 'Task failed to start';

/** ECS cuts reasons here. */
const REASON_CHARS = 255;

/** What keeps a container from starting that Fargate tells as the reason itself. */
const TOLD = /^(CannotPull|ResourceInitializationError)/;

function statusReasonOf(outcome: Outcome, job: Job): string {
  if (outcome.lost) return HOST_TERMINATED;
  if (outcome.fault !== undefined) return TOLD.test(outcome.fault) ? outcome.fault : NOT_STARTED;
  if (outcome.cause === 'timeout') return TIMED_OUT;
  if (outcome.cause === 'reclaimed') return SPOT_RECLAIMED;
  if (outcome.cause === 'ended') return job.ending?.reason ?? EXITED;
  return EXITED;
}

const reasonOf = ({ cause, fault }: Outcome): string | undefined => (cause === 'memory' ? OUT_OF_MEMORY : fault?.slice(0, REASON_CHARS));

/** What Batch would say of an attempt that ended: timeouts and what somebody ended are never tried again. */
export function judge(order: Order, job: Job & { readonly current: CurrentAttempt }, ended: Outcome & { readonly at: number }): Verdict {
  const { number, taskId, logStreamName } = job.current;
  const { exitCode, at, cause } = ended;
  const statusReason = statusReasonOf(ended, job);
  const reason = reasonOf(ended);
  const attempt = { taskId, logStreamName, exitCode, reason, startedAt: job.startedAt ?? undefined, stoppedAt: at, statusReason };
  // A program that ended well just before its memory was judged has still ended well.
  if (exitCode === 0 && (cause === undefined || cause === 'memory')) return { attempt, next: 'SUCCEEDED' };
  const final = cause === 'timeout' || job.ending !== null;
  return { attempt, next: !final && triesAgain(order.retryStrategy, number, { statusReason, reason, exitCode }) ? 'RUNNABLE' : 'FAILED' };
}
