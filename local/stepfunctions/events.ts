import { epochSeconds } from '../messaging/inputs';
import type { Entry } from './history';

type Data = Readonly<Record<string, unknown>>;
type Render = (value: unknown) => Data;

const json =
  (name: string, details: string): Render =>
  (value) => ({ [name]: JSON.stringify(value), [details]: { truncated: false } });
const same =
  (name: string): Render =>
  (value) => ({ [name]: value });

const assignedVariables: Render = (value) => {
  const entries = Object.entries(value as Data).map(([name, assigned]) => [name, JSON.stringify(assigned)]);
  if (entries.length === 0) return {};
  return { assignedVariables: Object.fromEntries(entries), assignedVariablesDetails: { truncated: false } };
};

/** What users' data become in an event; left out on request. */
const EXECUTION_DATA: Readonly<Record<string, Render>> = {
  inputText: (value) => ({ input: value, inputDetails: { truncated: false } }),
  input: json('input', 'inputDetails'),
  output: json('output', 'outputDetails'),
  parameters: (value) => ({ parameters: JSON.stringify(value) }),
  assigned: assignedVariables,
};

const TASK = ['resourceType', 'resource'];
const FAILURE = ['error', 'cause'];
const ITERATION = ['name', 'index'];

/** Which of an entry's data an event shows; the rest is for a later process. */
const SHOWN: Readonly<Record<string, readonly string[]>> = {
  executionStarted: ['inputText', 'roleArn'],
  executionSucceeded: ['output'],
  executionFailed: FAILURE,
  executionAborted: FAILURE,
  executionTimedOut: FAILURE,
  stateEntered: ['name', 'input'],
  stateExited: ['name', 'output', 'assigned'],
  taskScheduled: [...TASK, 'region', 'parameters', 'timeoutInSeconds', 'heartbeatInSeconds'],
  taskStarted: TASK,
  taskSubmitted: [...TASK, 'output'],
  taskSucceeded: [...TASK, 'output'],
  taskFailed: [...TASK, ...FAILURE],
  taskTimedOut: [...TASK, ...FAILURE],
  mapStateStarted: ['length'],
  mapIterationStarted: ITERATION,
  mapIterationSucceeded: ITERATION,
  mapIterationFailed: ITERATION,
  mapIterationAborted: ITERATION,
  evaluationFailed: [...FAILURE, 'location', 'state'],
};

/** `TaskStateEntered` and its like share one shape. */
function shapeOf(type: string): string {
  const [, moved] = /State(Entered|Exited)$/.exec(type) ?? [];
  return moved ? `state${moved}` : type.charAt(0).toLowerCase() + type.slice(1);
}

/** An event's details, without users' data when they are not wanted. */
export function detailsOf({ type, data }: Entry, includeData: boolean): Data | undefined {
  const wanted = (name: string): boolean => data[name] !== undefined && (includeData || !(name in EXECUTION_DATA));
  const rendered = SHOWN[shapeOf(type ?? '')]?.filter(wanted).map((name) => (EXECUTION_DATA[name] ?? same(name))(data[name]));
  return rendered && Object.assign({}, ...rendered);
}

/** An entry as GetExecutionHistory gives it. */
export function eventOf(entry: Entry, includeData: boolean): Data {
  const { id, previous = 0, type, at } = entry;
  const details = detailsOf(entry, includeData);
  return {
    id,
    previousEventId: previous,
    type,
    timestamp: epochSeconds(at),
    ...(details && { [`${shapeOf(type ?? '')}EventDetails`]: details }),
  };
}
