/** The worker's exit codes (BSD sysexits); the job definition's retry rules read the same names. 137 and 143 are the platform's. */
export const ExitCode = {
  Done: 0,
  /** The input is at fault. */
  Data: 65,
  /** The user's code is at fault. */
  Code: 70,
  /** Nothing is at fault for good: another attempt may succeed. */
  TryAgain: 75,
  /** The job's own configuration is at fault: no attempt can succeed. */
  Config: 78,
} as const;
export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];
