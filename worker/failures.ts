import { types } from 'node:util';
import type { ObjectStore } from '../adapters/ports';
import type { Complaint, Failure, Faults } from '../core/contracts';
import { ExitCode } from '../core/exit-codes';
import { createFailure, type FailureClass, HINTS } from '../core/failures';
import { StepFailure } from '../core/step-failures';

/** The record that a program had answered last when it failed: what it failed on comes after, unless it is that very record. */
export interface LastAnswer {
  /** Number of the record within its chunk, from 0. */
  readonly number: number;
  readonly offset: number;
  /** @default false */
  readonly failed?: boolean;
}

/** A chunk or a task cannot be done, for a reason that a policy can act on. */
export abstract class WorkerFailure extends Error {
  abstract readonly failureClass: FailureClass;
  constructor(
    message: string,
    readonly hint: string,
    readonly last?: LastAnswer,
  ) {
    super(message);
  }

  /** Whether no other attempt can end otherwise. */
  readonly final: boolean = false;
}

/** The input is at fault. */
export class DataFailure extends WorkerFailure {
  override readonly name = 'DataFailure';
  readonly failureClass = 'DATA';
}

/** What a chunk has set aside so far. */
interface SetAside {
  readonly records: number;
  readonly summary: Faults;
  body(): Buffer;
}

/** The chunk alone has more bad records than the run may have. */
export class SkipLimitFailure extends WorkerFailure {
  override readonly name = 'SkipLimitFailure';
  readonly failureClass = 'DATA';
  override readonly final = true;

  constructor(
    readonly quarantine: SetAside,
    limit: number,
  ) {
    const { classes = {}, reasons = [] } = quarantine.summary;
    const counts = Object.entries(classes).map(([name, records]) => `${records} ${name}`);
    const [first] = reasons;
    super(
      `one chunk has more than ${limit} bad records, so the run has more than errors.skipLimit allows: ${counts.join(', ')}${first ? `, first: ${first.reason}` : ''}`,
      'correct the file, the schema or the processor, or raise errors.skipLimit',
    );
  }
}

/** The user's code is at fault. */
export class CodeFailure extends WorkerFailure {
  override readonly name = 'CodeFailure';
  readonly failureClass = 'CODE';
}

/** The job's own configuration is at fault: no other attempt and no other chunk can succeed. */
export class ConfigFailure extends WorkerFailure {
  override readonly name = 'ConfigFailure';
  readonly failureClass = 'CONFIG';
}

/** The user's program took longer than its job allows. */
export class TimeoutFailure extends WorkerFailure {
  override readonly name = 'TimeoutFailure';
  readonly failureClass = 'TIMEOUT';
}

/** The user's program said itself that another attempt may succeed. */
export class TryAgainFailure extends WorkerFailure {
  override readonly name = 'TryAgainFailure';
  readonly failureClass = 'UNKNOWN';
}

/** A service that the user's code calls refuses load or does not answer: the same may succeed later. */
export class ThrottledFailure extends WorkerFailure {
  override readonly name = 'ThrottledFailure';
  readonly failureClass = 'THROTTLE';
}

/** The engine needs more memory than the task has. */
export class OutOfMemoryFailure extends WorkerFailure {
  override readonly name = 'OutOfMemoryFailure';
  readonly failureClass = 'OOM';
}

const SMALLER_CHUNKS = 'use smaller chunks (chunk.bytes): what a chunk needs for a while must fit on the disk of its task';

/** The task's disk has no room for what the chunk needs. */
export class DiskFullFailure extends WorkerFailure {
  override readonly name = 'DiskFullFailure';
  readonly failureClass = 'HOST';
  constructor(message: string) {
    super(message, SMALLER_CHUNKS);
  }
}

/** The worker was told to stop; what it had begun is abandoned. */
export class StoppedError extends Error {
  override readonly name = 'StoppedError';
  constructor() {
    super('the worker was told to stop');
  }
}

/** How far a program had come, for whoever looks for the record that it fails on. */
export const lastAnswerOf = (thrown: unknown): Pick<Complaint, 'lastOffset' | 'lastRecord'> =>
  thrown instanceof WorkerFailure && thrown.last && !thrown.last.failed
    ? { lastOffset: thrown.last.offset, lastRecord: thrown.last.number }
    : {};

/** S3 and its kin ask for patience under these names. */
const THROTTLED: ReadonlySet<string> = new Set(['SlowDown', 'ThrottlingException', 'TooManyRequestsException', 'RequestLimitExceeded']);
const DISK_FULL: ReadonlySet<string> = new Set(['ENOSPC', 'EDQUOT']);

/** What to write down about anything that was thrown; `whole` says where all that it says is. */
export const failureOf = (thrown: unknown, whole?: string): Failure => createFailure(wholeFailureOf(thrown), whole);

/** All that it says, which may be more than travels. */
function wholeFailureOf(thrown: unknown): Failure {
  if (thrown instanceof WorkerFailure) {
    return { class: thrown.failureClass, message: thrown.message, hint: thrown.hint, ...(thrown.final && { final: true }) };
  }
  if (thrown instanceof StepFailure) return { class: thrown.failureClass, message: thrown.message, hint: HINTS[thrown.failureClass] };
  const error = types.isNativeError(thrown) ? thrown : new Error(String(thrown));
  const message = `${error.name}: ${error.message}`;
  if (THROTTLED.has(error.name)) return { class: 'THROTTLE', message, hint: 'nothing: the chunk is tried again later' };
  if (DISK_FULL.has(String((error as NodeJS.ErrnoException).code))) {
    return { class: 'HOST', message, hint: SMALLER_CHUNKS };
  }
  return { class: 'UNKNOWN', message, hint: 'the chunk is tried again; when it keeps failing, read the log of this task' };
}

/** A failure as it may travel; a message that is too long for that is left as a text of its own. */
export async function leaveMessage(thrown: unknown, key: string, state: Pick<ObjectStore, 'bucket' | 'createOnce'>): Promise<Failure> {
  const { message } = wholeFailureOf(thrown);
  const failure = failureOf(thrown, `s3://${state.bucket}/${key}`);
  if (failure.message !== message) await state.createOnce(key, message);
  return failure;
}

const EXIT_CODES: Partial<Record<FailureClass, ExitCode>> = { CONFIG: ExitCode.Config, CODE: ExitCode.Code, DATA: ExitCode.Data };
const WORST_FIRST: readonly ExitCode[] = [ExitCode.Config, ExitCode.Code, ExitCode.Data, ExitCode.TryAgain];

/** The exit code of a task whose chunks failed with these classes: that of the worst. */
export function exitCodeOf(classes: readonly FailureClass[]): ExitCode {
  const codes = classes.map((failureClass) => EXIT_CODES[failureClass] ?? ExitCode.TryAgain);
  return WORST_FIRST.find((code) => codes.includes(code)) ?? ExitCode.Done;
}
