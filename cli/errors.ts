import { StepFailure } from '../core/step-failures';

/** What scripts may rely on. */
export const ExitCode = {
  Ok: 0,
  /** The run failed, or something of ours did. */
  Failed: 1,
  /** A bad spec, file or usage: nothing was started. */
  Usage: 2,
  /** 128 + SIGINT, as shells have it. */
  Interrupted: 130,
} as const;

/** One thing to tell the user; the place is given where a file is to blame. */
export interface Complaint {
  /** Where the refusal has a name, as the steps of a run have it. */
  readonly name?: string;
  readonly message: string;
  readonly file?: string;
  readonly line?: number;
  readonly column?: number;
  readonly path?: string;
}

/** What was asked for cannot be done as asked; nothing was started. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
  readonly complaints: readonly Complaint[];

  constructor(complaints: string | readonly Complaint[]) {
    const all = typeof complaints === 'string' ? [{ message: complaints }] : complaints;
    super(all.map(({ message }) => message).join('; '));
    this.complaints = all;
  }
}

/** Ctrl-C; the message says what becomes of the work. */
export class InterruptedError extends Error {
  override readonly name = 'InterruptedError';
}

/** The system did not do what it promises; the message names where to look. */
export class CloudError extends Error {
  override readonly name = 'CloudError';
}

/** What a step refuses is told under the name that the run would fail with. */
export async function refusingByName<T>(work: () => Promise<T> | T): Promise<T> {
  try {
    return await work();
  } catch (thrown) {
    if (thrown instanceof StepFailure) throw new UsageError([{ name: thrown.name, message: thrown.message }]);
    throw thrown;
  }
}
