import type { FunctionResult } from './types';

/** Where faults may come between a service and its work; without them everything goes as it should. */

/** A thread that has taken up an invocation; `id` is how it names itself in its calls. */
export interface TakenUp {
  readonly id: string;
  kill(): void;
}

/** An invocation that has not begun. */
export interface Invocation {
  readonly name: string;
  run(takenUp?: (thread: TakenUp) => void): Promise<FunctionResult>;
}

/** Stands between callers and functions. */
export type InvocationFaults = (invocation: Invocation) => Promise<FunctionResult>;

/** An attempt of a Batch job that is about to start; `taskId` is how it names itself in its calls. */
export interface StartingAttempt {
  readonly jobId: string;
  readonly jobName: string;
  readonly queueArn: string;
  /** From 1. */
  readonly attempt: number;
  readonly taskId: string;
}

/** What an attempt gets that nobody ordered. */
export interface AttemptChanges {
  /** Why its container does not start, as ECS words it. */
  readonly refusal?: string;
  readonly memoryMiB?: number;
  /** Told instead of its own when it ran out of memory. */
  readonly memoryExitCode?: number;
  /** Size of its disk. */
  readonly diskKiB?: number;
  /** From SIGTERM to SIGKILL. */
  readonly stopSeconds?: number;
}

/** What can be done to an attempt that runs. */
export interface AttemptHandle {
  /** As Spot does: SIGTERM, then SIGKILL. */
  reclaim(): void;
  kill(): void;
  /** Stops it, and tells Batch that its host is lost. */
  freeze(): void;
  /** Lets one that was frozen go on, though nobody waits for it. */
  thaw(): void;
}

/** Stands between Batch and its attempts. */
export interface AttemptFaults {
  starting(attempt: StartingAttempt): AttemptChanges;
  started(attempt: StartingAttempt, handle: AttemptHandle): void;
  /** Batch holds it for over, whatever its processes do. */
  ended(attempt: StartingAttempt): void;
}
