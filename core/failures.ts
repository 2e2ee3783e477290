import { z } from 'zod';
import type { Failure } from './contracts';
import { cutText } from './cut-text';
import { ExitCode } from './exit-codes';

/** Why work failed, named for the policy that follows (see `docs/failures.md`). */
export const FailureClass = z.enum([
  'SPOT',
  'HOST',
  'IMAGE',
  'THROTTLE',
  'TIMEOUT',
  'OOM',
  'DATA',
  'CODE',
  'CONFIG',
  'CANCELLED',
  'UNKNOWN',
]);
export type FailureClass = z.infer<typeof FailureClass>;

/** What the platform and the worker say of one failed attempt. */
export interface Evidence {
  readonly statusReason?: string;
  readonly containerReason?: string;
  /** The class that the worker itself reported. */
  readonly complaint?: FailureClass;
  readonly exitCode?: number;
}

type Rule = readonly [pattern: RegExp, FailureClass];

const STATUS_RULES: readonly Rule[] = [
  // Fargate Spot and EC2 Spot word it differently.
  [/^Your Spot Task was interrupted/i, 'SPOT'],
  [/^Host EC2/i, 'SPOT'],
  [/attempt duration exceeded timeout/i, 'TIMEOUT'],
  [/terminated by|terminated job|cancelled by|user (terminated|cancelled)/i, 'CANCELLED'],
  [/CannotPull/i, 'IMAGE'],
  [/Task failed to start|ResourceInitializationError|DockerTimeoutError|Timeout waiting for/i, 'HOST'],
];

const CONTAINER_RULES: readonly Rule[] = [
  [/^OutOfMemory/i, 'OOM'],
  [/CannotPull/i, 'IMAGE'],
  [/^(CannotStart|CannotCreate|CannotInspect|DockerTimeout|ResourceInitialization)/i, 'HOST'],
];

const EXIT_CLASS: Readonly<Record<number, FailureClass>> = {
  [ExitCode.Data]: 'DATA',
  [ExitCode.Code]: 'CODE',
  [ExitCode.TryAgain]: 'HOST',
  [ExitCode.Config]: 'CONFIG',
  // Nobody but the platform kills with SIGKILL.
  137: 'HOST',
  143: 'SPOT',
  // Uncaught errors, and the signals of a crash: illegal instruction, trap, abort, bus error, arithmetic, segmentation fault.
  1: 'CODE',
  132: 'CODE',
  133: 'CODE',
  134: 'CODE',
  135: 'CODE',
  136: 'CODE',
  139: 'CODE',
};

const firstMatch = (rules: readonly Rule[], text: string | undefined): FailureClass | undefined =>
  text === undefined ? undefined : rules.find(([pattern]) => pattern.test(text))?.[1];

/** Whether the worker ended by its own decision, having said what it could; a platform's ending cuts it short. */
export const endedInOrder = ({ statusReason, containerReason, exitCode }: Evidence): boolean =>
  firstMatch(STATUS_RULES, statusReason) === undefined &&
  firstMatch(CONTAINER_RULES, containerReason) === undefined &&
  (Object.values(ExitCode) as (number | undefined)[]).includes(exitCode);

/** The class of a failure: the platform's words first, then the worker's, then the exit code, which lies (OOM has been seen with exit 2). */
export function classify(evidence: Evidence): FailureClass {
  return (
    firstMatch(STATUS_RULES, evidence.statusReason) ??
    firstMatch(CONTAINER_RULES, evidence.containerReason) ??
    evidence.complaint ??
    EXIT_CLASS[evidence.exitCode ?? -1] ??
    'UNKNOWN'
  );
}

/** What a person can do about a class when nothing more specific is known. */
export const HINTS: Readonly<Record<FailureClass, string>> = {
  SPOT: 'Spot capacity was reclaimed more often than the policy allows: run again, or set compute.capacity to on-demand',
  HOST: 'the platform could not run the tasks: look at the job in the AWS Batch console, then run again',
  IMAGE: 'the worker image could not be pulled: check that it exists and that the subnets reach the registry',
  THROTTLE: 'a service answered too slowly or refused load: run again, or lower the concurrency',
  TIMEOUT: 'tasks ran into their time limit: make chunks smaller (chunk.bytes) or the processing faster',
  OOM: 'tasks ran out of memory: raise compute.memory or make chunks smaller (chunk.bytes)',
  DATA: 'the input is at fault: look at the quarantine and the message, then correct the file or raise errors.skipLimit',
  CODE: 'the processor failed: look at its log, correct it and deploy, then run again',
  CONFIG: 'the job spec is at fault: correct it and run again',
  CANCELLED: 'somebody stopped the run: run again when ready',
  UNKNOWN: 'no known cause: look at the task logs',
};

/**
 * Makes a failure; no other place does. Failures travel through the state of a run, so message and hint are cut here,
 * whatever they quote. `whole` says where the whole message is.
 */
export const createFailure = <Made extends Failure>({ message, hint, ...rest }: Made, whole?: string) => ({
  ...rest,
  message: cutText(message, { whole }),
  hint: cutText(hint),
});

/** Where the whole of a failure is that a check makes. */
export const CHECKS = "the report's checks";

/** What becomes of a run that somebody asked to stop; `reason` in their own words. */
export const abortFailure = (reason: string) =>
  createFailure(
    { class: 'CANCELLED' as const, message: `aborted: ${reason}`, hint: 'nothing was published: run its files again with --again' },
    "the run's abort.json",
  );
