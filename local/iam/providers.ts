import { digits } from '../deploy/ids';
import { ACCOUNT, type ResourceIdentity, type ResourceProvider } from '../kernel/types';
import { nameOf, physicalName } from '../messaging/names';

/** IAM's own limits for generated names. */
const LIMITS = { role: 64, policy: 128, 'instance-profile': 128 } as const;

type Kind = keyof typeof LIMITS;

const NAME_PROPERTIES: Readonly<Record<Kind, string>> = {
  role: 'RoleName',
  policy: 'ManagedPolicyName',
  'instance-profile': 'InstanceProfileName',
};

const named = (identity: ResourceIdentity, kind: Kind): string => nameOf(identity, NAME_PROPERTIES[kind], LIMITS[kind]);

function arnOf(identity: ResourceIdentity, kind: Kind): string {
  const path = identity.resolve(identity.properties.Path) ?? '/';
  return `arn:aws:iam::${ACCOUNT}:${kind}${path}${named(identity, kind)}`;
}

/** Policies are read from the templates all at once (see policies.ts), so there is nothing to bring up one by one. */
const create = async (): Promise<void> => undefined;

/** IAM's resource types. */
export const iamProviders: readonly ResourceProvider[] = [
  {
    type: 'AWS::IAM::Role',
    identify: (identity) => ({
      ref: named(identity, 'role'),
      attributes: { Arn: arnOf(identity, 'role'), RoleId: `AROA${digits(identity, 17).toUpperCase()}` },
    }),
    create,
  },
  {
    type: 'AWS::IAM::Policy',
    identify: (identity) => ({ ref: physicalName(identity, LIMITS.policy), attributes: { Id: physicalName(identity, LIMITS.policy) } }),
    create,
  },
  {
    type: 'AWS::IAM::ManagedPolicy',
    identify: (identity) => ({ ref: arnOf(identity, 'policy'), attributes: { PolicyArn: arnOf(identity, 'policy') } }),
    create,
  },
  {
    type: 'AWS::IAM::InstanceProfile',
    identify: (identity) => ({
      ref: named(identity, 'instance-profile'),
      attributes: { Arn: arnOf(identity, 'instance-profile') },
    }),
    create,
  },
];
