import type { Deps } from '../../../lambda/runtime';
import type { TaskRef } from '../../../worker/task';
import type { Actor, Fate } from './actor';

/** An array as its job's environment names it. */
export interface ArrayRef {
  readonly runId: string;
  readonly round: number;
  readonly array: number;
}

/** What the parts of the model know of each other. */
export interface Stage {
  /** Whether the ledger names another job for the array that a task belongs to. */
  isFencedOut(task: TaskRef): boolean;
  /** `more` may befall its calls beside what may befall any. */
  portsOf(actor: Actor, more?: readonly Fate[]): Deps;
  /** A job has ended: its event sets out, once, twice or not at all. */
  tellEnd(jobId: string, succeeded: boolean, array: ArrayRef): void;
  readonly random: () => number;
}
