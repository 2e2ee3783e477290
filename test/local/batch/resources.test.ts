import { readFileSync } from 'node:fs';
import path from 'node:path';
import { type BatchService, createBatch } from '../../../local/batch';
import { aKernel, deploy, type TestKernel } from '../../support/messaging-kernel';
import { aStateDir, definitionProperties, IMAGE } from './cloud';

let state: ReturnType<typeof aStateDir>;
let kernel: TestKernel;
let batch: BatchService;

beforeEach(async () => {
  state = aStateDir();
  kernel = await aKernel(state.folder);
  batch = aBatch();
});

afterEach(async () => {
  await kernel.close();
  state.remove();
});

/** Another life of the service over the same state. */
const aBatch = () => createBatch(kernel, { publish: () => undefined }, { write: () => undefined });
const ARN = 'arn:aws:batch:us-east-1:000000000000';
const FARGATE = { Type: 'MANAGED', ComputeResources: { Type: 'FARGATE', MaxvCpus: 4 } };

const define = (properties: object, on = batch) =>
  deploy(on, 'AWS::Batch::JobDefinition', { logicalId: 'Worker', properties: { ...properties }, assets: { [IMAGE]: '/assets/1' } });
const statuses = (): Record<string, string> =>
  Object.fromEntries(
    (
      JSON.parse(readFileSync(path.join(state.folder, 'batch', 'definitions.json'), 'utf8'))['Test-Worker'] as {
        revision: number;
        status: string;
      }[]
    ).map(({ revision, status }) => [revision, status]),
  );

describe('a job definition', () => {
  const kept = { ResourceRetentionPolicy: { SkipDeregisterOnUpdate: true } };
  const one = definitionProperties({}, kept);
  const two = definitionProperties({ Environment: [{ Name: 'A', Value: '1' }] }, kept);

  test('has a reference with its revision, the same for the same properties, in this life and the next', async () => {
    const first = await define(one);

    expect(first.ref).toBe(`${ARN}:job-definition/Test-Worker:1`);
    expect(first.attributes).toEqual({ JobDefinitionArn: first.ref });
    expect((await define(one)).ref).toBe(first.ref);
    expect((await define(one, aBatch())).ref).toBe(first.ref);
  });

  test('has a new revision when its properties change, and keeps the former when the template says so', async () => {
    await define(one);

    expect((await define(two)).ref).toMatch(/:2$/);
    expect((await define(two, aBatch())).ref).toMatch(/:2$/);
    expect((await define(one)).ref).toMatch(/:3$/);
    expect(statuses()).toEqual({ 1: 'ACTIVE', 2: 'ACTIVE', 3: 'ACTIVE' });
  });

  test('loses the former revision when the template does not say so', async () => {
    await define(definitionProperties());
    await define(definitionProperties({ Environment: [] }));

    expect(statuses()).toEqual({ 1: 'INACTIVE', 2: 'ACTIVE' });
  });

  test('is identified without being made', () => {
    const provider = batch.providers.find(({ type }) => type === 'AWS::Batch::JobDefinition')!;
    const identity = {
      stackName: 'S',
      logicalId: 'L',
      type: provider.type,
      properties: { ...one, JobDefinitionName: 'mine' },
      resolve: (v: unknown) => v,
    };

    expect(provider.identify(identity)).toEqual(provider.identify(identity));
    expect(provider.identify(identity).ref).toBe(`${ARN}:job-definition/mine:1`);
  });

  const resources = (VCPU: string, MEMORY: string) => ({
    ResourceRequirements: [
      { Type: 'VCPU', Value: VCPU },
      { Type: 'MEMORY', Value: MEMORY },
    ],
  });

  test.each([
    ['a pair that Fargate has not', definitionProperties(resources('1', '512')), /1\.00 vCPU, 512 MiB\) not valid/],
    ['no size', definitionProperties({ ResourceRequirements: [] }), /needs resource requirements VCPU and MEMORY/],
    ['a timeout below a minute', definitionProperties({}, { Timeout: { AttemptDurationSeconds: 30 } }), /at least 60 seconds, received 30/],
    ['eleven attempts', definitionProperties({}, { RetryStrategy: { Attempts: 11 } }), /retryStrategy\.attempts/],
    ['secrets', definitionProperties({ Secrets: [{ Name: 'a', ValueFrom: 'b' }] }), /containerProperties\.secrets/],
    [
      'a file system',
      definitionProperties({ Volumes: [{ Name: 'x', EfsVolumeConfiguration: {} }] }),
      /efsVolumeConfiguration of AWS::Batch::JobDefinition Test\/Worker is not emulated/,
    ],
    ['nodes', definitionProperties({}, { NodeProperties: {} }), /nodeProperties of AWS::Batch::JobDefinition Test\/Worker is not emulated/],
    ['no container at all', { Type: 'container' }, /either containerProperties or ecsProperties/],
    ['another type', { Type: 'multinode' }, /type of AWS::Batch::JobDefinition/],
  ])('with %s is refused', async (_, properties, message) => {
    await expect(define(properties)).rejects.toThrow(message);
  });
});

describe('queues and compute environments', () => {
  test('have their ARN as reference', async () => {
    const environment = await deploy(batch, 'AWS::Batch::ComputeEnvironment', { logicalId: 'Spot', properties: FARGATE });
    const order = [{ ComputeEnvironment: environment.ref, Order: 1 }];
    const limit = [{ Action: 'CANCEL', MaxTimeSeconds: 600, Reason: 'MISCONFIGURATION:JOB_RESOURCE_REQUIREMENT', State: 'RUNNABLE' }];
    const queue = await deploy(batch, 'AWS::Batch::JobQueue', {
      logicalId: 'Queue',
      properties: { Priority: 1, ComputeEnvironmentOrder: order, JobStateTimeLimitActions: limit },
    });

    expect(environment.ref).toBe(`${ARN}:compute-environment/Test-Spot`);
    expect(environment.attributes).toEqual({ ComputeEnvironmentArn: environment.ref });
    expect(queue.ref).toBe(`${ARN}:job-queue/Test-Queue`);
    expect(queue.attributes).toEqual({ JobQueueArn: queue.ref });
  });

  test.each([
    ['AWS::Batch::ComputeEnvironment', { Type: 'MANAGED', ComputeResources: { Type: 'EC2', MaxvCpus: 4 } }, /ComputeResources\.Type/],
    ['AWS::Batch::ComputeEnvironment', { Type: 'UNMANAGED' }, /Type/],
    [
      'AWS::Batch::JobQueue',
      { Priority: 1, ComputeEnvironmentOrder: [], SchedulingPolicyArn: 'x' },
      /ComputeEnvironmentOrder|SchedulingPolicyArn/,
    ],
    [
      'AWS::Batch::JobQueue',
      { Priority: 1, ComputeEnvironmentOrder: [{ ComputeEnvironment: 'nowhere', Order: 1 }] },
      /compute-environment\/nowhere/,
    ],
  ])('%s of %j is refused', async (type, properties, message) => {
    await expect(deploy(batch, type, { properties })).rejects.toThrow(message);
  });

  test('a scheduling policy is refused by name', async () => {
    const environment = await deploy(batch, 'AWS::Batch::ComputeEnvironment', { properties: FARGATE });
    const order = [{ ComputeEnvironment: environment.ref, Order: 1 }];
    const properties = { Priority: 1, ComputeEnvironmentOrder: order, SchedulingPolicyArn: 'x' };

    await expect(deploy(batch, 'AWS::Batch::JobQueue', { properties })).rejects.toThrow('property SchedulingPolicyArn');
  });
});
