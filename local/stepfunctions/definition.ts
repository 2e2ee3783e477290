import type { z } from 'zod';
import { ApiError, NotEmulatedError } from '../kernel/errors';
import { checkFlow } from './definition-checks';
import { FLOWS, type Flow, type Machine, type MapState, type ParallelState, STATES, type State } from './language';

const invalid = (text: string): ApiError => new ApiError('InvalidDefinition', text);

const isKind = (type: string): type is keyof typeof STATES => Object.hasOwn(STATES, type);

/** Values that are right on AWS and mean something that is not emulated. */
const NOT_EMULATED = new Set(['Resource', 'ProcessorConfig.Mode']);

/** Parses one level of the definition; `where` names the state in errors. */
function read<T>(schema: z.ZodType<T>, value: unknown, where: string): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issues = parsed.error.issues.flatMap((issue) =>
    issue.code === 'invalid_union'
      ? [...issue.errors.flat().map((inner) => ({ ...inner, path: [...issue.path, ...inner.path] })), issue]
      : [issue],
  );
  const unknown = issues.find((issue) => issue.code === 'unrecognized_keys');
  if (unknown) throw new NotEmulatedError(`field ${[...unknown.path, unknown.keys.join(', ')].join('.')} of ${where}`);
  const [issue] = issues;
  const path = (issue?.path ?? []).join('.');
  const received = (issue?.path ?? []).reduce<unknown>((at, key) => (at as Record<PropertyKey, unknown> | undefined)?.[key], value);
  if (NOT_EMULATED.has(path)) throw new NotEmulatedError(`field ${path} with ${JSON.stringify(received)} of ${where}`);
  throw invalid(`field ${path} of ${where}: ${issue?.message}, received ${JSON.stringify(received)}`);
}

function parseState(raw: { readonly Type: string }, name: string, inherited: string): State {
  const where = `state "${name}"`;
  if (!isKind(raw.Type)) throw new NotEmulatedError(`type ${JSON.stringify(raw.Type)} of ${where}`);
  const state = read<z.infer<(typeof STATES)[keyof typeof STATES]>>(STATES[raw.Type], raw, where);
  const language = state.QueryLanguage ?? inherited;
  if (language !== 'JSONata') throw new NotEmulatedError(`field QueryLanguage with "${language}" of ${where}`);
  if (state.Type === 'Map') return { ...state, ItemProcessor: processorOf(state.ItemProcessor, where, inherited) } satisfies MapState;
  if (state.Type === 'Parallel') {
    const branches = state.Branches.map((branch, i) => flowOf(read(FLOWS.branch, branch, `branch ${i} of ${where}`), inherited));
    return { ...state, Branches: branches } satisfies ParallelState;
  }
  return state;
}

const processorOf = (raw: unknown, where: string, inherited: string): Flow =>
  flowOf(read(FLOWS.processor, raw, `ItemProcessor of ${where}`), inherited);

function flowOf(raw: z.infer<typeof FLOWS.branch>, inherited: string): Flow {
  const states = Object.entries(raw.States).map(([name, state]) => [name, parseState(state, name, inherited)] as const);
  return { StartAt: raw.StartAt, States: Object.fromEntries(states) };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (thrown) {
    throw invalid(`the definition is not JSON: ${(thrown as Error).message}`);
  }
}

/** Reads a definition; whatever this cloud would not do as AWS does it is refused here, by name, before anything runs. */
export function parseDefinition(text: string): Machine {
  const raw = read(FLOWS.machine, jsonOf(text), 'the state machine');
  const flow = flowOf(raw, raw.QueryLanguage ?? 'JSONPath');
  checkFlow(flow, new Set());
  return { ...flow, TimeoutSeconds: raw.TimeoutSeconds };
}
