import { ApiError } from '../../kernel/errors';
import { REGION } from '../../kernel/types';
import { ERROR, EvaluationError, StateError, withinLimit } from '../errors';
import type { Draft, Entry } from '../history';
import type { TaskState } from '../language';
import { makeToken } from '../open-tasks';
import { attemptPath, type Came, evaluateIn, type Visit } from '../run';

type Made = Omit<Draft, 'key' | 'previous'>;

interface Parameters {
  readonly FunctionName: string;
  readonly Payload?: unknown;
  readonly Qualifier?: string;
}

const CALLBACK = '.waitForTaskToken';

const waitsForToken = ({ Resource }: TaskState): boolean => Resource.endsWith(CALLBACK);

const integrationOf = (state: TaskState) => ({ resourceType: 'lambda', resource: waitsForToken(state) ? `invoke${CALLBACK}` : 'invoke' });

const ALLOWED = ['FunctionName', 'Payload', 'Qualifier'];

function parametersOf(value: unknown): Parameters {
  const given = Object.keys(Object(value));
  const unknown = given.filter((key) => !ALLOWED.includes(key));
  if (unknown.length > 0)
    throw new StateError(ERROR.runtime, `Arguments: ${unknown.join(', ')} is not emulated, only ${ALLOWED.join(', ')}`);
  const parameters = value as Parameters;
  if (typeof parameters?.FunctionName !== 'string') throw new StateError(ERROR.runtime, 'Arguments: FunctionName must be a string');
  return parameters;
}

async function secondsOf(visit: Visit, state: TaskState, field: 'TimeoutSeconds' | 'HeartbeatSeconds'): Promise<number | undefined> {
  if (state[field] === undefined) return undefined;
  const seconds = await evaluateIn(visit, [field, state[field]]);
  if (typeof seconds === 'number' && Number.isInteger(seconds) && seconds > 0) return seconds;
  throw new EvaluationError(field, `${JSON.stringify(seconds)} is not a whole number above 0`);
}

async function schedule(visit: Visit, state: TaskState): Promise<Made> {
  const token = waitsForToken(state) ? makeToken({ executionArn: visit.run.facts.arn, path: attemptPath(visit) }) : undefined;
  const parameters = parametersOf(await evaluateIn(visit, ['Arguments', state.Arguments], { token }));
  withinLimit(parameters, 'Arguments');
  const timeoutInSeconds = await secondsOf(visit, state, 'TimeoutSeconds');
  const heartbeatInSeconds = await secondsOf(visit, state, 'HeartbeatSeconds');
  return {
    type: 'TaskScheduled',
    data: { ...integrationOf(state), region: REGION, parameters, timeoutInSeconds, heartbeatInSeconds, token },
  };
}

const qualified = ({ FunctionName, Qualifier }: Parameters): string => (Qualifier ? `${FunctionName}:${Qualifier}` : FunctionName);

const versionOf = (functionName: string): string => /:(\d+)$/.exec(functionName)?.[1] ?? '$LATEST';

/** What the function threw, as Lambda words it. */
function causeOf({ type, message }: { type: string; message: string }, payload: unknown): string {
  const worded = typeof payload === 'object' && payload !== null && 'errorMessage' in payload;
  return JSON.stringify(worded ? payload : { errorMessage: message, errorType: type });
}

/** The error of a call that Lambda itself refused; a missing permission has no name of its own on AWS. */
function refusal(thrown: unknown): { error: string; cause: string } {
  if (!(thrown instanceof ApiError)) return { error: 'Lambda.Unknown', cause: String(thrown) };
  if (thrown.code === 'NotEmulated') return { error: ERROR.runtime, cause: thrown.message };
  const name = thrown.code === 'AccessDeniedException' ? 'AWSLambdaException' : thrown.code;
  return { error: `Lambda.${name}`, cause: `${thrown.message} (Service: Lambda, Status Code: ${thrown.status})` };
}

