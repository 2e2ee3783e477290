import type { FunctionInvoker } from '../kernel/types';
import type { Branch } from './branch';
import type { Clock } from './clock';
import { evaluate } from './expressions';
import type { History } from './history';
import type { Flow } from './language';
import type { OpenTasks } from './open-tasks';

/** What an execution was started with; nothing that happens later changes it. */
export interface ExecutionFacts {
  readonly arn: string;
  readonly name: string;
  readonly machineArn: string;
  readonly machineName: string;
  readonly roleArn: string;
  /** As the caller wrote it. */
  readonly inputText: string;
  readonly startedAt: number;
}

/** What all states of an execution share. */
export interface Run {
  readonly facts: ExecutionFacts;
  readonly input: unknown;
  readonly history: History;
  readonly clock: Clock;
  readonly tasks: OpenTasks;
  readonly functions: FunctionInvoker;
  /** Runs a nested flow to its end. */
  readonly flow: (flow: Flow, entry: FlowEntry) => Promise<unknown>;
}

export interface Scope {
  readonly variables: Readonly<Record<string, unknown>>;
  /** The item of the innermost Map. */
  readonly item?: { readonly Index: number; readonly Value: unknown } | undefined;
}

/** Where a flow begins. */
export interface FlowEntry {
  readonly branch: Branch;
  /** Put before the keys of the flow's steps. */
  readonly prefix: string;
  readonly input: unknown;
  readonly scope: Scope;
}

/** One attempt of one state. */
export interface Visit {
  readonly run: Run;
  readonly branch: Branch;
  readonly name: string;
  readonly path: string;
  readonly attempt: number;
  readonly input: unknown;
  readonly scope: Scope;
  readonly enteredAt: number;
}

export const attemptPath = ({ path, attempt }: Pick<Visit, 'path' | 'attempt'>): string => `${path}~${attempt}`;

/** What `$states` holds only at some places. */
export interface Extra {
  readonly result?: unknown;
  readonly errorOutput?: unknown;
  readonly token?: string | undefined;
  readonly item?: Scope['item'];
}

const iso = (ms: number): string => new Date(ms).toISOString();

function contextOf({ run, name, attempt, enteredAt, scope }: Visit, { token, item = scope.item }: Extra): object {
  const { facts } = run;
  return {
    Execution: {
      Id: facts.arn,
      Input: run.input,
      Name: facts.name,
      RoleArn: facts.roleArn,
      StartTime: iso(facts.startedAt),
      RedriveCount: 0,
    },
    StateMachine: { Id: facts.machineArn, Name: facts.machineName },
    State: { Name: name, EnteredTime: iso(enteredAt), RetryCount: attempt },
    ...(token !== undefined && { Task: { Token: token } }),
    ...(item && { Map: { Item: item } }),
  };
}

/** A field of a state with its expressions replaced by their values. */
export function evaluateIn(visit: Visit, field: readonly [name: string, template: unknown], extra: Extra = {}): Promise<unknown> {
  const [name, template] = field;
  const { result, errorOutput } = extra;
  const states = { input: visit.input, result, errorOutput, context: contextOf(visit, extra) };
  return evaluate(template, name, { states, variables: visit.scope.variables });
}

/** What a state came to: the rule whose Output, Assign and Next apply, and the output when that names none. */
export interface Came {
  readonly rule: { readonly Output?: unknown; readonly Assign?: unknown; readonly Next?: string | undefined };
  readonly result?: unknown;
  readonly errorOutput?: unknown;
  readonly fallback: unknown;
}
