import { z } from 'zod';
import type { Failure } from './contracts';
import { type FailureClass, HINTS } from './failures';

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
  if (failureClass) return { class: failureClass, message, hint: HINTS[failureClass] };
  return { class: 'CODE', message: `${name}: ${message}`, hint: 'a step of the control plane failed: look at its log, then run again' };
}