/** Invokes the function and says how it went, as the event that ends a plain task. */
async function invoke({ run }: Visit, parameters: Parameters): Promise<Made> {
  const name = qualified(parameters);
  try {
    const { payload, error } = await run.functions.invoke(name, parameters.Payload === undefined ? {} : parameters.Payload, {
      kind: 'role',
      arn: run.facts.roleArn,
    });
    if (error) {
      const cause = withinLimit(causeOf(error, payload), 'the error of the function');
      return { type: 'TaskFailed', data: { error: error.type, cause } };
    }
    const output = withinLimit({ ExecutedVersion: versionOf(name), Payload: payload, StatusCode: 200 }, 'the result of the function');
    return { type: 'TaskSucceeded', data: { output } };
  } catch (thrown) {
    const failure = thrown instanceof StateError ? { error: thrown.error, cause: thrown.reason } : refusal(thrown);
    return { type: 'TaskFailed', data: failure };
  }
}

/** Invokes, and ends the task with the answer; a task with a token goes on waiting when the function has returned. */
async function work(visit: Visit, state: TaskState, scheduled: Entry): Promise<void> {
  const path = attemptPath(visit);
  const made = await invoke(visit, scheduled.data.parameters as Parameters);
  if (visit.branch.signal.aborted || !visit.run.tasks.isOpen(path)) return;
  const complete: Made = { type: made.type, data: { ...integrationOf(state), ...made.data } };
  if (waitsForToken(state) && made.type === 'TaskSucceeded')
    visit.branch.record(`${path}:submitted`, { ...complete, type: 'TaskSubmitted' });
  else visit.run.tasks.finish(path, complete);
}

/** Arms the task's deadlines; answers how to disarm them. A heartbeat is given its whole time again after a restart. */
function watch({ run, ...visit }: Visit, state: TaskState, scheduled: Entry): () => void {
  const path = attemptPath(visit);
  const { timeoutInSeconds, heartbeatInSeconds } = scheduled.data as { timeoutInSeconds?: number; heartbeatInSeconds?: number };
  const timeOut = (error: string) => () =>
    void run.tasks.finish(path, { type: 'TaskTimedOut', data: { ...integrationOf(state), error, cause: '' } });
  const arm = (from: number, seconds: number | undefined, error: string): (() => void) =>
    seconds === undefined ? () => undefined : run.clock.at(from + seconds * 1000, timeOut(error));
  const disarm = arm(scheduled.at, timeoutInSeconds, ERROR.timeout);
  let disarmBeat = arm(run.clock.now(), heartbeatInSeconds, ERROR.heartbeat);
  run.tasks.onBeat(path, () => {
    disarmBeat();
    disarmBeat = arm(run.clock.now(), heartbeatInSeconds, ERROR.heartbeat);
  });
  return () => {
    disarm();
    disarmBeat();
  };
}

async function perform(visit: Visit, state: TaskState, scheduled: Entry): Promise<Entry> {
  const path = attemptPath(visit);
  const { run, branch } = visit;
  const ended = run.tasks.ended(path, branch.signal);
  const disarm = watch(visit, state, scheduled);
  const fail = (thrown: unknown): void => run.tasks.fail(path, thrown);
  if (!run.history.get(`${path}:submitted`)) work(visit, state, scheduled).catch(fail);
  return ended.finally(disarm);
}

/** Calls a function, or gives it a token and waits until somebody answers that. */
export async function task(visit: Visit, state: TaskState): Promise<Came> {
  const { run, branch } = visit;
  const path = attemptPath(visit);
  const scheduled = await branch.once(`${path}:scheduled`, () => schedule(visit, state));
  await branch.once(`${path}:started`, () => ({ type: 'TaskStarted', data: integrationOf(state) }));
  const end = branch.follow(run.history.get(`${path}:end`) ?? (await perform(visit, state, scheduled)));
  const { output, error, cause } = end.data as { output?: unknown; error?: string; cause?: string };
  if (end.type !== 'TaskSucceeded') throw new StateError(error ?? '', cause ?? '');
  return { rule: state, result: output, fallback: output };
}
