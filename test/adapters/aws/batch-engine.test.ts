import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { BatchClient, BatchServiceException, DescribeJobsCommand, ListJobsCommand, SubmitJobCommand } from '@aws-sdk/client-batch';
import { mockClient } from 'aws-sdk-client-mock';
import { createBatchEngine } from '../../../adapters/aws/batch-engine';
import type { JobOrder } from '../../../adapters/ports';

let batch = mockClient(BatchClient);
const engine = () => createBatchEngine({ spot: 'queue-spot', 'on-demand': 'queue-od' });

const anOrder = (overrides: Partial<JobOrder> = {}): JobOrder => ({
  name: 'run-r0-a0',
  capacity: 'spot',
  jobDefinition: 'definition:3',
  tasks: 5,
  profile: { vcpu: 1, memoryMiB: 2048 },
  environment: { A: '1' },
  parameters: { runId: 'run' },
  ...overrides,
});

beforeEach(() => batch.reset());

describe('submit', () => {
  test('several tasks are an array on the queue of their capacity', async () => {
    batch.on(SubmitJobCommand).resolves({ jobId: 'j1' });

    expect(await engine().submit(anOrder({ capacity: 'on-demand' }))).toBe('j1');

    expect(batch.commandCalls(SubmitJobCommand)[0]?.args[0].input).toMatchObject({
      jobQueue: 'queue-od',
      arrayProperties: { size: 5 },
      parameters: { runId: 'run' },
      containerOverrides: {
        environment: [{ name: 'A', value: '1' }],
        resourceRequirements: [
          { type: 'VCPU', value: '1' },
          { type: 'MEMORY', value: '2048' },
        ],
      },
    });
  });

  test('one task is a plain job: Batch refuses an array of one', async () => {
    batch.on(SubmitJobCommand).resolves({ jobId: 'j1' });

    await engine().submit(anOrder({ tasks: 1 }));

    expect(batch.commandCalls(SubmitJobCommand)[0]?.args[0].input.arrayProperties).toBeUndefined();
  });
});

