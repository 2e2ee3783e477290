import { Match } from 'aws-cdk-lib/assertions';
import { aProject, aSpec, deploy, deployed, type Resource } from './fixture';

const deployment = deployed({
  'orders.yaml': aSpec('orders'),
  'bird-strikes.yaml': `${aSpec('bird-strikes')}\ncompute: { architecture: x86_64, vcpu: 2, memory: 5GiB }`,
});
afterAll(deployment.remove);
const { compute } = deployment;

interface Statement {
  readonly Action: string | readonly string[];
  readonly Resource: unknown;
}

const definitionOf = (name: string): Resource =>
  Object.values(
    compute.findResources('AWS::Batch::JobDefinition', { Properties: { JobDefinitionName: `Batchwright-Compute-${name}` } }),
  )[0]!;

test('nothing in the network costs money between jobs: no NAT, no interface endpoint', () => {
  compute.resourceCountIs('AWS::EC2::NatGateway', 0);
  compute.resourcePropertiesCountIs('AWS::EC2::VPCEndpoint', { VpcEndpointType: 'Gateway' }, 1);
  compute.resourceCountIs('AWS::EC2::VPCEndpoint', 1);
  compute.resourceCountIs('AWS::EC2::Subnet', 2);
});

test('tasks accept no connection', () => {
  compute.hasResourceProperties('AWS::EC2::SecurityGroup', { SecurityGroupIngress: Match.absent() });
  compute.resourceCountIs('AWS::EC2::SecurityGroupIngress', 0);
});

test.each(['FARGATE_SPOT', 'FARGATE'])('there is one %s environment, without a name, in a queue of its own', (type) => {
  const environments = compute.findResources('AWS::Batch::ComputeEnvironment', { Properties: { ComputeResources: { Type: type } } });

  const [[id, environment]] = Object.entries(environments) as [[string, Resource]];
  expect(environment.Properties).toMatchObject({ ComputeResources: { MaxvCpus: 256 }, ReplaceComputeEnvironment: false });
  expect(environment.Properties).not.toHaveProperty('ComputeEnvironmentName');
  compute.hasResourceProperties('AWS::Batch::JobQueue', {
    ComputeEnvironmentOrder: [{ Order: 1, ComputeEnvironment: { 'Fn::GetAtt': [id, 'ComputeEnvironmentArn'] } }],
  });
});

test('a job is submitted with the size and processor of its spec', () => {
  expect(definitionOf('bird-strikes').Properties.ContainerProperties).toMatchObject({
    ResourceRequirements: [
      { Type: 'VCPU', Value: '2' },
      { Type: 'MEMORY', Value: '5120' },
    ],
    RuntimePlatform: { CpuArchitecture: 'X86_64', OperatingSystemFamily: 'LINUX' },
  });
  expect(definitionOf('orders').Properties.ContainerProperties.RuntimePlatform.CpuArchitecture).toBe('ARM64');
});

test('Batch retries lost hosts and failed starts, in the words of EC2 and of Fargate, and nothing else', () => {
  expect(definitionOf('orders').Properties.RetryStrategy).toEqual({
    Attempts: 5,
    EvaluateOnExit: [
      { Action: 'RETRY', OnStatusReason: 'Host EC2*' },
      { Action: 'RETRY', OnStatusReason: 'Your Spot Task was interrupted*' },
      { Action: 'RETRY', OnReason: 'CannotPullContainerError*' },
      { Action: 'RETRY', OnStatusReason: 'Task failed to start*' },
      { Action: 'EXIT', OnReason: '*' },
    ],
  });
});

test('a new revision leaves the former one to the runs that pinned it', () => {
  expect(definitionOf('orders').Properties.ResourceRetentionPolicy).toEqual({ SkipDeregisterOnUpdate: true });
});

test('a task may take longer than it is planned for, and not for ever', () => {
  expect(definitionOf('orders').Properties.Timeout).toEqual({ AttemptDurationSeconds: 40 * 60 });
});

test('a task is told how long it may take, so that it ends by itself before', () => {
  const { ContainerProperties, Timeout } = definitionOf('orders').Properties;

  expect(ContainerProperties.Environment).toContainEqual({
    Name: 'BATCHWRIGHT_ATTEMPT_SECONDS',
    Value: String(Timeout.AttemptDurationSeconds),
  });
});

