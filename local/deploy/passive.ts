import { ACCOUNT, REGION, type ResourceIdentity, type ResourceProvider } from '../kernel/types';
import { nameOf, physicalName } from '../messaging/names';
import { digits } from './ids';

type Identity = ReturnType<ResourceProvider['identify']>;

/** Digits of an EC2 id, a gateway's or an address's for example. */
const EC2_DIGITS = 17;

const ec2Id = (identity: ResourceIdentity, prefix: string): string => `${prefix}-${digits(identity, EC2_DIGITS)}`;

/** A property as it was given, for attributes that repeat it; empty when it was left to AWS. */
function given(identity: ResourceIdentity, name: string): string {
  const value = identity.resolve(identity.properties[name]);
  return value === undefined ? '' : String(value);
}

const uuid = (identity: ResourceIdentity): string => digits(identity, 32).replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');

/** An EC2 resource: `Ref` is its id, which is also the attribute of that name. */
const ec2 =
  (prefix: string, idAttribute = 'Id') =>
  (identity: ResourceIdentity): Identity => ({
    ref: ec2Id(identity, prefix),
    attributes: { [idAttribute]: ec2Id(identity, prefix), Id: ec2Id(identity, prefix) },
  });

const named =
  (limit = 64) =>
  (identity: ResourceIdentity): Identity => ({ ref: physicalName(identity, limit), attributes: {} });

function vpc(identity: ResourceIdentity): Identity {
  const { ref, attributes } = ec2('vpc', 'VpcId')(identity);
  return {
    ref,
    attributes: {
      ...attributes,
      CidrBlock: given(identity, 'CidrBlock'),
      DefaultSecurityGroup: ec2Id(identity, 'sg'),
      DefaultNetworkAcl: ec2Id(identity, 'acl'),
    },
  };
}

function subnet(identity: ResourceIdentity): Identity {
  const { ref, attributes } = ec2('subnet', 'SubnetId')(identity);
  const repeated = ['AvailabilityZone', 'CidrBlock', 'VpcId'].map((name) => [name, given(identity, name)] as const);
  return { ref, attributes: { ...attributes, ...Object.fromEntries(repeated), NetworkAclAssociationId: ec2Id(identity, 'aclassoc') } };
}

function securityGroup(identity: ResourceIdentity): Identity {
  const { ref, attributes } = ec2('sg', 'GroupId')(identity);
  return { ref, attributes: { ...attributes, VpcId: given(identity, 'VpcId') } };
}

function elasticIp(identity: ResourceIdentity): Identity {
  // 203.0.113.0/24 is reserved for documentation, so it can never be somebody's address.
  const address = `203.0.113.${Number.parseInt(digits(identity, 2), 16)}`;
  return { ref: address, attributes: { PublicIp: address, AllocationId: ec2Id(identity, 'eipalloc') } };
}

function repository(identity: ResourceIdentity): Identity {
  const name = nameOf(identity, 'RepositoryName', 256).toLowerCase();
  return {
    ref: name,
    attributes: {
      Arn: `arn:aws:ecr:${REGION}:${ACCOUNT}:repository/${name}`,
      RepositoryUri: `${ACCOUNT}.dkr.ecr.${REGION}.amazonaws.com/${name}`,
    },
  };
}

const key = (identity: ResourceIdentity): Identity => ({
  ref: uuid(identity),
  attributes: { Arn: `arn:aws:kms:${REGION}:${ACCOUNT}:key/${uuid(identity)}`, KeyId: uuid(identity) },
});

function group(identity: ResourceIdentity): Identity {
  const name = nameOf(identity, 'Name', 128);
  return { ref: name, attributes: { Arn: `arn:aws:resource-groups:${REGION}:${ACCOUNT}:group/${name}` } };
}

const layer = (identity: ResourceIdentity): Identity => {
  const arn = `arn:aws:lambda:${REGION}:${ACCOUNT}:layer:${nameOf(identity, 'LayerName', 64)}:1`;
  return { ref: arn, attributes: { LayerVersionArn: arn, Arn: arn } };
};

/** Types that need a name here and nothing else: no network to build, no keys to keep, policies read elsewhere. */
const PASSIVE: Readonly<Record<string, ResourceProvider['identify']>> = {
  'AWS::CDK::Metadata': named(),
  'AWS::EC2::VPC': vpc,
  'AWS::EC2::Subnet': subnet,
  'AWS::EC2::RouteTable': ec2('rtb', 'RouteTableId'),
  'AWS::EC2::Route': named(255),
  'AWS::EC2::SubnetRouteTableAssociation': ec2('rtbassoc'),
  'AWS::EC2::InternetGateway': ec2('igw', 'InternetGatewayId'),
  'AWS::EC2::EgressOnlyInternetGateway': ec2('eigw'),
  'AWS::EC2::VPCGatewayAttachment': ec2('attachment', 'AttachmentType'),
  'AWS::EC2::NatGateway': ec2('nat', 'NatGatewayId'),
  'AWS::EC2::EIP': elasticIp,
  'AWS::EC2::SecurityGroup': securityGroup,
  'AWS::EC2::SecurityGroupIngress': ec2('sgr'),
  'AWS::EC2::SecurityGroupEgress': ec2('sgr'),
  'AWS::EC2::VPCEndpoint': ec2('vpce'),
  'AWS::EC2::FlowLog': ec2('fl'),
  'AWS::EC2::NetworkAcl': ec2('acl'),
  'AWS::EC2::NetworkAclEntry': ec2('acle'),
  'AWS::EC2::SubnetNetworkAclAssociation': ec2('aclassoc', 'AssociationId'),
  'AWS::ECR::Repository': repository,
  'AWS::KMS::Key': key,
  'AWS::KMS::Alias': (identity) => ({ ref: given(identity, 'AliasName'), attributes: {} }),
  'AWS::Lambda::LayerVersion': layer,
  'AWS::Lambda::Permission': named(100),
  'AWS::ResourceGroups::Group': group,
  'AWS::S3::BucketPolicy': (identity) => ({ ref: given(identity, 'Bucket'), attributes: {} }),
  'AWS::SNS::TopicPolicy': named(),
  'AWS::SQS::QueuePolicy': named(),
  'Custom::S3AutoDeleteObjects': named(),
  'Custom::VpcRestrictDefaultSG': named(),
};

/** Providers of the types that only have to exist by name. */
export const passiveProviders: readonly ResourceProvider[] = Object.entries(PASSIVE).map(([type, identify]) => ({
  type,
  identify,
  create: async () => undefined,
}));
