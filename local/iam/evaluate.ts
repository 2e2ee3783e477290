import type { Context } from './patterns';
import type { Principal, Statement } from './statements';

/** A request with everything that policies can ask about. */
export interface Question {
  readonly principal: Principal;
  readonly action: string;
  readonly resource: string;
  readonly context: Context;
}

/** The policies that have a say. */
export interface Policies {
  /** Of the caller. An admin has none and may do everything that no resource forbids. */
  readonly identity: readonly Statement[];
  /** Of the thing acted upon. */
  readonly resource: readonly Statement[];
}

export type Decision =
  | { readonly allowed: true; readonly by?: Statement }
  | { readonly allowed: false; readonly reason: 'implicit' }
  | { readonly allowed: false; readonly reason: 'explicit'; readonly policy: 'identity' | 'resource'; readonly by: Statement };

function applies(statement: Statement, { action, resource, context }: Question): boolean {
  return statement.actionMatching(action) !== undefined && statement.matchesResource(resource, context) && statement.condition(context);
}

const denies = (statement: Statement): boolean => statement.effect === 'Deny';
const allows = (statement: Statement): boolean => statement.effect === 'Allow';

function explicitDeny({ identity, resource }: Policies, question: Question): Decision | undefined {
  const inIdentity = identity.find((statement) => denies(statement) && applies(statement, question));
  if (inIdentity) return { allowed: false, reason: 'explicit', policy: 'identity', by: inIdentity };
  const inResource = resource.find(
    (statement) => denies(statement) && statement.principalMatch(question.principal) !== undefined && applies(statement, question),
  );
  return inResource && { allowed: false, reason: 'explicit', policy: 'resource', by: inResource };
}

/** A grant to the whole account leaves the choice to the identity's own policies, so only a grant to the caller itself counts. */
const grantsFromResource = (statement: Statement, question: Question): boolean =>
  allows(statement) && statement.principalMatch(question.principal) === 'itself' && applies(statement, question);

/** AWS's evaluation within one account: an explicit deny wins; then either the identity's or the resource's policy must allow. */
export function evaluate(policies: Policies, question: Question): Decision {
  const denied = explicitDeny(policies, question);
  if (denied) return denied;
  if (question.principal.kind === 'admin') return { allowed: true };
  const by =
    policies.identity.find((statement) => allows(statement) && applies(statement, question)) ??
    policies.resource.find((statement) => grantsFromResource(statement, question));
  return by ? { allowed: true, by } : { allowed: false, reason: 'implicit' };
}
