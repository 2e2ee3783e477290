import type { Decision, Question } from '../../local/iam/evaluate';
import { evaluate } from '../../local/iam/evaluate';
import { compilePolicy, type Principal } from '../../local/iam/statements';

export const ROLE: Principal = { kind: 'role', id: 'arn:aws:iam::000000000000:role/worker' };

/** A statement of an identity's policy that allows everything, unless told otherwise. */
export const aStatement = (overrides: Readonly<Record<string, unknown>> = {}): Readonly<Record<string, unknown>> => ({
  Effect: 'Allow',
  Action: '*',
  Resource: '*',
  ...overrides,
});

/** A statement of a resource's policy that lets everybody in, unless told otherwise. */
export const aResourceStatement = (overrides: Readonly<Record<string, unknown>> = {}) => aStatement({ Principal: '*', ...overrides });

export interface Asked {
  readonly principal?: Principal;
  readonly action?: string;
  readonly resource?: string;
  readonly context?: Readonly<Record<string, string | readonly string[]>>;
}

/** A question with its context's keys as policies look them up. */
export function aQuestion({
  principal = ROLE,
  action = 's3:GetObject',
  resource = 'arn:aws:s3:::bucket/key',
  context = {},
}: Asked = {}): Question {
  const entries = Object.entries(context).map(([key, value]) => [key.toLowerCase(), typeof value === 'string' ? [value] : value] as const);
  return { principal, action, resource, context: new Map(entries) };
}

/** Decides one question by hand-written statements. */
export function decide(asked: Asked, identity: readonly unknown[], resource: readonly unknown[] = []): Decision {
  const compile = (statements: readonly unknown[]) => compilePolicy({ Version: '2012-10-17', Statement: statements }, 'test');
  return evaluate({ identity: compile(identity), resource: compile(resource) }, aQuestion(asked));
}
