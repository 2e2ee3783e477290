import { ExitCode } from '../../core/exit-codes';
import {
  CodeFailure,
  ConfigFailure,
  DataFailure,
  type LastAnswer,
  OutOfMemoryFailure,
  TryAgainFailure,
  type WorkerFailure,
} from '../failures';
import type { Ended } from './child';

/** What a shell answers for a program that was killed. */
const KILLED_EXIT_CODE = 137;

type Fails = new (message: string, hint: string, last?: LastAnswer) => WorkerFailure;

/** Exit codes are those of sysexits; all others are the program's own, so its code is at fault. */
const BY_EXIT_CODE: Readonly<Record<number, readonly [Fails, hint: string]>> = {
  [ExitCode.Data]: [DataFailure, 'the command says that the input is at fault: look at its stderr in the log'],
  [ExitCode.Config]: [ConfigFailure, 'the command says that its configuration is at fault: look at its stderr in the log'],
  [ExitCode.TryAgain]: [TryAgainFailure, 'the command asks for another attempt'],
};

const KILLED: readonly [Fails, string] = [
  OutOfMemoryFailure,
  'somebody killed it, most likely the platform for want of memory: give the job more memory, or smaller chunks',
];
const CRASHED: readonly [Fails, string] = [CodeFailure, 'look at its stderr in the log of this task'];

/** What the end of a program says, where it was none of our doing; undefined when all is well. */
export function endFailure({ code, signal, failure }: Ended, progress: string, last?: LastAnswer): WorkerFailure | undefined {
  if (failure) return failure;
  if (code === ExitCode.Done) return undefined;
  const [Failure, hint] = signal === 'SIGKILL' || code === KILLED_EXIT_CODE ? KILLED : (BY_EXIT_CODE[code ?? ExitCode.Code] ?? CRASHED);
  return new Failure(`the command ended with ${signal ?? `exit code ${code}`}${progress}`, hint, last);
}
