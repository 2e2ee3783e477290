import { BatchClient, DescribeJobsCommand, ListJobsCommand, SubmitJobCommand } from '@aws-sdk/client-batch';
import { mockClient } from 'aws-sdk-client-mock';
import { createBatchEngine } from '../../../adapters/aws/batch-engine';
import type { JobOrder } from '../../../adapters/ports';

const batch = mockClient(BatchClient);
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

describe('findByName', () => {
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

describe('failedTasks', () => {
  test('are the failed children of an array, over all pages', async () => {
    batch.on(DescribeJobsCommand).resolves({ jobs: [{ status: 'FAILED', arrayProperties: { size: 3 } } as never] });
    batch
      .on(ListJobsCommand, { arrayJobId: 'a', jobStatus: 'FAILED' })
      .resolvesOnce({
        jobSummaryList: [{ jobId: 'a:0', jobName: 'n', arrayProperties: { index: 0 }, container: { exitCode: 65 } }],
        nextToken: 't',
      })
      .resolvesOnce({ jobSummaryList: [{ jobId: 'a:2', jobName: 'n', arrayProperties: { index: 2 }, statusReason: 'Host EC2 gone' }] });

    expect(await engine().failedTasks('a')).toMatchObject([
      { index: 0, exitCode: 65 },
      { index: 2, statusReason: 'Host EC2 gone' },
    ]);
  });

  test('of a plain job is the job itself', async () => {
    batch.on(DescribeJobsCommand).resolves({
      jobs: [{ jobId: 'j', status: 'FAILED', statusReason: 'why', container: { exitCode: 70, reason: 'OutOfMemoryError' } } as never],
    });

    expect(await engine().failedTasks('j')).toEqual([
      { jobId: 'j', index: 0, statusReason: 'why', containerReason: 'OutOfMemoryError', exitCode: 70 },
    ]);
  });

  test('are none when all succeeded', async () => {
    batch.on(DescribeJobsCommand).resolves({ jobs: [{ jobId: 'j', status: 'SUCCEEDED' } as never] });

    expect(await engine().failedTasks('j')).toEqual([]);
  });
});

test('usage is the time that each finished task ran', async () => {
  batch.on(DescribeJobsCommand).resolves({ jobs: [{ status: 'FAILED', arrayProperties: { size: 2 } } as never] });
  const child = (index: number, status: 'SUCCEEDED' | 'FAILED') => ({
    jobId: `a:${index}`,
    jobName: 'n',
    status,
    startedAt: 1_000,
    stoppedAt: 6_000,
    arrayProperties: { index },
  });
  batch.on(ListJobsCommand, { jobStatus: 'SUCCEEDED' }).resolves({ jobSummaryList: [child(0, 'SUCCEEDED')] });
  batch.on(ListJobsCommand, { jobStatus: 'FAILED' }).resolves({ jobSummaryList: [{ ...child(1, 'FAILED'), startedAt: undefined }] });

  expect(await engine().usage('a')).toEqual([
    { index: 0, seconds: 5, failed: false },
    { index: 1, seconds: 0, failed: true },
  ]);
});
