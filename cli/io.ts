import type { OpenCloud } from './cloud/port';

/** Where text goes. */
export interface Sink {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
}

/** All that a command knows of the world; tests bring their own. */
export interface Io {
  /** The result, and nothing else. */
  readonly stdout: Sink;
  /** Progress, notices and errors. */
  readonly stderr: Sink;
  readonly cwd: string;
  readonly colors: boolean;
  /** Aborted by Ctrl-C. */
  readonly interrupted: AbortSignal;
  readonly openCloud: OpenCloud;
}

/** What a command answers: the same result for programs and for people. */
export interface Outcome {
  readonly exitCode: number;
  readonly json: unknown;
  readonly text: string;
}
