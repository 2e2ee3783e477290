import {
  CancelJobCommand,
  DeregisterJobDefinitionCommand,
  DescribeComputeEnvironmentsCommand,
  DescribeJobDefinitionsCommand,
  DescribeJobQueuesCommand,
  DescribeJobsCommand,
  GetJobQueueSnapshotCommand,
  ListJobsCommand,
  type ListJobsCommandInput,
  ListTagsForResourceCommand,
  RegisterJobDefinitionCommand,
  type SubmitJobCommandInput,
  TagResourceCommand,
  TerminateJobCommand,
} from '@aws-sdk/client-batch';
import { aCloud, anImage, type Cloud, IMAGE, type Image, TRUE_IMAGE } from './cloud';

let image: Image;
let cloud: Cloud;

beforeEach(async () => {
  image = anImage({ dockerfile: TRUE_IMAGE });
  cloud = await aCloud(image, { definition: { Parameters: { colour: 'red' }, Tags: { owner: 'data' } } });
});

afterEach(async () => {
  await cloud.close();
  image.remove();
});

const ARN = 'arn:aws:batch:us-east-1:000000000000';
const sized = (vcpu: string, memory: string) => ({
  containerOverrides: {
    resourceRequirements: [
      { type: 'VCPU' as const, value: vcpu },
      { type: 'MEMORY' as const, value: memory },
    ],
  },
});

describe('SubmitJob', () => {
  test.each([
    ['Test-Worker', 'name'],
    ['Test-Worker:1', 'name and revision'],
    [`${ARN}:job-definition/Test-Worker:1`, 'ARN'],
  ])('takes a definition as %s (%s)', async (jobDefinition) => {
    const job = await cloud.reaches(await cloud.submit({ jobDefinition, jobQueue: 'Test-Queue' }), 'SUCCEEDED');

    expect(job).toMatchObject({ jobDefinition: `${ARN}:job-definition/Test-Worker:1`, parameters: { colour: 'red' } });
  });

  const refused: readonly [string, Partial<SubmitJobCommandInput>, RegExp][] = [
    ['an array of one', { arrayProperties: { size: 1 } }, /Array size must be between 2 and 10000, received 1/],
    ['an array of 10,001', { arrayProperties: { size: 10_001 } }, /Array size must be between 2 and 10000, received 10001/],
    [
      'a pair that Fargate has not',
      sized('0.25', '4096'),
      /Fargate resource requirements \(0\.25 vCPU, 4096 MiB\) not valid.*512, 1024, 2048/,
    ],
    ['a vCPU number that Fargate has not', sized('3', '4096'), /3\.00 vCPU, 4096 MiB\) not valid.*0\.25, 0\.5, 1, 2, 4, 8, 16 vCPU/],
    ['a name with a space', { jobName: 'a job' }, /Job name.*received "a job"/],
    ['a name of 129 characters', { jobName: 'x'.repeat(129) }, /Job name/],
    ['an unknown definition', { jobDefinition: 'nobody' }, /JobDefinition nobody does not exist/],
    ['an unknown revision', { jobDefinition: 'Test-Worker:9' }, /JobDefinition Test-Worker:9 does not exist/],
    ['an unknown queue', { jobQueue: 'nowhere' }, /JobQueue nowhere does not exist/],
    ['a timeout below a minute', { timeout: { attemptDurationSeconds: 59 } }, /at least 60 seconds, received 59/],
    ['eleven attempts', { retryStrategy: { attempts: 11 } }, /retryStrategy\.attempts/],
    [
      'six rules',
      { retryStrategy: { attempts: 2, evaluateOnExit: Array.from({ length: 6 }, () => ({ action: 'EXIT' as const, onReason: '*' })) } },
      /retryStrategy\.evaluateOnExit/,
    ],
    [
      'a star in the middle of a pattern',
      { retryStrategy: { attempts: 2, evaluateOnExit: [{ action: 'EXIT', onReason: 'a*b' }] } },
      /evaluateOnExit\.0\.onReason/,
    ],
    ['a reserved variable', { containerOverrides: { environment: [{ name: 'AWS_BATCH_X', value: '1' }] } }, /AWS_BATCH_X is reserved/],
    [
      'overrides of more than 8,192 characters',
      { containerOverrides: { command: ['x'.repeat(8200)] } },
      /Overrides length must be at most 8192/,
    ],
    ['more than 30 KiB', { parameters: { text: 'x'.repeat(31 * 1024) } }, /Job size must be less than 30 KiB, got 32 KiB/],
    ['overrides of the other kind', { ecsPropertiesOverride: { taskProperties: [{ containers: [{}] }] } }, /ecsPropertiesOverride is for/],
  ];

  test.each(refused)('refuses %s as the caller’s mistake', async (_, wish, message) => {
    const answer = cloud.submit(wish);

    await expect(answer).rejects.toMatchObject({ name: 'ClientException', message: expect.stringMatching(message) });
    await expect(answer).rejects.toThrow(/^Error executing request, Exception : .*, RequestId: request-\d+$/);
    expect(
      (await cloud.client.send(new ListJobsCommand({ jobQueue: cloud.queue, filters: [{ name: 'JOB_NAME', values: ['*'] }] })))
        .jobSummaryList,
    ).toEqual([]);
  });

  test.each([
    ['dependsOn', { dependsOn: [{ jobId: 'x' }] }, /dependsOn/],
    ['shareIdentifier', { shareIdentifier: 'x' }, /shareIdentifier of SubmitJob is not emulated/],
    ['nodeOverrides', { nodeOverrides: {} }, /nodeOverrides of SubmitJob is not emulated/],
  ])('refuses %s by name', async (_, wish, message) => {
    await expect(cloud.submit(wish)).rejects.toThrow(message);
  });

  test('asks for permission on the definition and on the queue, and for tags on the job', async () => {
    const jobId = await cloud.submit({ jobDefinition: 'Test-Worker', tags: { run: 'r1' } });

    expect(cloud.kernel.asked.map(({ action, resource }) => [action, resource])).toEqual([
      ['batch:SubmitJob', `${ARN}:job-definition/Test-Worker`],
      ['batch:SubmitJob', cloud.queue],
      ['batch:TagResource', `${ARN}:job/${jobId}`],
    ]);
  });

  test.each(['batch:SubmitJob', 'batch:TagResource'])('does nothing without %s', async (action) => {
    cloud.kernel.deny(action);

    await expect(cloud.submit({ tags: { run: 'r1' } })).rejects.toThrow(`not authorized to perform ${action}`);
    expect(cloud.events).toEqual([]);
  });
});