describe('a submission that fails', () => {
  const failure = (name: string, httpStatusCode: number) =>
    new BatchServiceException({ name, message: 'why', $fault: 'client', $metadata: { httpStatusCode } });

  test.each([
    ['TooManyRequestsException', 429, 'throttled'],
    ['ThrottlingException', 400, 'throttled'],
    ['ClientException', 400, 'refused'],
    ['AccessDeniedException', 403, 'refused'],
  ])('%s (%s) is known to have made no job: %s', async (name, status, because) => {
    batch.on(SubmitJobCommand).rejects(failure(name, status));

    await expect(engine().submit(anOrder())).rejects.toMatchObject({ name: 'NotSubmittedError', because });
  });

  test.each([
    ['a server error', failure('ServerException', 500)],
    ['no answer', Object.assign(new Error('socket hang up'), { name: 'TimeoutError' })],
  ])('%s leaves open what became of it', async (_, thrown) => {
    batch.on(SubmitJobCommand).rejects(thrown);

    await expect(engine().submit(anOrder())).rejects.toBe(thrown);
  });

  test('is sent once: the client must not try again behind the fence', async () => {
    let requests = 0;
    const server = createServer((_, response) => {
      requests += 1;
      response.writeHead(500).end('{}');
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const { port } = server.address() as AddressInfo;
    batch.restore();
    const before = { ...process.env };
    Object.assign(process.env, {
      AWS_ENDPOINT_URL: `http://127.0.0.1:${port}`,
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'x',
      AWS_SECRET_ACCESS_KEY: 'x',
    });
    try {
      await expect(engine().submit(anOrder())).rejects.toThrow();
      expect(requests).toBe(1);
    } finally {
      process.env = before;
      server.close();
      batch = mockClient(BatchClient);
    }
  });
});

describe('findByName', () => {
  test('takes no job whose name differs in case, which the filter does not see', async () => {
    batch.on(ListJobsCommand).resolves({ jobSummaryList: [{ jobId: 'j', jobName: 'N' }] });

    expect(await engine().findByName('n')).toBeUndefined();
  });

  test('is the newest of both queues', async () => {
    batch.on(ListJobsCommand, { jobQueue: 'queue-spot' }).resolves({ jobSummaryList: [{ jobId: 'old', jobName: 'n', createdAt: 1 }] });
    batch.on(ListJobsCommand, { jobQueue: 'queue-od' }).resolves({ jobSummaryList: [{ jobId: 'new', jobName: 'n', createdAt: 2 }] });

    expect(await engine().findByName('n')).toBe('new');
  });

  test('is nothing when no job has the name', async () => {
    batch.on(ListJobsCommand).resolves({ jobSummaryList: [] });

    expect(await engine().findByName('n')).toBeUndefined();
  });
});

const anArray = (size: number) =>
  batch.on(DescribeJobsCommand, { jobs: ['a'] }).resolves({ jobs: [{ jobId: 'a', status: 'FAILED', arrayProperties: { size } } as never] });

describe('failedTasks', () => {
  test('are the failed children of an array, over all pages, each with how its attempts ended', async () => {
    anArray(3);
    batch
      .on(ListJobsCommand, { arrayJobId: 'a', jobStatus: 'FAILED' })
      .resolvesOnce({ jobSummaryList: [{ jobId: 'a:0', jobName: 'n' }], nextToken: 't' })
      .resolvesOnce({ jobSummaryList: [{ jobId: 'a:2', jobName: 'n' }] });
    const lost = { statusReason: 'Your Spot Task was interrupted.', startedAt: 1000, stoppedAt: 4000 };
    batch.on(DescribeJobsCommand, { jobs: ['a:0', 'a:2'] }).resolves({
      jobs: [
        { jobId: 'a:0', arrayProperties: { index: 0 }, container: { exitCode: 65 }, attempts: [{}], startedAt: 1000, stoppedAt: 2000 },
        { jobId: 'a:2', arrayProperties: { index: 2 }, statusReason: 'Host EC2 gone', attempts: [lost, {}] },
      ] as never,
    });

    expect(await engine().failedTasks('a')).toMatchObject([
      { jobId: 'a:0', index: 0, exitCode: 65, attempts: [{ exitCode: 65, seconds: 1 }] },
      {
        index: 2,
        statusReason: 'Host EC2 gone',
        attempts: [
          { statusReason: lost.statusReason, seconds: 3 },
          { statusReason: 'Host EC2 gone', seconds: 0 },
        ],
      },
    ]);
  });

  test('are described in hundreds', async () => {
    anArray(250);
    const children = Array.from({ length: 250 }, (_, index) => ({ jobId: `a:${index}`, jobName: 'n' }));
    batch.on(ListJobsCommand).resolves({ jobSummaryList: children });
    batch.on(DescribeJobsCommand).callsFake(({ jobs }: { jobs: string[] }) => ({
      jobs: jobs.map((jobId) =>
        jobId === 'a'
          ? { jobId, status: 'FAILED', arrayProperties: { size: 250 } }
          : { jobId, arrayProperties: { index: Number(jobId.slice(2)) } },
      ),
    }));

    const failed = await engine().failedTasks('a');

    expect(failed.map(({ index }) => index)).toEqual(children.map((_, index) => index));
    expect(batch.commandCalls(DescribeJobsCommand).map(({ args }) => args[0].input.jobs?.length)).toEqual([1, 100, 100, 50]);
  });

  test('of a plain job is the job itself', async () => {
    batch.on(DescribeJobsCommand).resolves({
      jobs: [{ jobId: 'j', status: 'FAILED', statusReason: 'why', container: { exitCode: 70, reason: 'OutOfMemoryError' } } as never],
    });

    const ending = { statusReason: 'why', containerReason: 'OutOfMemoryError', exitCode: 70 };
    expect(await engine().failedTasks('j')).toEqual([{ jobId: 'j', index: 0, ...ending, attempts: [{ ...ending, seconds: 0 }] }]);
  });

  test('are none when all succeeded', async () => {
    batch.on(DescribeJobsCommand).resolves({ jobs: [{ jobId: 'j', status: 'SUCCEEDED' } as never] });

    expect(await engine().failedTasks('j')).toEqual([]);
  });
});

test('usage is the time that each finished task ran, and what its lost attempts took', async () => {
  anArray(2);
  batch.on(ListJobsCommand, { jobStatus: 'SUCCEEDED' }).resolves({ jobSummaryList: [{ jobId: 'a:0', jobName: 'n' }] });
  batch.on(ListJobsCommand, { jobStatus: 'FAILED' }).resolves({ jobSummaryList: [{ jobId: 'a:1', jobName: 'n' }] });
  batch.on(DescribeJobsCommand, { jobs: ['a:0', 'a:1'] }).resolves({
    jobs: [
      {
        status: 'SUCCEEDED',
        startedAt: 11_000,
        stoppedAt: 16_000,
        arrayProperties: { index: 0 },
        attempts: [{ startedAt: 1000, stoppedAt: 8000 }, {}],
      },
      { status: 'FAILED', stoppedAt: 6000, arrayProperties: { index: 1 } },
    ] as never,
  });

  expect(await engine().usage('a')).toEqual([
    { index: 0, seconds: 5, failed: false, lost: [{ seconds: 7 }] },
    { index: 1, seconds: 0, failed: true, lost: [] },
  ]);
});
