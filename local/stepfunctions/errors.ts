/** A failure as the Amazon States Language knows it: `error` is what Retry and Catch match on. */
export class StateError extends Error {
  constructor(
    readonly error: string,
    readonly reason: string,
  ) {
    super(`${error}: ${reason}`);
    this.name = error;
  }
}

/** Why a branch of an execution does not go on: it was aborted, or the process is going down. Never recorded, never caught by a state. */
export class Halted extends Error {}

/** Names that the platform itself reports. */
export const ERROR = {
  all: 'States.ALL',
  taskFailed: 'States.TaskFailed',
  timeout: 'States.Timeout',
  heartbeat: 'States.HeartbeatTimeout',
  query: 'States.QueryEvaluationError',
  dataLimit: 'States.DataLimitExceeded',
  runtime: 'States.Runtime',
} as const;

/** An expression that fails, or gives what its field cannot take. */
export class EvaluationError extends StateError {
  constructor(
    readonly field: string,
    text: string,
  ) {
    super(ERROR.query, `${field}: ${text}`);
  }
}

/** Step Functions' limit for the input, the output and the result of a state. */
export const DATA_LIMIT_BYTES = 262_144;

/** Whether one name of an `ErrorEquals` covers an error. */
function covers(name: string, error: string): boolean {
  if (error === ERROR.runtime) return false;
  if (name === error) return true;
  if (error === ERROR.dataLimit) return false;
  if (name === ERROR.timeout) return error === ERROR.heartbeat;
  return name === ERROR.all || (name === ERROR.taskFailed && error !== ERROR.timeout);
}

/** Whether an `ErrorEquals` covers an error; `States.Runtime` is beyond every one, `States.DataLimitExceeded` beyond the wildcards. */
export const matches = (errorEquals: readonly string[], error: string): boolean => errorEquals.some((name) => covers(name, error));

/** Fails when a value is larger than a state may take, give or hand on. */
export function withinLimit<T>(value: T, what: string): T {
  const bytes = Buffer.byteLength(JSON.stringify(value) ?? '');
  if (bytes > DATA_LIMIT_BYTES) {
    throw new StateError(ERROR.dataLimit, `${what} has ${bytes} bytes, ${DATA_LIMIT_BYTES} are allowed`);
  }
  return value;
}
