import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { ApiError } from '../kernel/errors';
import type { Operations } from '../kernel/http';
import { epochSeconds, inputOf, pageOf } from '../messaging/inputs';
import { arnOf } from '../messaging/names';
import { type Api, onArn } from './api';
import { DATA_LIMIT_BYTES } from './errors';
import { eventOf } from './events';
import type { Row } from './executions';
import { Paging } from './operations-machines';
import { type ExecutionView, snapshotOf, viewOf } from './view';

/** What AWS forbids: white space, brackets, wildcards, quotes, other special and all control characters. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const NAME = /^[^\s<>{}[\]?*"#%\\^|~`$&,;:/\u0000-\u001f\u007f-\u009f]{1,80}$/;

const Start = z.object({ name: z.string().optional(), input: z.string().default('{}') });
const Stop = z.object({ error: z.string().max(256).optional(), cause: z.string().max(32_768).optional() });
const List = Paging.extend({
  statusFilter: z.enum(['RUNNING', 'SUCCEEDED', 'FAILED', 'TIMED_OUT', 'ABORTED', 'PENDING_REDRIVE']).optional(),
});
const Events = Paging.extend({ reverseOrder: z.boolean().default(false), includeExecutionData: z.boolean().default(true) });

function checkInput(text: string): void {
  const bytes = Buffer.byteLength(text);
  if (bytes > DATA_LIMIT_BYTES) throw new ApiError('ValidationException', `input has ${bytes} bytes, ${DATA_LIMIT_BYTES} are allowed`);
  try {
    JSON.parse(text);
  } catch (thrown) {
    throw new ApiError('InvalidExecutionInput', `Invalid State Machine Execution Input: ${(thrown as Error).message}`);
  }
}

/** Starting twice under one name is one start while that runs with the same input, and an error ever after. */
function start({ machines, executions }: Api, arn: string, input: Record<string, unknown>): unknown {
  const { name = randomUUID(), input: text } = inputOf(Start, input);
  if (!NAME.test(name)) {
    throw new ApiError(
      'InvalidName',
      `Invalid Name: '${name}' has ${name.length} characters; 1 to 80 are allowed, none of them white space or special`,
    );
  }
  checkInput(text);
  const machine = machines.get(arn);
  const executionArn = arnOf('states', `execution:${machine.name}:${name}`);
  const known = executions.find(executionArn);
  if (known && (known.status !== 'RUNNING' || snapshotOf(executions.history(executionArn)).inputText !== text)) {
    throw new ApiError('ExecutionAlreadyExists', `Execution Already Exists: '${executionArn}'`);
  }
  const { startedAt } = known ?? executions.start(machine, name, text);
  return { executionArn, startDate: epochSeconds(startedAt) };
}

const stopDate = (stoppedAt: number | undefined) => (stoppedAt === undefined ? {} : { stopDate: epochSeconds(stoppedAt) });

const described = ({ arn, machineArn, name, status, startedAt, stoppedAt, inputText, output, error, cause }: ExecutionView) => ({
  executionArn: arn,
  stateMachineArn: machineArn,
  name,
  status,
  startDate: epochSeconds(startedAt),
  ...stopDate(stoppedAt),
  input: inputText,
  inputDetails: { included: true },
  ...(output !== undefined && { output, outputDetails: { included: true } }),
  error,
  cause,
  redriveCount: 0,
  redriveStatus: 'NOT_REDRIVABLE',
  redriveStatusReason: 'redrive is not emulated by the local cloud',
});

const listed = ({ arn, machineArn, name, status, startedAt, stoppedAt }: Row) => ({
  executionArn: arn,
  stateMachineArn: machineArn,
  name,
  status,
  startDate: epochSeconds(startedAt),
  ...stopDate(stoppedAt),
});

function list({ machines, executions }: Api, arn: string, input: Record<string, unknown>): unknown {
  const { statusFilter, maxResults, nextToken } = inputOf(List, input);
  const rows = executions.of(machines.get(arn).arn).filter(({ status }) => statusFilter === undefined || status === statusFilter);
  const { items, next } = pageOf(rows, nextToken, maxResults);
  return { executions: items.map(listed), nextToken: next };
}

function events({ executions }: Api, arn: string, input: Record<string, unknown>): unknown {
  const { reverseOrder, includeExecutionData, maxResults, nextToken } = inputOf(Events, input);
  executions.row(arn);
  const all = executions.history(arn).events();
  const { items, next } = pageOf(reverseOrder ? all.toReversed() : all, nextToken, maxResults);
  return { events: items.map((event) => eventOf(event, includeExecutionData)), nextToken: next };
}

function stop({ executions }: Api, arn: string, input: Record<string, unknown>): unknown {
  const { error, cause } = inputOf(Stop, input);
  executions.row(arn);
  executions.running(arn)?.abort(error, cause);
  return stopDate(executions.row(arn).stoppedAt);
}

/** Operations on executions. */
export function executionOperations(api: Api): Operations {
  const { executions } = api;
  const on = (
    action: string,
    field: 'stateMachineArn' | 'executionArn',
    act: (api: Api, arn: string, input: Record<string, unknown>) => unknown,
  ) => onArn(api, action, field)((arn, input) => act(api, arn, input));
  return {
    StartExecution: on('StartExecution', 'stateMachineArn', start),
    ListExecutions: on('ListExecutions', 'stateMachineArn', list),
    StopExecution: on('StopExecution', 'executionArn', stop),
    GetExecutionHistory: on('GetExecutionHistory', 'executionArn', events),
    DescribeExecution: on('DescribeExecution', 'executionArn', (_, arn) => {
      executions.row(arn);
      return described(viewOf(executions.history(arn)));
    }),
  };
}