describe('ListJobs', () => {
  const list = async (wish: ListJobsCommandInput) => (await cloud.client.send(new ListJobsCommand(wish))).jobSummaryList ?? [];

  test('lists jobs of a queue in a state, RUNNING when none is given', async () => {
    const jobId = await cloud.submit();
    await cloud.reaches(jobId, 'SUCCEEDED');

    expect(await list({ jobQueue: cloud.queue })).toEqual([]);
    expect(await list({ jobQueue: 'Test-Queue', jobStatus: 'SUCCEEDED' })).toMatchObject([
      { jobId, jobName: 'job', container: { exitCode: 0 } },
    ]);
  });

  test('finds jobs by name in any state, newest first, parents only', async () => {
    const ids = [await cloud.submit({ jobName: 'Run-1' }), await cloud.submit({ jobName: 'run-1', arrayProperties: { size: 2 } })];
    await cloud.submit({ jobName: 'run-2' });
    await cloud.reaches(ids[1]!, 'SUCCEEDED');
    const named = (value: string) => list({ jobQueue: cloud.queue, filters: [{ name: 'JOB_NAME', values: [value] }] });

    expect((await named('run-1')).map(({ jobId }) => jobId)).toEqual(ids.toReversed());
    expect(await named('RUN-*')).toHaveLength(3);
    expect(await named('run')).toEqual([]);
  });

  test('finds jobs by definition and by time', async () => {
    const jobId = await cloud.submit();
    const { createdAt = 0 } = await cloud.describe(jobId);
    const found = async (name: string, value: string) =>
      (await list({ jobQueue: cloud.queue, filters: [{ name, values: [value] }] })).length;

    expect(await found('JOB_DEFINITION', 'Test-Worker')).toBe(1);
    expect(await found('JOB_DEFINITION', `${ARN}:job-definition/Test-Worker:2`)).toBe(0);
    expect(await found('JOB_DEFINITION', 'Test-W*')).toBe(1);
    expect(await found('BEFORE_CREATED_AT', String(createdAt))).toBe(0);
    expect(await found('BEFORE_CREATED_AT', String(createdAt + 1))).toBe(1);
    expect(await found('AFTER_CREATED_AT', String(createdAt - 1))).toBe(1);
  });

  test('gives pages of a hundred children at most, each child once', async () => {
    const jobId = await cloud.submit({ arrayProperties: { size: 230 } });
    await cloud.client.send(new TerminateJobCommand({ jobId, reason: 'enough' }));
    const parent = await cloud.reaches(jobId, 'FAILED');
    const first = await cloud.client.send(new ListJobsCommand({ arrayJobId: jobId, jobStatus: 'FAILED' }));

    const failed = await cloud.children(jobId, 'FAILED');

    expect(first.jobSummaryList?.length).toBeLessThanOrEqual(100);
    expect(new Set(failed.map(({ jobId: child }) => child)).size).toBe(parent.arrayProperties?.statusSummary?.FAILED);
  });

  test.each([
    ['neither queue nor array', {}, /exactly one of/],
    ['an unknown queue', { jobQueue: 'nowhere' }, /does not exist/],
    ['an unknown array', { arrayJobId: 'nobody' }, /does not exist/],
    ['a page of none', { jobQueue: 'Test-Queue', maxResults: 0 }, /at least 1, received 0/],
    ['a token of somebody else', { jobQueue: 'Test-Queue', nextToken: '!' }, /nextToken ! is not valid/],
    ['another filter', { jobQueue: 'Test-Queue', filters: [{ name: 'SHARE_IDENTIFIER', values: ['x'] }] }, /filters\.0\.name/],
  ])('refuses %s', async (_, wish, message) => {
    await expect(list(wish)).rejects.toThrow(message);
  });
});

