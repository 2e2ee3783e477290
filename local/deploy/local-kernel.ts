import { roleEnvironment } from '../gateway/credentials';
import type { Authorizer } from '../iam/authorizer';
import type { AccessRequest, Kernel } from '../kernel/types';

/** The kernel that services are built with; it learns the templates' policies once their resources are known. */
export class LocalKernel implements Kernel {
  private authorizer: Authorizer | undefined;
  private roles: ReadonlySet<string> = new Set();

  constructor(
    readonly stateDir: string,
    readonly endpoint: string,
    readonly log: (line: string) => void,
  ) {}

  /** From now on calls are judged. */
  judgeBy(authorizer: Authorizer, roles: readonly string[]): void {
    this.authorizer = authorizer;
    this.roles = new Set(roles);
  }

  authorize(request: AccessRequest): void {
    if (!this.authorizer) throw new RangeError(`${request.action} was called before the templates' policies were read`);
    this.authorizer.authorize(request);
  }

  environmentFor(roleArn: string): Readonly<Record<string, string>> {
    if (!this.roles.has(roleArn)) throw new RangeError(`role ${roleArn} is in no template`);
    return roleEnvironment(this.endpoint, roleArn);
  }
}
