import { passiveProviders } from '../../../local/deploy/passive';
import { iamProviders } from '../../../local/iam/providers';
import type { ResourceIdentity, ResourceProvider } from '../../../local/kernel/types';
import { aResource } from '../../support/cloud-resources';

const anIdentity = (overrides: Partial<ResourceIdentity> = {}): ResourceIdentity => ({
  stackName: 'Stack',
  logicalId: 'Thing',
  type: 'T',
  properties: {},
  resolve: (value) => value,
  ...overrides,
});

/** Types whose `Ref` is a name that the template gives them. */
const NAMED_BY_TEMPLATE: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  'AWS::KMS::Alias': { AliasName: 'alias/x' },
  'AWS::S3::BucketPolicy': { Bucket: 'data' },
};

const ALL = [...passiveProviders, ...iamProviders].map((provider): [string, ResourceProvider] => [provider.type, provider]);

test.each(ALL)('%s has an id that stays the same and is its own', (type, provider) => {
  const properties = NAMED_BY_TEMPLATE[type] ?? {};

  const [first, again] = [provider.identify(anIdentity({ properties })), provider.identify(anIdentity({ properties }))];
  const other = provider.identify(anIdentity({ properties, logicalId: 'Other' }));

  expect(first.ref).not.toBe('');
  expect(again).toEqual(first);
  expect(other.ref === first.ref).toBe(type in NAMED_BY_TEMPLATE);
  expect(Object.values(first.attributes).every((value) => typeof value === 'string')).toBe(true);
});

test.each(ALL)('bringing up %s does nothing', async (type, provider) => {
  await expect(provider.create(aResource({ type }))).resolves.toBeUndefined();
});

const identify = (type: string, overrides: Partial<ResourceIdentity> = {}) => new Map(ALL).get(type)!.identify(anIdentity(overrides));

test.each<[string, string, string, RegExp]>([
  ['AWS::EC2::SecurityGroup', 'GroupId', 'VpcId', /^sg-[0-9a-f]{17}$/],
  ['AWS::EC2::Subnet', 'SubnetId', 'VpcId', /^subnet-[0-9a-f]{17}$/],
])('%s knows its network', (type, idAttribute, networkAttribute, id) => {
  const { ref, attributes } = identify(type, { properties: { VpcId: 'vpc-1' } });

  expect(ref).toMatch(id);
  expect(attributes[idAttribute]).toBe(ref);
  expect(attributes[networkAttribute]).toBe('vpc-1');
});

test('an address is one that can belong to nobody', () => {
  expect(identify('AWS::EC2::EIP').ref).toMatch(/^203\.0\.113\.\d{1,3}$/);
});

test.each<[string, object, string]>([
  ['AWS::ECR::Repository', { RepositoryName: 'worker' }, '000000000000.dkr.ecr.us-east-1.amazonaws.com/worker'],
  ['AWS::ResourceGroups::Group', { Name: 'mine' }, 'arn:aws:resource-groups:us-east-1:000000000000:group/mine'],
  ['AWS::Lambda::LayerVersion', { LayerName: 'tools' }, 'arn:aws:lambda:us-east-1:000000000000:layer:tools:1'],
  ['AWS::IAM::Role', { RoleName: 'r', Path: '/p/' }, 'arn:aws:iam::000000000000:role/p/r'],
  ['AWS::IAM::ManagedPolicy', { ManagedPolicyName: 'p' }, 'arn:aws:iam::000000000000:policy/p'],
  ['AWS::IAM::InstanceProfile', { InstanceProfileName: 'i' }, 'arn:aws:iam::000000000000:instance-profile/i'],
])('%s takes the name that the template gives it', (type, properties, attribute) => {
  const { attributes } = identify(type, { properties: { ...properties } });

  expect(Object.values(attributes)).toContain(attribute);
});

test('a role’s generated name keeps within 64 characters and stays its own', () => {
  const long = 'L'.repeat(80);
  const [one, two] = ['a', 'b'].map((end) => identify('AWS::IAM::Role', { logicalId: long + end }).ref);

  expect(one).toHaveLength(64);
  expect(one).not.toBe(two);
});
