import type { z } from 'zod';
import { ApiError, NotEmulatedError } from '../kernel/errors';
import type { Operations } from '../kernel/http';

/** The caller's mistake, in Batch's words; the wording around it is added where it leaves the service. */
export class ClientError extends ApiError {
  constructor(message: string) {
    super('ClientException', message);
  }
}

type Operation = Operations[string];

/** Batch wraps what it says of a mistake in a sentence of its own. */
const spoken = (thrown: unknown, requestId: string): unknown =>
  thrown instanceof ClientError
    ? new ApiError('ClientException', `Error executing request, Exception : ${thrown.message}, RequestId: ${requestId}`)
    : thrown;

/** An operation that reports mistakes as Batch words them. */
export const worded =
  (operation: Operation): Operation =>
  (input, request) => {
    try {
      return operation(input, request);
    } catch (thrown) {
      throw spoken(thrown, request.requestId);
    }
  };

/** An input as this cloud understands it; what it does not know is refused by name. */
export function parsed<T>(schema: z.ZodType<T>, input: unknown, what: string): T {
  const result = schema.safeParse(input);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const path = (issue?.path ?? []).join('.');
  if (issue?.code === 'unrecognized_keys') {
    throw new NotEmulatedError(`${[path, issue.keys.join(', ')].filter(Boolean).join('.')} of ${what}`);
  }
  throw new ClientError(`${path} of ${what} is invalid: ${issue?.message}`);
}
