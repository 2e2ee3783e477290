import type { ExecutionStatus } from '@aws-sdk/client-sfn';
import type { PlatformEvent } from '../kernel/types';
import { EXECUTION_END, type History } from './history';
import type { Logging } from './logging';
import type { ExecutionFacts } from './run';

/** The key of the entry that opens an execution. */
export const EXECUTION_START = 'execution:started';

/** What an execution took with it when it started: a later deployment does not touch it. */
export interface Snapshot extends Omit<ExecutionFacts, 'startedAt'> {
  readonly definition: string;
  readonly logging: Logging;
  readonly revisionId: string;
}

export interface ExecutionView extends ExecutionFacts {
  readonly status: ExecutionStatus;
  readonly stoppedAt?: number | undefined;
  readonly output?: string | undefined;
  readonly error?: string | undefined;
  readonly cause?: string | undefined;
}

const STATUS: Readonly<Record<string, ExecutionStatus>> = {
  ExecutionSucceeded: 'SUCCEEDED',
  ExecutionFailed: 'FAILED',
  ExecutionAborted: 'ABORTED',
  ExecutionTimedOut: 'TIMED_OUT',
};

export function snapshotOf(history: History): Snapshot & { readonly startedAt: number } {
  const started = history.get(EXECUTION_START);
  if (!started) throw new Error(`a history of ${history.events().length} events has no ${EXECUTION_START}`);
  return { ...(started.data as unknown as Snapshot), startedAt: started.at };
}

/** How an execution stands. */
export function viewOf(history: History): ExecutionView {
  const end = history.get(EXECUTION_END);
  const { output, error, cause } = (end?.data ?? {}) as { output?: unknown; error?: string; cause?: string };
  return {
    ...snapshotOf(history),
    status: STATUS[end?.type ?? ''] ?? 'RUNNING',
    stoppedAt: end?.at,
    output: output === undefined ? undefined : JSON.stringify(output),
    error,
    cause,
  };
}

/** EventBridge takes 256 KB; input and output are left out where they would not fit. */
const EVENT_LIMIT_BYTES = 248 * 1024;

/** What the bus hears when an execution starts and when it closes. */
export function statusEvent(view: ExecutionView): PlatformEvent {
  const { arn, machineArn, name, status, startedAt, stoppedAt = null, inputText, output = null, error = null, cause = null } = view;
  const included = Buffer.byteLength(JSON.stringify([inputText, output])) <= EVENT_LIMIT_BYTES;
  return {
    source: 'aws.states',
    detailType: 'Step Functions Execution Status Change',
    resources: [arn],
    detail: {
      executionArn: arn,
      stateMachineArn: machineArn,
      stateMachineVersionArn: null,
      stateMachineAliasArn: null,
      name,
      status,
      startDate: startedAt,
      stopDate: stoppedAt,
      redriveCount: 0,
      redriveDate: null,
      input: included ? inputText : null,
      inputDetails: { included },
      output: included ? output : null,
      outputDetails: output === null ? null : { included },
      error,
      cause,
    },
  };
}
