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
