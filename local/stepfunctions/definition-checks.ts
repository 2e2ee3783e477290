import { ApiError } from '../kernel/errors';
import { ERROR } from './errors';
import { compile, expressionsIn } from './expressions';
import type { Flow, State } from './language';

const invalid = (text: string): ApiError => new ApiError('InvalidDefinition', text);

/** Parts of a state that lead somewhere else or assign: the state itself, its choices, its catchers. */
function rulesOf(
  state: State,
): readonly { readonly Next?: string | undefined; readonly Assign?: Readonly<Record<string, unknown>> | undefined }[] {
  if (state.Type === 'Choice') return [{ Next: state.Default, Assign: state.Assign }, ...state.Choices];
  if (state.Type === 'Fail' || state.Type === 'Succeed') return [];
  return 'Catch' in state ? [state, ...state.Catch] : [state];
}

/** Flows nested in a state. */
function flowsOf(state: State): readonly Flow[] {
  if (state.Type === 'Map') return [state.ItemProcessor];
  return state.Type === 'Parallel' ? state.Branches : [];
}

/** A state without its nested flows, whose expressions are checked under their own states' names. */
function ownFields(state: State): object {
  const { ItemProcessor, Branches, ...own } = state as State & { ItemProcessor?: unknown; Branches?: unknown };
  return own;
}

function checkTargets(name: string, state: State, flow: Flow): void {
  for (const { Next } of rulesOf(state)) {
    if (Next !== undefined && !Object.hasOwn(flow.States, Next))
      throw invalid(`state "${name}" leads to "${Next}", which is not beside it`);
  }
  const moves = state.Type !== 'Choice' && state.Type !== 'Succeed' && state.Type !== 'Fail';
  if (moves && (state.Next === undefined) === (state.End === undefined)) throw invalid(`state "${name}" must have either Next or End`);
  if (state.Type === 'Wait' && (state.Seconds === undefined) === (state.Timestamp === undefined)) {
    throw invalid(`state "${name}" must have either Seconds or Timestamp`);
  }
}

function checkErrors(name: string, state: State): void {
  if (!('Retry' in state)) return;
  for (const [field, rules] of [
    ['Retry', state.Retry],
    ['Catch', state.Catch],
  ] as const) {
    rules.forEach(({ ErrorEquals }, i) => {
      if (!ErrorEquals.includes(ERROR.all)) return;
      if (ErrorEquals.length > 1 || i < rules.length - 1)
        throw invalid(`${field} of state "${name}": ${ERROR.all} must stand alone and last`);
    });
  }
}

function checkExpressions(name: string, state: State): void {
  for (const { field, source } of expressionsIn(ownFields(state), '')) {
    try {
      compile(source);
    } catch (thrown) {
      throw invalid(`field ${field.slice(1)} of state "${name}": the JSONata expression '${source.trim()}': ${(thrown as Error).message}`);
    }
  }
}

const assignedIn = (flow: Flow): readonly (readonly [string, string])[] =>
  Object.entries(flow.States).flatMap(([name, state]) =>
    rulesOf(state).flatMap(({ Assign }) => Object.keys(Assign ?? {}).map((variable) => [variable, name] as const)),
  );

/** Checks what the fields alone do not show: where states lead, what expressions say, and that no inner variable hides an outer one. */
export function checkFlow(flow: Flow, outer: ReadonlySet<string>): void {
  if (!Object.hasOwn(flow.States, flow.StartAt))
    throw invalid(`StartAt "${flow.StartAt}" is none of ${Object.keys(flow.States).join(', ')}`);
  const assigned = assignedIn(flow);
  for (const [variable, name] of assigned) {
    if (variable === 'states') throw invalid(`state "${name}" assigns $states, which is reserved`);
    if (outer.has(variable)) throw invalid(`state "${name}" assigns $${variable}, which belongs to an outer scope`);
  }
  const visible = new Set([...outer, ...assigned.map(([variable]) => variable)]);
  for (const [name, state] of Object.entries(flow.States)) {
    checkTargets(name, state, flow);
    checkErrors(name, state);
    checkExpressions(name, state);
    for (const inner of flowsOf(state)) checkFlow(inner, visible);
  }
}
