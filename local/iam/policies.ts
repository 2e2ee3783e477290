import { NotEmulatedError } from '../kernel/errors';
import { ACCOUNT, type DeployedResource } from '../kernel/types';
import { awsManagedPolicy, isAwsManaged } from './managed-policies';
import { compilePolicy, type Statement } from './statements';

/** Every policy of the templates, compiled: by role ARN, and by the ARN of the resource that carries it. */
export interface PolicySet {
  readonly ofRole: ReadonlyMap<string, readonly Statement[]>;
  readonly ofResource: ReadonlyMap<string, readonly Statement[]>;
}

type Attached = readonly [holder: string, statements: readonly Statement[]];

const nameOf = ({ stackName, logicalId }: DeployedResource): string => `${stackName}.${logicalId}`;

const strings = (value: unknown): readonly string[] => (Array.isArray(value) ? value.map(String) : []);

const ofType = (resources: readonly DeployedResource[], ...types: readonly string[]): readonly DeployedResource[] =>
  resources.filter(({ type }) => types.includes(type));

interface Inline {
  readonly PolicyName: string;
  readonly PolicyDocument: unknown;
}

function managedStatements(arn: string, resources: readonly DeployedResource[]): readonly Statement[] {
  if (isAwsManaged(arn)) return compilePolicy(awsManagedPolicy(arn), arn);
  const policy = ofType(resources, 'AWS::IAM::ManagedPolicy').find(({ ref }) => ref === arn);
  if (!policy) throw new NotEmulatedError(`managed policy ${arn}, which no template holds,`);
  return compilePolicy(policy.properties.PolicyDocument, nameOf(policy));
}

/** What a role says of itself: inline policies and the managed ones that it names. */
function ownPolicies(role: DeployedResource, resources: readonly DeployedResource[]): Attached {
  if (role.properties.PermissionsBoundary !== undefined) throw new NotEmulatedError(`permissions boundary of ${nameOf(role)}`);
  const inline = (role.properties.Policies ?? []) as readonly Inline[];
  return [
    role.attributes.Arn ?? '',
    [
      ...inline.flatMap(({ PolicyName, PolicyDocument }) => compilePolicy(PolicyDocument, `${nameOf(role)} ${PolicyName}`)),
      ...strings(role.properties.ManagedPolicyArns).flatMap((arn) => managedStatements(arn, resources)),
    ],
  ];
}

/** Policies that name the roles they are for. */
function attachedPolicies(policy: DeployedResource, arnOf: ReadonlyMap<string, string>): readonly Attached[] {
  const statements = compilePolicy(policy.properties.PolicyDocument, nameOf(policy));
  return strings(policy.properties.Roles).map((name) => {
    const arn = arnOf.get(name);
    if (arn === undefined) throw new NotEmulatedError(`role ${name} of ${nameOf(policy)}, which no template holds,`);
    return [arn, statements];
  });
}

/** A queue's `Ref` is its URL. */
const queueArn = (url: string): string => `arn:aws:sqs:us-east-1:${ACCOUNT}:${url.slice(url.lastIndexOf('/') + 1)}`;

/** The resource-policy types and the ARNs that each one is for. */
const CARRIERS: Readonly<Record<string, (properties: DeployedResource['properties']) => readonly string[]>> = {
  'AWS::S3::BucketPolicy': ({ Bucket }) => [`arn:aws:s3:::${Bucket}`],
  'AWS::SQS::QueuePolicy': ({ Queues }) => strings(Queues).map(queueArn),
  'AWS::SNS::TopicPolicy': ({ Topics }) => strings(Topics),
};

function resourcePolicies(resource: DeployedResource): readonly Attached[] {
  const statements = compilePolicy(resource.properties.PolicyDocument, nameOf(resource));
  return (CARRIERS[resource.type]?.(resource.properties) ?? []).map((arn) => [arn, statements]);
}

/** A function by ARN or name, as permissions name it. */
const functionArn = (name: string): string => (name.startsWith('arn:') ? name : `arn:aws:lambda:us-east-1:${ACCOUNT}:function:${name}`);

const isServiceName = (principal: string): boolean => principal.endsWith('.amazonaws.com');

/** `AWS::Lambda::Permission` written as the statement that it adds to the function's policy. */
function functionPermission(resource: DeployedResource): Attached {
  const { Action, FunctionName, Principal, SourceArn, SourceAccount } = resource.properties;
  const arn = functionArn(String(FunctionName));
  const principal = String(Principal);
  const Condition = {
    ...(SourceArn === undefined ? {} : { ArnLike: { 'aws:SourceArn': SourceArn } }),
    ...(SourceAccount === undefined ? {} : { StringEquals: { 'aws:SourceAccount': SourceAccount } }),
  };
  const Statement = [
    {
      Effect: 'Allow',
      Action,
      Resource: arn,
      Principal: isServiceName(principal) ? { Service: principal } : { AWS: principal },
      Condition,
    },
  ];
  return [arn, compilePolicy({ Statement }, nameOf(resource))];
}

function gather(attached: readonly Attached[]): ReadonlyMap<string, readonly Statement[]> {
  const all = new Map<string, readonly Statement[]>();
  for (const [holder, statements] of attached) all.set(holder, [...(all.get(holder) ?? []), ...statements]);
  return all;
}

/** Compiles every policy of the templates; what cannot be judged faithfully is refused by name. */
export function loadPolicies(resources: readonly DeployedResource[]): PolicySet {
  const roles = ofType(resources, 'AWS::IAM::Role');
  const arnOf = new Map(roles.map(({ ref, attributes }) => [ref, attributes.Arn ?? '']));
  return {
    ofRole: gather([
      ...roles.map((role) => ownPolicies(role, resources)),
      ...ofType(resources, 'AWS::IAM::Policy', 'AWS::IAM::ManagedPolicy').flatMap((policy) => attachedPolicies(policy, arnOf)),
    ]),
    ofResource: gather([
      ...ofType(resources, ...Object.keys(CARRIERS)).flatMap(resourcePolicies),
      ...ofType(resources, 'AWS::Lambda::Permission').map(functionPermission),
    ]),
  };
}
