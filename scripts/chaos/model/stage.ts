import type { Deps } from '../../../lambda/runtime';
import type { TaskRef } from '../../../worker/task';
import type { Actor } from './scheduler';

/** What the parts of the model know of each other. */
export interface Stage {
  /** Whether the ledger names another job for the array that a task belongs to. */
  isFencedOut(task: TaskRef): boolean;
  portsOf(actor: Actor): Deps;
  /** A job has ended: its event sets out, once or twice. */
  tellEnd(
    jobId: string,
    succeeded: boolean,
    array: { BATCHWRIGHT_RUN_ID: string; BATCHWRIGHT_ROUND: string; BATCHWRIGHT_ARRAY: string },
  ): void;
}