describe('other operations', () => {
  test('DescribeJobs leaves out unknown jobs and refuses more than a hundred', async () => {
    const jobId = await cloud.submit();
    const describe = (jobs: string[]) => cloud.client.send(new DescribeJobsCommand({ jobs }));

    expect((await describe([jobId, 'nobody'])).jobs).toHaveLength(1);
    await expect(describe(Array.from({ length: 101 }, () => jobId))).rejects.toThrow('Maximum number of jobs supported is 100');
  });

  test('ending an unknown or finished job is no mistake', async () => {
    const jobId = await cloud.submit();
    await cloud.reaches(jobId, 'SUCCEEDED');

    await cloud.client.send(new TerminateJobCommand({ jobId, reason: 'late' }));
    await cloud.client.send(new CancelJobCommand({ jobId: 'nobody', reason: 'late' }));

    expect(await cloud.describe(jobId)).toMatchObject({ status: 'SUCCEEDED', isTerminated: false });
    expect(cloud.kernel.asked).toContainEqual(expect.objectContaining({ action: 'batch:TerminateJob', resource: `${ARN}:job/${jobId}` }));
  });

  test('a reason of more than 1,024 characters is refused', async () => {
    const jobId = await cloud.submit();

    for (const Command of [TerminateJobCommand, CancelJobCommand]) {
      await expect(cloud.client.send(new Command({ jobId, reason: 'x'.repeat(1025) }) as TerminateJobCommand)).rejects.toThrow('reason');
    }
    await cloud.client.send(new TerminateJobCommand({ jobId, reason: 'x'.repeat(1024) }));
  });

  test('definitions, queues and environments are described as the template made them', async () => {
    const { jobDefinitions } = await cloud.client.send(
      new DescribeJobDefinitionsCommand({ jobDefinitionName: 'Test-Worker', status: 'ACTIVE' }),
    );
    const { jobQueues } = await cloud.client.send(new DescribeJobQueuesCommand({}));
    const { computeEnvironments } = await cloud.client.send(
      new DescribeComputeEnvironmentsCommand({ computeEnvironments: ['Test-Spot', 'x'] }),
    );

    expect(jobDefinitions).toMatchObject([{ revision: 1, status: 'ACTIVE', type: 'container', containerProperties: { image: IMAGE } }]);
    expect(jobQueues).toMatchObject([{ jobQueueName: 'Test-Queue', state: 'ENABLED', status: 'VALID', priority: 1 }]);
    expect(computeEnvironments).toMatchObject([
      { computeEnvironmentName: 'Test-Spot', computeResources: { type: 'FARGATE_SPOT', maxvCpus: 256 } },
    ]);
  });

  test('a deregistered revision takes no jobs, and the name means the newest active one', async () => {
    const { jobDefinitions } = await cloud.client.send(new DescribeJobDefinitionsCommand({ jobDefinitions: ['Test-Worker:1'] }));
    const { containerProperties } = jobDefinitions?.[0] ?? {};
    const wish = { jobDefinitionName: 'Test-Worker', type: 'container' as const, containerProperties };
    const { revision } = await cloud.client.send(new RegisterJobDefinitionCommand(wish));
    expect(revision).toBe(2);

    await cloud.client.send(new DeregisterJobDefinitionCommand({ jobDefinition: 'Test-Worker:2' }));

    await expect(cloud.submit({ jobDefinition: 'Test-Worker:2' })).rejects.toThrow('JobDefinition Test-Worker:2 is deregistered');
    const job = await cloud.describe(await cloud.submit({ jobDefinition: 'Test-Worker' }));
    expect(job.jobDefinition).toMatch(/:1$/);
  });

  test('an image that no template brought cannot be registered', async () => {
    const resourceRequirements = [...sized('0.25', '512').containerOverrides.resourceRequirements];
    const containerProperties = { image: 'docker.io/alpine', resourceRequirements };
    const wish = { jobDefinitionName: 'mine', type: 'container' as const, containerProperties };

    await expect(cloud.client.send(new RegisterJobDefinitionCommand(wish))).rejects.toThrow('image docker.io/alpine');
  });

  test('tags are added to jobs and listed of everything', async () => {
    const jobId = await cloud.submit({ tags: { run: 'r1' } });
    const resourceArn = `${ARN}:job/${jobId}`;
    const tagsOf = async (arn: string) => (await cloud.client.send(new ListTagsForResourceCommand({ resourceArn: arn }))).tags;

    await cloud.client.send(new TagResourceCommand({ resourceArn, tags: { cost: 'c1' } }));

    expect(await tagsOf(resourceArn)).toEqual({ run: 'r1', cost: 'c1' });
    expect(await tagsOf(cloud.definition)).toEqual({ owner: 'data' });
    expect(await tagsOf(cloud.queue)).toEqual({});
    await expect(tagsOf(`${ARN}:job/nobody`)).rejects.toThrow('Job nobody does not exist');
    await expect(cloud.client.send(new TagResourceCommand({ resourceArn: cloud.queue, tags: {} }))).rejects.toThrow('is not emulated');
  });

  test('what is not emulated is refused by name', async () => {
    await expect(cloud.client.send(new GetJobQueueSnapshotCommand({ jobQueue: 'x' }))).rejects.toThrow(
      'getjobqueuesnapshot is not emulated',
    );
  });

  test.each([
    ['batch:DescribeJobs', () => cloud.client.send(new DescribeJobsCommand({ jobs: [] }))],
    ['batch:ListJobs', () => cloud.client.send(new ListJobsCommand({ jobQueue: 'Test-Queue' }))],
    ['batch:CancelJob', () => cloud.client.send(new CancelJobCommand({ jobId: 'x', reason: 'x' }))],
    ['batch:DescribeJobQueues', () => cloud.client.send(new DescribeJobQueuesCommand({}))],
    ['batch:DescribeJobDefinitions', () => cloud.client.send(new DescribeJobDefinitionsCommand({}))],
    ['batch:DescribeComputeEnvironments', () => cloud.client.send(new DescribeComputeEnvironmentsCommand({}))],
    ['batch:DeregisterJobDefinition', () => cloud.client.send(new DeregisterJobDefinitionCommand({ jobDefinition: 'x:1' }))],
    ['batch:ListTagsForResource', () => cloud.client.send(new ListTagsForResourceCommand({ resourceArn: cloud.queue }))],
  ])('%s must be allowed', async (action, call) => {
    cloud.kernel.deny(action);

    await expect(call()).rejects.toMatchObject({ name: 'AccessDeniedException' });
  });
});
