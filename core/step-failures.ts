import { z } from 'zod';
import type { Failure } from './contracts';
import { cutText } from './cut-text';
import { createFailure, type FailureClass, HINTS } from './failures';
import { ERROR_NAME_CHARACTERS, MESSAGE_BYTES, STACK_BYTES } from './limits';

/** The name of an error that a step throws on purpose. */
export const stepErrorName = (failureClass: FailureClass): string => `${failureClass}Failure`;

/** A step that cannot go on. Its name is the contract: Step Functions matches on it, and Commit reads the class from it. */
export class StepFailure extends Error {
  constructor(
    readonly failureClass: FailureClass,
    message: string,
  ) {
    super(message);
    this.name = stepErrorName(failureClass);
  }
}

/** What a Catch hands on: the error's name, and a cause that is JSON when a function threw. */
export const CaughtError = z.object({ Error: z.string().default('Unknown'), Cause: z.string().default('') });
export type CaughtError = z.infer<typeof CaughtError>;

const Cause = z.object({ errorMessage: z.string() });

function messageOf(cause: string): string {
  try {
    return Cause.parse(JSON.parse(cause)).errorMessage;
  } catch {
    // Not every cause is a function's: the platform writes plain text.
    return cause;
  }
}

const classOf = (name: string): FailureClass | undefined =>
  (Object.keys(HINTS) as FailureClass[]).find((failureClass) => name === stepErrorName(failureClass));

/** The failure that a caught error stands for; an error that no step named is CODE: ours. */
export function failureFromError({ Error: name, Cause: cause }: CaughtError): Failure {
  const failureClass = classOf(name);
  const message = messageOf(cause);
  if (failureClass) return createFailure({ class: failureClass, message, hint: HINTS[failureClass] }, STEP_LOG);
  const hint = 'a step of the control plane failed: look at its log, then run again';
  return createFailure({ class: 'CODE', message: `${name}: ${message}`, hint }, STEP_LOG);
}

/** Where the whole of an error is that left a step. */
const STEP_LOG = 'the log of the step';

/** By its form: libraries and platforms throw errors of their own kinds. */
const isError = (thrown: unknown): thrown is Error =>
  typeof thrown === 'object' && thrown !== null && 'name' in thrown && 'message' in thrown && typeof thrown.message === 'string';

/** Whatever was thrown, as an error. */
export const errorOf = (thrown: unknown): Error =>
  isError(thrown) ? thrown : new Error(typeof thrown === 'string' ? thrown : `${typeof thrown} was thrown`);

const isSmall = ({ name, message, stack = '' }: Error): boolean =>
  String(name).length <= ERROR_NAME_CHARACTERS && Buffer.byteLength(message) <= MESSAGE_BYTES && Buffer.byteLength(stack) <= STACK_BYTES;

/** The lines of a stack that name places; its first lines repeat the message. */
const placesOf = (stack = ''): string =>
  stack
    .split('\n')
    .filter((line) => /^\s+at /.test(line))
    .join('\n');

/**
 * An error as it may leave a step: Lambda puts its name, its message and its stack into the state of the run. The name is
 * kept, for it is what is decided on.
 */
export function cutError(thrown: unknown): Error {
  const error = errorOf(thrown);
  if (isSmall(error)) return error;
  const cut = new Error(cutText(error.message, { whole: STEP_LOG }));
  cut.name = String(error.name).slice(0, ERROR_NAME_CHARACTERS);
  cut.stack = cutText(`${cut.name}: ${cut.message}\n${placesOf(error.stack)}`, { bytes: STACK_BYTES });
  return cut;
}
