import { App, Stack } from 'aws-cdk-lib';
import { CfnComputeEnvironment, CfnJobDefinition, CfnJobQueue } from 'aws-cdk-lib/aws-batch';
import { FARGATE_MEMORY_MIB } from '../../core/submit/fargate';
import { batchFaults, type JobLimits, jobFaults, queueFaults } from '../../lib/fargate-checks';

const EXIT = { action: 'EXIT', onReason: '*' };

const aJob = (overrides: Partial<JobLimits> = {}): JobLimits => ({
  vcpu: 1,
  memoryMiB: 2048,
  attempts: 3,
  rules: [{ action: 'RETRY', onStatusReason: 'Host EC2*' }, EXIT],
  timeoutSeconds: 60,
  ...overrides,
});

test('every legal Fargate pair passes', () => {
  const pairs = Object.entries(FARGATE_MEMORY_MIB).flatMap(([vcpu, memories]) =>
    memories.map((memoryMiB) => ({ vcpu: Number(vcpu), memoryMiB })),
  );

  for (const pair of pairs) expect(jobFaults(aJob(pair))).toEqual([]);
});

test.each<[string, Partial<JobLimits>, string]>([
  ['a size that Fargate does not have', { vcpu: 3 }, '3 vCPU is no Fargate size, allowed: 0.25, 0.5, 1, 2, 4, 8, 16'],
  [
    'memory that does not go with the size',
    { memoryMiB: 1024 },
    '1024 MiB is not legal with 1 vCPU on Fargate, allowed: 2048, 3072, 4096, 5120, 6144, 7168, 8192 MiB',
  ],
  ['no memory at all', { memoryMiB: undefined }, 'a Fargate job needs both VCPU and MEMORY'],
  ['eleven attempts', { attempts: 11 }, '11 attempts, allowed: 1 to 10'],
  ['no attempt', { attempts: 0 }, '0 attempts, allowed: 1 to 10'],
  [
    'six rules',
    { rules: [...Array.from({ length: 5 }, () => ({ action: 'RETRY', onReason: 'A*' })), EXIT] },
    '6 retry rules, allowed: at most 5',
  ],
  [
    'a failure that no rule matches',
    { rules: [{ action: 'RETRY', onReason: 'A*' }] },
    'the last retry rule must be EXIT on reason "*": a failure that no rule matches is retried',
  ],
  [
    'a pattern that Batch cannot read',
    { rules: [{ action: 'RETRY', onStatusReason: '*interrupted*' }, EXIT] },
    'retry pattern "*interrupted*", allowed: letters, digits, ".", ":" and space, then at most one "*"',
  ],
  ['a timeout of 59 s', { timeoutSeconds: 59 }, 'timeout of 59 s, allowed: at least 60 s'],
  ['no timeout', { timeoutSeconds: undefined }, 'a job without a timeout may run, and cost, for ever'],
])('%s is refused, showing what is allowed', (_, overrides, message) => {
  expect(jobFaults(aJob(overrides))).toEqual([message]);
});

test('a job that is never retried needs no rules', () => {
  expect(jobFaults(aJob({ attempts: 1, rules: [] }))).toEqual([]);
});

test.each<[readonly string[], readonly string[]]>([
  [['FARGATE_SPOT', 'FARGATE'], []],
  [['EC2', 'SPOT'], []],
  [[], ['a queue needs a compute environment']],
  [['FARGATE', 'EC2'], ['a queue over FARGATE, EC2: Fargate and EC2 cannot share a queue']],
  [['FARGATE', 'FARGATE', 'FARGATE', 'FARGATE'], ['4 compute environments in a queue, allowed: at most 3']],
])('a queue over %j has the faults %j', (types, faults) => {
  expect(queueFaults(types)).toEqual(faults);
});

const environment = (stack: Stack, id: string, type: string): CfnComputeEnvironment =>
  new CfnComputeEnvironment(stack, id, { type: 'managed', computeResources: { type, maxvCpus: 4, subnets: [] } });

test('faults in a tree of constructs name the resource that has them', () => {
  const stack = new Stack(new App(), 'Any');
  const order = [environment(stack, 'A', 'FARGATE'), environment(stack, 'B', 'EC2')].map(({ attrComputeEnvironmentArn }, index) => ({
    computeEnvironment: attrComputeEnvironmentArn,
    order: index + 1,
  }));
  new CfnJobQueue(stack, 'Mixed', { priority: 1, computeEnvironmentOrder: order });
  new CfnJobDefinition(stack, 'Endless', {
    type: 'container',
    containerProperties: {
      image: 'any',
      resourceRequirements: [
        { type: 'VCPU', value: '4' },
        { type: 'MEMORY', value: '2048' },
      ],
    },
    retryStrategy: { attempts: 50, evaluateOnExit: [EXIT] },
    timeout: { attemptDurationSeconds: 30 },
  });

  expect(batchFaults(stack)).toEqual([
    'Any/Mixed: a queue over FARGATE, EC2: Fargate and EC2 cannot share a queue',
    expect.stringMatching(/^Any\/Endless: 2048 MiB is not legal with 4 vCPU/),
    'Any/Endless: 50 attempts, allowed: 1 to 10',
    'Any/Endless: timeout of 30 s, allowed: at least 60 s',
  ]);
});
