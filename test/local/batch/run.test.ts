import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { aCloud, anImage, type Cloud, type Deployment, IMAGE, type Image, ROLE, TRUE_IMAGE } from './cloud';

let image: Image;
let cloud: Cloud;

async function up(program: { main?: string; dockerfile?: string }, deployment: Deployment = {}): Promise<Cloud> {
  image = anImage(program);
  cloud = await aCloud(image, deployment);
  return cloud;
}

afterEach(async () => {
  await cloud.close();
  image.remove();
});

const PRINT_ENVIRONMENT = 'console.log(JSON.stringify({ ...process.env, cwd: process.cwd(), argv: process.argv.slice(2) }))';
const printed = (): Record<string, string> => JSON.parse(cloud.lines[0]?.line ?? '{}');

describe('a job that succeeds', () => {
  test('goes through its states and tells each of them', async () => {
    await up({ dockerfile: TRUE_IMAGE });

    const jobId = await cloud.submit({ parameters: { runId: 'r1' }, tags: { team: 'data' } });
    const job = await cloud.reaches(jobId, 'SUCCEEDED');

    expect(cloud.told(jobId)).toEqual(['RUNNABLE', 'STARTING', 'RUNNING', 'SUCCEEDED']);
    expect(job).toMatchObject({
      jobArn: `arn:aws:batch:us-east-1:000000000000:job/${jobId}`,
      jobName: 'job',
      jobQueue: cloud.queue,
      jobDefinition: cloud.definition,
      statusReason: 'Essential container in task exited',
      parameters: { runId: 'r1' },
      tags: { team: 'data' },
      container: { exitCode: 0, logStreamName: expect.stringMatching(/^Test-Worker\/default\/[0-9a-f]{32}$/) },
      attempts: [
        { statusReason: 'Essential container in task exited', container: { exitCode: 0, taskArn: expect.stringContaining(':task/') } },
      ],
    });
    expect(job.createdAt).toBeLessThanOrEqual(job.startedAt!);
    expect(job.startedAt).toBeLessThanOrEqual(job.stoppedAt!);
    expect(job.arrayProperties).toBeUndefined();
  });

  test('is told to the event bus as Batch words it', async () => {
    await up({ dockerfile: TRUE_IMAGE });

    const jobId = await cloud.submit({ parameters: { runId: 'r1' }, tags: { team: 'data' } });
    await cloud.reaches(jobId, 'SUCCEEDED');

    const arn = `arn:aws:batch:us-east-1:000000000000:job/${jobId}`;
    expect(cloud.events.at(-1)).toMatchObject({
      source: 'aws.batch',
      detailType: 'Batch Job State Change',
      resources: [arn],
      detail: {
        jobArn: arn,
        jobId,
        jobName: 'job',
        jobQueue: cloud.queue,
        status: 'SUCCEEDED',
        dependsOn: [],
        parameters: { runId: 'r1' },
        tags: { resourceArn: arn, team: 'data' },
        container: { image: expect.any(String), exitCode: 0, environment: [] },
      },
    });
  });

  test('finds its environment, working folder and arguments as in its container, and nothing of ours', async () => {
    process.env.BATCH_TEST_SECRET = 'ours';
    await up(
      { main: PRINT_ENVIRONMENT },
      {
        container: {
          Environment: [
            { Name: 'A', Value: 'definition' },
            { Name: 'B', Value: 'definition' },
          ],
          Command: ['Ref::word', 'two'],
        },
      },
    );

    const jobId = await cloud.submit({
      parameters: { word: 'one' },
      containerOverrides: {
        environment: [
          { name: 'B', value: 'override' },
          { name: 'C', value: 'new' },
        ],
      },
    });
    await cloud.reaches(jobId, 'SUCCEEDED');

    expect(printed()).toMatchObject({
      A: 'definition',
      B: 'override',
      C: 'new',
      NODE_ENV: 'production',
      AWS_BATCH_JOB_ID: jobId,
      AWS_BATCH_JOB_ATTEMPT: '1',
      AWS_BATCH_JQ_NAME: 'Test-Queue',
      AWS_ACCESS_KEY_ID: ROLE,
      AWS_ENDPOINT_URL: cloud.kernel.endpoint,
      NODE_PATH: path.resolve('node_modules'),
      cwd: image.folder,
      argv: ['one', 'two'],
    });
    expect(printed()).not.toHaveProperty('BATCH_TEST_SECRET');
    expect(printed()).not.toHaveProperty('AWS_BATCH_JOB_ARRAY_INDEX');
    delete process.env.BATCH_TEST_SECRET;
  });

  test('has a temporary folder of its own, which is gone afterwards', async () => {
    await up({ main: `require('fs').writeFileSync(require('os').tmpdir() + '/scratch', 'x'); ${PRINT_ENVIRONMENT}` });

    await cloud.reaches(await cloud.submit(), 'SUCCEEDED');

    expect(printed().TMPDIR).toContain(cloud.kernel.stateDir);
    expect(existsSync(printed().TMPDIR!)).toBe(false);
    expect(readdirSync(path.join(cloud.kernel.stateDir, 'batch', 'tmp'))).toEqual([]);
  });

  test('logs both its outputs, line by line, to the definition’s group', async () => {
    const options = { 'awslogs-group': '/my/group', 'awslogs-stream-prefix': 'orders' };
    await up(
      { main: "console.log('out 1\\nout 2'); process.stderr.write('no newline')" },
      { container: { LogConfiguration: { LogDriver: 'awslogs', Options: options } } },
    );

    const { container } = await cloud.reaches(await cloud.submit(), 'SUCCEEDED');

    expect(cloud.lines.map(({ line }) => line).toSorted()).toEqual(['no newline', 'out 1', 'out 2']);
    expect(new Set(cloud.lines.map(({ group }) => group))).toEqual(new Set(['/my/group']));
    expect(cloud.lines[0]?.stream).toBe(container?.logStreamName);
    expect(container?.logStreamName).toMatch(/^orders\/default\//);
  });

  test('may be defined by ecsProperties', async () => {
    const resources = [
      { Type: 'VCPU', Value: '0.25' },
      { Type: 'MEMORY', Value: '512' },
    ];
    const containers = [{ Name: 'main', Image: IMAGE, ResourceRequirements: resources, StopTimeout: 5 }];
    image = anImage({ main: PRINT_ENVIRONMENT });
    const ecs = { TaskProperties: [{ TaskRoleArn: ROLE, Containers: containers }] };
    cloud = await aCloud(image, { definition: { ContainerProperties: undefined, EcsProperties: ecs } });

    const jobId = await cloud.submit({
      ecsPropertiesOverride: { taskProperties: [{ containers: [{ name: 'main', environment: [{ name: 'X', value: '1' }] }] }] },
    });
    const job = await cloud.reaches(jobId, 'SUCCEEDED');

    expect(printed()).toMatchObject({ X: '1', AWS_ACCESS_KEY_ID: ROLE });
    expect(job.container).toBeUndefined();
    expect(job.ecsProperties?.taskProperties?.[0]?.containers?.[0]).toMatchObject({ name: 'main', exitCode: 0 });
    expect(job.attempts?.[0]?.taskProperties?.[0]?.containers?.[0]).toMatchObject({ name: 'main', exitCode: 0 });
  });
});

describe('a job that fails', () => {
  test('is tried as often as its strategy says, then fails with its exit code', async () => {
    await up({ main: 'process.exit(70)' }, { definition: { RetryStrategy: { Attempts: 3 } } });

    const jobId = await cloud.submit();
    const job = await cloud.reaches(jobId, 'FAILED');

    expect(job.attempts?.map(({ container }) => container?.exitCode)).toEqual([70, 70, 70]);
    expect(job.container?.exitCode).toBe(70);
    expect(cloud.told(jobId).filter((status) => status === 'RUNNABLE')).toHaveLength(3);
  });

  test('succeeds when a later attempt does, and attempts are numbered from one', async () => {
    await up({ main: 'process.exit(process.env.AWS_BATCH_JOB_ATTEMPT === "2" ? 0 : 75)' });

    const job = await cloud.reaches(await cloud.submit({ retryStrategy: { attempts: 5 } }), 'SUCCEEDED');

    expect(job.attempts?.map(({ container }) => container?.exitCode)).toEqual([75, 0]);
  });

  test('is not tried again when a rule says EXIT', async () => {
    const evaluateOnExit = [
      { action: 'RETRY' as const, onStatusReason: 'Host EC2*' },
      { action: 'EXIT' as const, onReason: '*' },
    ];
    await up({ main: 'process.exit(78)' });

    const job = await cloud.reaches(await cloud.submit({ retryStrategy: { attempts: 5, evaluateOnExit } }), 'FAILED');

    expect(job.attempts).toHaveLength(1);
  });

  test('says that its container could not start when its program does not exist', async () => {
    await up({ dockerfile: 'FROM x\nENTRYPOINT ["/no/such/program"]\n' });

    const job = await cloud.reaches(await cloud.submit(), 'FAILED');

    expect(job).toMatchObject({
      statusReason: 'Task failed to start',
      container: { reason: expect.stringMatching(/^CannotStartContainerError: .*\/no\/such\/program/) },
    });
    expect(job.container?.exitCode).toBeUndefined();
    expect(job.startedAt).toBeUndefined();
  });

  test('says that its image could not be pulled when its folder is gone', async () => {
    await up({ main: '' });
    image.remove();

    const job = await cloud.reaches(await cloud.submit(), 'FAILED');

    expect(job.statusReason).toMatch(/^CannotPullContainerError: /);
    expect(job.container?.reason).toMatch(/^CannotPullContainerError: /);
  });
});