test('the container can write to its scratch disk only', () => {
  expect(definitionOf('orders').Properties.ContainerProperties).toMatchObject({
    ReadonlyRootFilesystem: true,
    Volumes: [{ Name: 'scratch' }],
    MountPoints: [{ SourceVolume: 'scratch', ContainerPath: '/tmp', ReadOnly: false }],
  });
});

test('each job logs to a group of its own that forgets after a month', () => {
  const groupOf = (name: string) => definitionOf(name).Properties.ContainerProperties.LogConfiguration.Options['awslogs-group'].Ref;

  expect(groupOf('orders')).not.toBe(groupOf('bird-strikes'));
  compute.allResourcesProperties('AWS::Logs::LogGroup', { RetentionInDays: 30 });
});

test('task roles can be taken only by tasks of this account', () => {
  const trusts = Object.values(compute.findResources('AWS::IAM::Role'))
    .map(({ Properties }) => Properties.AssumeRolePolicyDocument.Statement[0])
    .filter(({ Principal }) => Principal.Service === 'ecs-tasks.amazonaws.com');

  expect(trusts).toHaveLength(4);
  for (const trust of trusts) expect(trust.Condition).toEqual({ StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } });
});

test('a job’s role reads its own files only, and creates records of the ledger', () => {
  const role = definitionOf('orders').Properties.ContainerProperties.JobRoleArn['Fn::GetAtt'][0];
  const policy = Object.values(compute.findResources('AWS::IAM::Policy')).find(({ Properties }) => Properties.Roles[0].Ref === role)!;
  const statements: readonly Statement[] = policy.Properties.PolicyDocument.Statement;
  const resourcesOf = (action: string): string =>
    JSON.stringify(statements.filter(({ Action }) => [Action].flat().includes(action)).map(({ Resource }) => Resource));

  expect(resourcesOf('s3:GetObjectVersion')).toContain('/incoming/orders/*');
  expect(resourcesOf('s3:GetObjectVersion')).toContain('/requests/orders/*');
  expect(resourcesOf('s3:GetObjectVersion')).not.toContain('bird-strikes');
  expect(resourcesOf('s3:PutObject')).toContain('/runs/*/commits/*');
  expect(resourcesOf('s3:PutObject')).toContain('/orders/*');
  expect(resourcesOf('s3:PutObject')).not.toContain('commit.json');
  expect(resourcesOf('s3:AbortMultipartUpload')).not.toContain('/runs/*');
});

test('one image asset serves all jobs of an architecture', () => {
  const images = ['orders', 'bird-strikes'].map((name) => JSON.stringify(definitionOf(name).Properties.ContainerProperties.Image));

  expect(images[0]).not.toBe(images[1]);
  expect(images[0]).toMatch(/container-assets.*:[0-9a-f]{64}/);
});

test('all configs are written by one deployment that prunes nothing and keeps what it wrote', () => {
  compute.resourceCountIs('Custom::CDKBucketDeployment', 1);
  compute.hasResourceProperties('Custom::CDKBucketDeployment', { Prune: false, RetainOnDelete: true });
  const [deployment] = Object.values(compute.findResources('Custom::CDKBucketDeployment'));
  const markers = deployment!.Properties.SourceMarkers.map((each: object) => Object.values(each));
  const definitions = Object.keys(compute.findResources('AWS::Batch::JobDefinition'));
  expect(markers.flat().filter((each: { Ref?: string }) => definitions.includes(each.Ref ?? ''))).toHaveLength(2);
});

test('what deploys configs may write configs and nothing else of the ledger', () => {
  const policies = Object.entries(compute.findResources('AWS::IAM::Policy')).filter(([id]) => id.startsWith('Configs'));

  const text = JSON.stringify(policies);
  expect(policies).toHaveLength(1);
  expect(text).toContain('/config/*.json');
  expect(text).not.toContain('s3:Delete');
});

test('a folder without jobs deploys, ready for the first one', () => {
  const empty = deployed({});

  empty.compute.resourceCountIs('AWS::Batch::JobDefinition', 0);
  empty.compute.resourceCountIs('Custom::CDKBucketDeployment', 1);
  empty.compute.resourceCountIs('AWS::Batch::JobQueue', 2);
  empty.remove();
});

test('memory that Fargate does not sell with the vCPUs stops the synth, saying what it sells', () => {
  const project = aProject({ 'orders.yaml': `${aSpec('orders')}\ncompute: { vcpu: 4, memory: 2GiB }` });

  expect(() => deploy(project)).toThrow(/2(048 MiB|GiB).*4 vCPU/);
  project.remove();
});
