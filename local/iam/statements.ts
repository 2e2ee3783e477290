import { z } from 'zod';
import { NotEmulatedError } from '../kernel/errors';
import { ACCOUNT } from '../kernel/types';
import { type Condition, compileCondition } from './conditions';
import { type Context, glob, type Matcher } from './patterns';

/** Who asks, as policies see it. */
export interface Principal {
  readonly kind: 'role' | 'admin' | 'service';
  /** ARN, or a service's name such as `events.amazonaws.com`. */
  readonly id: string;
}

/** One statement of a policy, compiled. */
export interface Statement {
  readonly effect: 'Allow' | 'Deny';
  readonly where: string;
  /** The action pattern that matches; undefined when none does. */
  actionMatching(action: string): string | undefined;
  matchesResource(resource: string, context: Context): boolean;
  readonly condition: Condition;
  /** How a statement of a resource's policy names a principal: itself, its whole account, or not at all. */
  principalMatch(principal: Principal): 'itself' | 'account' | undefined;
  /** As written, for reports. */
  readonly actions: readonly string[];
  readonly resources: readonly string[];
}

const texts = z.union([z.string().transform((one) => [one]), z.array(z.string())]);
const PrincipalBlock = z.union([z.literal('*'), z.strictObject({ AWS: texts.optional(), Service: texts.optional() })]);

const StatementSource = z.strictObject({
  Sid: z.string().optional(),
  Effect: z.enum(['Allow', 'Deny']),
  Action: texts.optional(),
  NotAction: texts.optional(),
  Resource: texts.optional(),
  NotResource: texts.optional(),
  Principal: PrincipalBlock.optional(),
  Condition: z.unknown().optional(),
});
type StatementSource = z.infer<typeof StatementSource>;

const PolicyDocument = z.object({
  Statement: z.preprocess((value) => (Array.isArray(value) ? value : [value]), z.array(StatementSource)),
});

const ANY = '*';

const actionGlobs = (patterns: readonly string[]) => patterns.map((pattern) => ({ pattern, matches: glob(pattern, 'i') }));

const NOBODY: Context = new Map();

/** How a report names the actions of `NotAction`. */
const allBut = (actions: readonly string[] = []): string => `all but ${actions.join(', ')}`;

function actionMatcher({ Action, NotAction }: StatementSource): Statement['actionMatching'] {
  const globs = actionGlobs(Action ?? NotAction ?? []);
  const find = (action: string) => globs.find(({ matches }) => matches(action, NOBODY))?.pattern;
  if (Action) return find;
  return (action) => (find(action) === undefined ? allBut(NotAction) : undefined);
}

function resourceMatcher({ Resource, NotResource }: StatementSource): Statement['matchesResource'] {
  const globs: readonly Matcher[] = (Resource ?? NotResource ?? [ANY]).map((pattern) => glob(pattern));
  const anyMatches = (resource: string, context: Context): boolean => globs.some((matches) => matches(resource, context));
  return NotResource ? (resource, context) => !anyMatches(resource, context) : anyMatches;
}

const isAccount = (name: string): boolean => name === ACCOUNT || name === `arn:aws:iam::${ACCOUNT}:root`;

function principalMatcher({ Principal: block }: StatementSource): Statement['principalMatch'] {
  if (block === undefined) return () => undefined;
  const [aws, services] = block === ANY ? [[ANY], [ANY]] : [block.AWS ?? [], block.Service ?? []];
  return ({ kind, id }) => {
    if (kind === 'service') return services.includes(id) || services.includes(ANY) || aws.includes(ANY) ? 'itself' : undefined;
    if (aws.includes(id) || aws.includes(ANY)) return 'itself';
    return aws.some(isAccount) ? 'account' : undefined;
  };
}

function assertUnderstood(source: StatementSource, where: string): void {
  if ((source.Action === undefined) === (source.NotAction === undefined)) {
    const given = source.Action ? 'both Action and NotAction' : 'neither Action nor NotAction';
    throw new RangeError(`${where} has ${given}, exactly one is allowed`);
  }
  const defaulted = /\$\{[^}]*,[^}]*\}/.exec(JSON.stringify(source))?.[0];
  if (defaulted) throw new NotEmulatedError(`policy variable with a default ${defaulted} in ${where}`);
}

function compileStatement(source: StatementSource, where: string): Statement {
  assertUnderstood(source, where);
  return {
    effect: source.Effect,
    where,
    actionMatching: actionMatcher(source),
    matchesResource: resourceMatcher(source),
    condition: compileCondition(source.Condition, where),
    principalMatch: principalMatcher(source),
    actions: source.Action ?? [allBut(source.NotAction)],
    resources: source.Resource ?? source.NotResource ?? [ANY],
  };
}

/** Compiles a policy document once, so that each request only matches; elements not known here are refused by name. */
export function compilePolicy(document: unknown, where: string): readonly Statement[] {
  const parsed = PolicyDocument.safeParse(document);
  if (!parsed.success) throw new NotEmulatedError(`policy ${where}: ${z.prettifyError(parsed.error)}, which`);
  return parsed.data.Statement.map((statement, index) => compileStatement(statement, `${where} statement ${statement.Sid ?? index}`));
}
