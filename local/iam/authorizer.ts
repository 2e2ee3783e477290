import { AccessDeniedError } from '../kernel/errors';
import { ACCOUNT, type AccessRequest, type Caller, REGION } from '../kernel/types';
import { type Decision, evaluate, type Question } from './evaluate';
import type { Context } from './patterns';
import type { PolicySet } from './policies';
import type { Principal, Statement } from './statements';
import type { UnusedPermission, Usage } from './usage';

/** Services call under their own name, such as `service:events.amazonaws.com`. */
const SERVICE = /^(?:service:)?([\w.-]+\.amazonaws\.com)$/;

function principalOf({ kind, arn }: Caller): Principal {
  const service = SERVICE.exec(arn)?.[1];
  return service === undefined ? { kind, id: arn } : { kind: 'service', id: service };
}

/** Who called, as AWS's messages spell it. */
function spelled({ kind, id }: Principal): string {
  return kind === 'role' ? `arn:aws:sts::${ACCOUNT}:assumed-role/${id.slice(id.lastIndexOf('/') + 1)}/local` : id;
}

/** The ARN whose policy speaks for a resource: a bucket's for its objects, a function's for its versions. */
function carrierOf(resource: string): string {
  if (resource.startsWith('arn:aws:s3:::')) return resource.split('/', 1)[0] ?? resource;
  if (resource.startsWith('arn:aws:lambda:')) return resource.split(':').slice(0, 7).join(':');
  return resource;
}

/** Keys that AWS puts into every request. Loopback stands for TLS. */
const GLOBAL_KEYS: readonly (readonly [string, readonly string[]])[] = [
  ['aws:securetransport', ['true']],
  ['aws:requestedregion', [REGION]],
  ['aws:resourceaccount', [ACCOUNT]],
];

function globalKeys({ kind, id }: Principal): readonly (readonly [string, readonly string[]])[] {
  const own = kind === 'service' ? 'aws:sourceaccount' : 'aws:principalaccount';
  return [
    ...GLOBAL_KEYS,
    ['aws:principalisawsservice', [String(kind === 'service')]],
    [own, [ACCOUNT]],
    ...(kind === 'service' ? [['aws:principalservicename', [id]] as const] : [['aws:principalarn', [id]] as const]),
  ];
}

type Message = Parameters<(decision: Extract<Decision, { allowed: false }>, question: Question) => void>;

/** AWS's wording, which names the kind of policy that is missing or forbids. */
function denial(...[decision, { principal, action, resource }]: Message): string {
  const start = `User: ${spelled(principal)} is not authorized to perform: ${action} on resource: ${resource}`;
  if (decision.reason === 'explicit')
    return `${start} with an explicit deny in ${decision.policy === 'identity' ? 'an identity' : 'a resource'}-based policy (${decision.by.where})`;
  return `${start} because no ${principal.kind === 'service' ? 'resource' : 'identity'}-based policy allows the ${action} action`;
}

const NONE: readonly Statement[] = [];

/** Judges every call against the templates' policies, and remembers which permissions were needed. */
export class Authorizer {
  /** Statements by `<caller> <action>` and `<carrier> <action>`, because the same few repeat by the thousand. */
  private readonly candidates = new Map<string, readonly Statement[]>();
  private readonly globals = new Map<string, ReturnType<typeof globalKeys>>();

  constructor(
    private readonly policies: PolicySet,
    private readonly usage: Usage,
  ) {}

  /** Throws `AccessDeniedError`, in AWS's words, unless the call is allowed. */
  authorize(request: AccessRequest): void {
    const question = this.question(request);
    const { principal, action, resource } = question;
    const carrier = carrierOf(resource);
    const decision = evaluate(
      {
        identity: principal.kind === 'role' ? this.about(principal.id, action, this.policies.ofRole) : NONE,
        resource: this.about(carrier, action, this.policies.ofResource),
      },
      question,
    );
    if (!decision.allowed) throw new AccessDeniedError(denial(decision, question));
    if (decision.by) this.usage.record(principal.id, decision.by, action);
  }

  /** Permissions of these roles that no call has needed yet. */
  unused(roles: (arn: string) => boolean = () => true): readonly UnusedPermission[] {
    return this.usage.unused(new Map([...this.policies.ofRole].filter(([arn]) => roles(arn))));
  }

  private question({ caller, action, resource, context = {} }: AccessRequest): Question {
    const principal = principalOf(caller);
    const key = `${principal.kind} ${principal.id}`;
    const globals = this.globals.get(key) ?? globalKeys(principal);
    this.globals.set(key, globals);
    const given = Object.entries(context).map(
      ([name, value]) => [name.toLowerCase(), typeof value === 'string' ? [value] : value] as const,
    );
    const all: Context = new Map<string, readonly string[]>([...globals, ...given]);
    return { principal, action, resource, context: all };
  }

  private about(holder: string, action: string, held: ReadonlyMap<string, readonly Statement[]>): readonly Statement[] {
    const key = `${holder} ${action}`;
    const known = this.candidates.get(key);
    if (known) return known;
    const found = (held.get(holder) ?? NONE).filter((statement) => statement.actionMatching(action) !== undefined);
    // Holders that no template knows come from requests and are not worth remembering.
    if (held.has(holder)) this.candidates.set(key, found);
    return found;
  }
}
