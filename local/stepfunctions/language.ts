import { z } from 'zod';
import { expressionIn } from './expressions';

/** The part of the Amazon States Language that is emulated, as schemas: a field that is not here is refused by name. */

const EXPRESSION = z.string().refine((text) => expressionIn(text) !== undefined, 'must be a JSONata expression in {% %}');
const seconds = z.union([z.number().int().min(1).max(99_999_999), EXPRESSION]);
const template = z.unknown().optional();
const assign = z.record(z.string(), z.unknown()).optional();
const errorEquals = z.array(z.string()).min(1);

const common = { Comment: z.string().optional(), QueryLanguage: z.string().optional(), Output: template };
const assigning = { ...common, Assign: assign };
const moving = { ...assigning, Next: z.string().optional(), End: z.literal(true).optional() };

const Retrier = z.strictObject({
  Comment: z.string().optional(),
  ErrorEquals: errorEquals,
  IntervalSeconds: z.number().int().min(1).max(99_999_999).default(1),
  MaxAttempts: z.number().int().min(0).max(99_999_999).default(3),
  BackoffRate: z.number().min(1).default(2),
  MaxDelaySeconds: z.number().int().min(1).max(31_622_400).optional(),
  JitterStrategy: z.enum(['NONE', 'FULL']).default('NONE'),
});
const Catcher = z.strictObject({
  Comment: z.string().optional(),
  ErrorEquals: errorEquals,
  Next: z.string(),
  Output: template,
  Assign: assign,
});
const failing = { ...moving, Retry: z.array(Retrier).default([]), Catch: z.array(Catcher).default([]) };

/** An integration is named by its ARN; the template's own partition may be any. */
const RESOURCE = /^arn:[\w-]+:states:::(lambda:invoke(?:\.waitForTaskToken)?)$/;

const LambdaArguments = z.union([
  EXPRESSION,
  z.strictObject({ FunctionName: z.string(), Payload: template, Qualifier: z.string().optional() }),
]);
const Rule = z.strictObject({
  Comment: z.string().optional(),
  Condition: z.union([EXPRESSION, z.boolean()]),
  Next: z.string(),
  Output: template,
  Assign: assign,
});

/** A flow inside a state; parsed on its own, because it is recursive. */
const nested = z.looseObject({});

/** One schema for every state type. */
export const STATES = {
  Task: z.strictObject({
    Type: z.literal('Task'),
    ...failing,
    Resource: z.string().regex(RESOURCE),
    Arguments: LambdaArguments,
    TimeoutSeconds: seconds.optional(),
    HeartbeatSeconds: seconds.optional(),
  }),
  Pass: z.strictObject({ Type: z.literal('Pass'), ...moving }),
  Choice: z.strictObject({ Type: z.literal('Choice'), ...assigning, Choices: z.array(Rule).min(1), Default: z.string().optional() }),
  Wait: z.strictObject({
    Type: z.literal('Wait'),
    ...moving,
    Seconds: z.union([z.number().int().min(0).max(99_999_999), EXPRESSION]).optional(),
    Timestamp: z.string().optional(),
  }),
  Map: z.strictObject({
    Type: z.literal('Map'),
    ...failing,
    Items: z.union([z.array(z.unknown()), EXPRESSION]).optional(),
    ItemSelector: template,
    MaxConcurrency: z.union([z.number().int().min(0), EXPRESSION]).default(0),
    ItemProcessor: nested,
  }),
  Parallel: z.strictObject({ Type: z.literal('Parallel'), ...failing, Arguments: template, Branches: z.array(nested).min(1) }),
  Succeed: z.strictObject({ Type: z.literal('Succeed'), ...common }),
  Fail: z.strictObject({
    Type: z.literal('Fail'),
    Comment: z.string().optional(),
    QueryLanguage: z.string().optional(),
    Error: z.string().optional(),
    Cause: z.string().optional(),
  }),
} as const;

/** What encloses the states: of the machine itself, of a Map's processor, of a Parallel's branch. */
export const FLOWS = {
  machine: z.strictObject({
    Comment: z.string().optional(),
    Version: z.literal('1.0').optional(),
    QueryLanguage: z.string().optional(),
    TimeoutSeconds: z.number().int().min(1).max(99_999_999).optional(),
    StartAt: z.string(),
    States: z.record(z.string(), z.looseObject({ Type: z.string() })),
  }),
  processor: z.strictObject({
    Comment: z.string().optional(),
    ProcessorConfig: z.strictObject({ Mode: z.literal('INLINE').optional() }).optional(),
    StartAt: z.string(),
    States: z.record(z.string(), z.looseObject({ Type: z.string() })),
  }),
  branch: z.strictObject({
    Comment: z.string().optional(),
    StartAt: z.string(),
    States: z.record(z.string(), z.looseObject({ Type: z.string() })),
  }),
} as const;

export type TaskState = z.infer<typeof STATES.Task>;
export type PassState = z.infer<typeof STATES.Pass>;
export type ChoiceState = z.infer<typeof STATES.Choice>;
export type WaitState = z.infer<typeof STATES.Wait>;
export type SucceedState = z.infer<typeof STATES.Succeed>;
export type FailState = z.infer<typeof STATES.Fail>;
export type MapState = Omit<z.infer<typeof STATES.Map>, 'ItemProcessor'> & { readonly ItemProcessor: Flow };
export type ParallelState = Omit<z.infer<typeof STATES.Parallel>, 'Branches'> & { readonly Branches: readonly Flow[] };
export type State = TaskState | PassState | ChoiceState | WaitState | SucceedState | FailState | MapState | ParallelState;

/** States that lead from `StartAt` to an end. */
export interface Flow {
  readonly StartAt: string;
  readonly States: Readonly<Record<string, State>>;
}

/** A whole definition. */
export interface Machine extends Flow {
  readonly TimeoutSeconds?: number | undefined;
}
