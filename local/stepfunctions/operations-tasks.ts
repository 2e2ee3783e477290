import { z } from 'zod';
import { ApiError } from '../kernel/errors';
import type { Operations } from '../kernel/http';
import type { Caller } from '../kernel/types';
import { inputOf } from '../messaging/inputs';
import type { Api } from './api';
import { DATA_LIMIT_BYTES } from './errors';
import type { Execution } from './execution';
import { readToken } from './open-tasks';

const Token = z.object({ taskToken: z.string().min(1).max(2048) });
const Success = Token.extend({ output: z.string() });
const Failure = Token.extend({ error: z.string().max(256).default(''), cause: z.string().max(32_768).default('') });

const INTEGRATION = { resourceType: 'lambda', resource: 'invoke.waitForTaskToken' };

interface Holder {
  readonly execution: Execution;
  readonly path: string;
}

const spent = (): ApiError => new ApiError('TaskTimedOut', 'Task Timed Out: the token has expired, or its task is closed already');

/** The open task that a token belongs to. The caller needs the permission on the state machine that gave the token out. */
function holderOf({ kernel, executions }: Api, token: string, { action, caller }: { action: string; caller: Caller }): Holder {
  const parts = readToken(token);
  const row = parts && executions.find(parts.executionArn);
  if (!parts || !row) throw new ApiError('InvalidToken', 'Invalid Token: it was not given out here');
  kernel.authorize({ caller, action: `states:${action}`, resource: row.machineArn });
  const { path } = parts;
  if (executions.history(row.arn).get(`${path}:scheduled`)?.data.token !== token) {
    throw new ApiError('TaskDoesNotExist', 'Task Does Not Exist: no task was given this token');
  }
  const execution = executions.running(row.arn);
  if (!execution?.tasks.isOpen(path)) throw spent();
  return { execution, path };
}

function parsed(output: string): unknown {
  const bytes = Buffer.byteLength(output);
  if (bytes > DATA_LIMIT_BYTES) throw new ApiError('ValidationException', `output has ${bytes} bytes, ${DATA_LIMIT_BYTES} are allowed`);
  try {
    return JSON.parse(output);
  } catch (thrown) {
    throw new ApiError('InvalidOutput', `Invalid Output: ${(thrown as Error).message}`);
  }
}

/** Answers to task tokens; on disk before the caller hears that they were taken. */
export function taskOperations(api: Api): Operations {
  const holder = (action: string, taskToken: string, caller: Caller): Holder => holderOf(api, taskToken, { action, caller });
  return {
    SendTaskSuccess: (input, { caller }) => {
      const { taskToken, output } = inputOf(Success, input);
      const value = parsed(output);
      const { execution, path } = holder('SendTaskSuccess', taskToken, caller);
      execution.tasks.finish(path, { type: 'TaskSucceeded', data: { ...INTEGRATION, output: value } });
    },
    SendTaskFailure: (input, { caller }) => {
      const { taskToken, error, cause } = inputOf(Failure, input);
      const { execution, path } = holder('SendTaskFailure', taskToken, caller);
      execution.tasks.finish(path, { type: 'TaskFailed', data: { ...INTEGRATION, error, cause } });
    },
    SendTaskHeartbeat: (input, { caller }) => {
      const { taskToken } = inputOf(Token, input);
      const { execution, path } = holder('SendTaskHeartbeat', taskToken, caller);
      execution.tasks.beat(path);
    },
  };
}
