import { Stack } from 'aws-cdk-lib';
import { FlowLogDestination, GatewayVpcEndpointAwsService, InterfaceVpcEndpointAwsService, SubnetType, Vpc } from 'aws-cdk-lib/aws-ec2';
import { Repository } from 'aws-cdk-lib/aws-ecr';
import { ManagedPolicy, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { loadAssembly } from '../../../local/assembly/load';
import { deploy, providersByType, refuseUnknownTypes, unneededRoles } from '../../../local/deploy/deploy';
import { passiveProviders } from '../../../local/deploy/passive';
import { iamProviders } from '../../../local/iam/providers';
import type { DeployedResource } from '../../../local/kernel/types';
import { removeTemporaryFolders, synthesized } from '../../support/cloud-assembly';
import { anAssembly, aProvider, aResource, resolverOf } from '../../support/cloud-resources';

afterAll(removeTemporaryFolders);

const PASSIVE = providersByType(passiveProviders, iamProviders);

const ofType = (resources: readonly DeployedResource[], type: string): readonly DeployedResource[] =>
  resources.filter((resource) => resource.type === type);

test('all unknown resource types are named at once, with where they are', () => {
  const folder = anAssembly({
    A: { Resources: { Table: { Type: 'AWS::DynamoDB::Table' }, Role: { Type: 'AWS::IAM::Role' } } },
    B: { Resources: { Thing: { Type: 'Custom::Thing' } } },
  });

  expect(() => refuseUnknownTypes(loadAssembly(folder), PASSIVE)).toThrow(
    'AWS::DynamoDB::Table (A.Table), Custom::Thing (B.Thing) is not emulated by the local cloud',
  );
});

test('a real network has plausible ids, the same every time', () => {
  const folder = synthesized((app) => {
    const stack = new Stack(app, 'Net');
    const vpc = new Vpc(stack, 'Vpc', {
      maxAzs: 2,
      natGateways: 1,
      restrictDefaultSecurityGroup: false,
      subnetConfiguration: [
        { name: 'public', subnetType: SubnetType.PUBLIC },
        { name: 'private', subnetType: SubnetType.PRIVATE_WITH_EGRESS },
      ],
      gatewayEndpoints: { S3: { service: GatewayVpcEndpointAwsService.S3 } },
      flowLogs: { All: { destination: FlowLogDestination.toCloudWatchLogs(new LogGroup(stack, 'Flow')) } },
    });
    vpc.addInterfaceEndpoint('Ecr', { service: InterfaceVpcEndpointAwsService.ECR });
  });
  const providers = providersByType(passiveProviders, iamProviders, [aProvider('AWS::Logs::LogGroup')]);

  refuseUnknownTypes(loadAssembly(folder), providers);
  const resources = resolverOf(folder, providers).deployed();
  const again = resolverOf(folder, providers).deployed();

  const [vpc] = ofType(resources, 'AWS::EC2::VPC');
  const subnets = ofType(resources, 'AWS::EC2::Subnet');
  expect(vpc?.ref).toMatch(/^vpc-[0-9a-f]{17}$/);
  expect(vpc?.attributes).toMatchObject({ VpcId: vpc?.ref, CidrBlock: '10.0.0.0/16', DefaultSecurityGroup: expect.stringMatching(/^sg-/) });
  expect(new Set(subnets.map(({ properties }) => properties.AvailabilityZone))).toEqual(new Set(['us-east-1a', 'us-east-1b']));
  expect(new Set(subnets.map(({ ref }) => ref)).size).toBe(4);
  expect(subnets.every(({ properties }) => properties.VpcId === vpc?.ref)).toBe(true);
  expect(ofType(resources, 'AWS::EC2::NatGateway')[0]?.properties.AllocationId).toMatch(/^eipalloc-/);
  expect(again.map(({ ref }) => ref)).toEqual(resources.map(({ ref }) => ref));
});

test('roles, policies, keys and repositories have ARNs of the local account', () => {
  const folder = synthesized((app) => {
    const stack = new Stack(app, 'Id');
    const role = new Role(stack, 'Worker', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    new Role(stack, 'Named', { assumedBy: new ServicePrincipal('lambda.amazonaws.com'), roleName: 'by-name', path: '/jobs/' });
    new ManagedPolicy(stack, 'Managed', { statements: [new PolicyStatement({ actions: ['s3:*'], resources: ['*'] })], roles: [role] });
    new Key(stack, 'Key', { alias: 'alias/k' });
    new Repository(stack, 'Images');
  });

  const resources = resolverOf(folder, PASSIVE).deployed();
  const [worker, named] = ofType(resources, 'AWS::IAM::Role');

  expect(worker?.attributes.Arn).toBe(`arn:aws:iam::000000000000:role/${worker?.ref}`);
  expect(named).toMatchObject({ ref: 'by-name', attributes: { Arn: 'arn:aws:iam::000000000000:role/jobs/by-name' } });
  expect(ofType(resources, 'AWS::IAM::ManagedPolicy')[0]?.ref).toMatch(/^arn:aws:iam::000000000000:policy\/Id-Managed/);
  expect(ofType(resources, 'AWS::KMS::Key')[0]?.attributes.Arn).toMatch(
    /^arn:aws:kms:us-east-1:000000000000:key\/[0-9a-f]{8}-[0-9a-f]{4}-/,
  );
  expect(ofType(resources, 'AWS::KMS::Alias')[0]?.ref).toBe('alias/k');
  expect(ofType(resources, 'AWS::ECR::Repository')[0]?.attributes.RepositoryUri).toMatch(
    /^000000000000\.dkr\.ecr\.us-east-1\.amazonaws\.com\/id-images/,
  );
});

test('the function behind a custom resource that is done natively is not brought up', async () => {
  const created: DeployedResource[] = [];
  const aFunction = (logicalId: string, role: string) =>
    aResource({ type: 'AWS::Lambda::Function', logicalId, attributes: { Arn: `arn:${logicalId}` }, properties: { Role: role } });
  const resources = [
    aFunction('Handler', 'role-of-handler'),
    aFunction('Own', 'role-of-own'),
    aFunction('OtherHandler', 'role-of-own'),
    aResource({ type: 'Custom::S3AutoDeleteObjects', properties: { ServiceToken: 'arn:Handler' } }),
    aResource({ type: 'Custom::S3AutoDeleteObjects', properties: { ServiceToken: 'arn:OtherHandler' } }),
  ];

  await deploy(resources, providersByType(passiveProviders, [aProvider('AWS::Lambda::Function', created)]));

  expect(created.map(({ logicalId }) => logicalId)).toEqual(['Own']);
  expect(unneededRoles(resources)).toEqual(new Set(['role-of-handler']));
});
