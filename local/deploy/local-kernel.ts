import type { Keyring } from '../gateway/keyring';
import type { Authorizer } from '../iam/authorizer';
import type { AccessRequest, Kernel } from '../kernel/types';

export interface KernelOptions {
  readonly stateDir: string;
  readonly keyring: Pick<Keyring, 'openSession'>;
  readonly log: (line: string) => void;
}

/** The kernel that services are built with; it learns the templates' policies once their resources are known. */
export class LocalKernel implements Kernel {
  private authorizer: Authorizer | undefined;
  private roles: ReadonlySet<string> = new Set();

  readonly stateDir: string;
  readonly log: (line: string) => void;

  constructor(
    readonly endpoint: string,
    private readonly options: KernelOptions,
  ) {
    this.stateDir = options.stateDir;
    this.log = options.log;
  }

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
    return this.options.keyring.openSession(this.endpoint, roleArn);
  }
}
