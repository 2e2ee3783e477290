import { until } from './clock';
import { ERROR, EvaluationError, matches, StateError, withinLimit } from './errors';
import type { Draft, Entry } from './history';
import type { Flow, State } from './language';
import { fractionOf, retryDelay } from './retry';
import { attemptPath, type Came, evaluateIn, type FlowEntry, type Run, type Visit } from './run';
import { map, parallel } from './states/side-by-side';
import { choice, fail, pass, wait } from './states/simple';
import { task } from './states/task';

type Handler<S> = (visit: Visit, state: S) => Promise<Came>;

/** What each type of state does between being entered and being left. */
const HANDLERS: { readonly [T in State['Type']]: Handler<Extract<State, { Type: T }>> } = {
  Task: task,
  Pass: pass,
  Choice: choice,
  Wait: wait,
  Map: map,
  Parallel: parallel,
  Succeed: pass,
  Fail: fail,
};

/** How a state was left, as it is recorded. */
interface Exit {
  readonly output: unknown;
  readonly assigned: Readonly<Record<string, unknown>>;
  readonly next?: string;
}

type Made = Omit<Draft, 'key' | 'previous'>;

/** Evaluates Output and Assign, both with the variables as they were, and leaves the state. */
function leave(visit: Visit, state: State, came: Came): Promise<Entry> {
  return visit.branch.once(`${visit.path}:exit`, async (): Promise<Made> => {
    const { rule, fallback, result, errorOutput } = came;
    const see = (field: string, template: unknown) => evaluateIn(visit, [field, template], { result, errorOutput });
    const output = rule.Output === undefined ? fallback : await see('Output', rule.Output);
    const assigned = await see('Assign', rule.Assign ?? {});
    const type = `${state.Type as Exclude<State['Type'], 'Fail'>}StateExited` as const;
    const sizes = { output: withinLimit(output, 'Output'), assigned: withinLimit(assigned, 'Assign') };
    return { type, data: { name: visit.name, ...sizes, next: rule.Next } };
  });
}

/** A failed attempt as it is recorded; a failed expression is an event of its own, other failures were told where they arose. */
function failureOf({ name }: Visit, failure: StateError): Made {
  const { error, reason: cause } = failure;
  if (!(failure instanceof EvaluationError)) return { type: undefined, data: { error, cause } };
  return { type: 'EvaluationFailed', data: { error, cause, location: failure.field, state: name } };
}

async function orFailure(visit: Visit, key: string, work: () => Promise<Entry>): Promise<Entry> {
  const known = visit.run.history.get(key);
  if (known) return visit.branch.follow(known);
  try {
    return await work();
  } catch (thrown) {
    if (!(thrown instanceof StateError)) throw thrown;
    return visit.branch.record(key, failureOf(visit, thrown));
  }
}

const failed = ({ data }: Entry): boolean => 'error' in data;

const errorOf = ({ data }: Entry): StateError => new StateError(String(data.error), String(data.cause));

/** Goes where a catcher leads, or fails what the state is in. */
async function caught(visit: Visit, state: State, failure: Entry): Promise<Entry> {
  const { error, reason } = errorOf(failure);
  const catcher = 'Catch' in state ? state.Catch.find(({ ErrorEquals }) => matches(ErrorEquals, error)) : undefined;
  if (!catcher) throw errorOf(failure);
  const errorOutput = { Error: error, Cause: reason };
  const exit = await orFailure(visit, `${visit.path}:failed`, () =>
    leave(visit, state, { rule: catcher, errorOutput, fallback: errorOutput }),
  );
  if (failed(exit)) throw errorOf(exit);
  return exit;
}

/** Attempts a state until it is left; attempts that failed before a restart count. */
async function attempts(first: Visit, state: State): Promise<Entry> {
  const { run, branch } = first;
  const handler = HANDLERS[state.Type] as Handler<State>;
  const failures: string[] = [];
  for (let attempt = 0; ; attempt++) {
    const visit = { ...first, attempt };
    const end = await orFailure(visit, `${attemptPath(visit)}:failed`, async () => leave(visit, state, await handler(visit, state)));
    if (!failed(end)) return end;
    failures.push(String(end.data.error));
    const delay = retryDelay('Retry' in state ? state.Retry : [], failures, fractionOf(run.facts.arn + attemptPath(visit)));
    if (delay === undefined) return caught(visit, state, end);
    await until(run.clock, end.at + delay * 1000, branch.signal);
  }
}

async function runState(visit: Omit<Visit, 'attempt' | 'enteredAt'>, state: State): Promise<Exit> {
  const { run, branch, path, name, input } = visit;
  const left = run.history.get(`${path}:exit`);
  if (left) return branch.follow(left).data as unknown as Exit;
  const entered = await branch.once(`${path}:entered`, () => ({ type: `${state.Type}StateEntered`, data: { name, input } }));
  const exit = await attempts({ ...visit, attempt: 0, enteredAt: entered.at }, state);
  return exit.data as unknown as Exit;
}

/** Runs a flow from its start to its end; states that the history shows as left are passed over. */
export async function runFlow(run: Run, flow: Flow, entry: FlowEntry): Promise<unknown> {
  let { input, scope } = entry;
  let next: string | undefined = flow.StartAt;
  for (let step = 0; next !== undefined; step++) {
    const state: State | undefined = flow.States[next];
    if (!state) throw new StateError(ERROR.runtime, `there is no state "${next}"`);
    const exit: Exit = await runState({ run, branch: entry.branch, name: next, path: `${entry.prefix}${step}`, input, scope }, state);
    input = exit.output;
    scope = { ...scope, variables: { ...scope.variables, ...exit.assigned } };
    next = exit.next;
  }
  return input;
}
