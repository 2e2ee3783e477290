import { eventually } from '../../support/messaging-kernel';
import { aCloud, anImage, type Cloud, type Deployment, type Image, TRUE_IMAGE } from './cloud';

let image: Image;
let cloud: Cloud;

async function up(program: { main?: string; dockerfile?: string }, deployment: Deployment = {}): Promise<void> {
  image = anImage(program);
  cloud = await aCloud(image, deployment);
}

afterEach(async () => {
  await cloud.close();
  image.remove();
});

/** Prints when it was at work, so that a test sees what ran side by side. */
const HALF_A_SECOND = 'const from = Date.now(); setTimeout(() => console.log(JSON.stringify({ from, to: Date.now() })), 300)';

/** The most that ran at one moment. */
function mostAtOnce(): number {
  const spans = cloud.lines.map(({ line }) => JSON.parse(line) as { from: number; to: number });
  return Math.max(...spans.map(({ from }) => spans.filter((other) => other.from <= from && from < other.to).length));
}

describe('an array job', () => {
  test('gives every child its index, and succeeds when all children have', async () => {
    await up({ main: 'console.log(process.env.AWS_BATCH_JOB_ARRAY_INDEX + " " + process.env.AWS_BATCH_JOB_ID)' });

    const jobId = await cloud.submit({ arrayProperties: { size: 5 }, parameters: { round: '0' } });
    const parent = await cloud.reaches(jobId, 'SUCCEEDED');

    expect(cloud.lines.map(({ line }) => line).toSorted()).toEqual([0, 1, 2, 3, 4].map((index) => `${index} ${jobId}:${index}`));
    expect(parent.arrayProperties).toMatchObject({ size: 5, statusSummary: { SUCCEEDED: 5, FAILED: 0, RUNNING: 0, PENDING: 0 } });
    expect(parent.attempts).toEqual([]);
    expect(cloud.told(jobId)).toEqual(['PENDING', 'SUCCEEDED']);
    expect(cloud.told(`${jobId}:3`)).toEqual(['RUNNABLE', 'STARTING', 'RUNNING', 'SUCCEEDED']);
    expect(cloud.events.at(-1)?.detail).toMatchObject({
      jobId,
      parameters: { round: '0' },
      arrayProperties: { statusSummary: { SUCCEEDED: 5 } },
    });
  });

  test('fails when a child has failed, after all have ended, and lists the failed ones with their reasons', async () => {
    await up({ main: 'process.exit(Number(process.env.AWS_BATCH_JOB_ARRAY_INDEX) % 2 === 1 ? 65 : 0)' });

    const jobId = await cloud.submit({ arrayProperties: { size: 4 } });
    const parent = await cloud.reaches(jobId, 'FAILED');
    const failed = await cloud.children(jobId, 'FAILED');

    expect(parent).toMatchObject({
      statusReason: 'Array Child Job failed',
      arrayProperties: { statusSummary: { SUCCEEDED: 2, FAILED: 2 } },
    });
    expect(failed.map(({ arrayProperties }) => arrayProperties?.index)).toEqual([1, 3]);
    expect(failed[0]).toMatchObject({
      jobId: `${jobId}:1`,
      status: 'FAILED',
      statusReason: 'Essential container in task exited',
      container: { exitCode: 65 },
      startedAt: expect.any(Number),
      stoppedAt: expect.any(Number),
    });
    expect(failed[0]?.arrayProperties).not.toHaveProperty('size');
  });

  test('of a thousand children is done in reasonable time', async () => {
    await up({ dockerfile: TRUE_IMAGE });
    const began = Date.now();

    const jobId = await cloud.submit({ arrayProperties: { size: 1000 } });
    await eventually(
      'the array to end',
      () => (cloud.events.at(-1)?.detail as { jobId?: string } | undefined)?.jobId === jobId && cloud.told(jobId).includes('SUCCEEDED'),
      60_000,
    );
    const parent = await cloud.describe(jobId);

    expect(parent.arrayProperties?.statusSummary?.SUCCEEDED).toBe(1000);
    expect(await cloud.children(jobId, 'SUCCEEDED')).toHaveLength(1000);
    expect(Date.now() - began).toBeLessThan(60_000);
  }, 90_000);
});

describe('slots', () => {
  const twoVcpus = { containerOverrides: { resourceRequirements: sized('2', '4096') } };

  function sized(vcpu: string, memory: string) {
    return [
      { type: 'VCPU' as const, value: vcpu },
      { type: 'MEMORY' as const, value: memory },
    ];
  }

  test('are shared by as many children as fit', async () => {
    await up({ main: HALF_A_SECOND }, { options: { vcpus: 0.5 } });

    await cloud.reaches(await cloud.submit({ arrayProperties: { size: 6 } }), 'SUCCEEDED');

    expect(mostAtOnce()).toBe(2);
  });

  test('are no more than the compute environments of the queue have', async () => {
    const environment = { ComputeResources: { Type: 'FARGATE', MaxvCpus: 1 } };
    await up({ main: HALF_A_SECOND }, { options: { vcpus: 8 }, environment });
    const requirements = { containerOverrides: { resourceRequirements: sized('0.5', '1024') } };

    await cloud.reaches(await cloud.submit({ arrayProperties: { size: 4 }, ...requirements }), 'SUCCEEDED');

    expect(mostAtOnce()).toBe(2);
  });

  test('are all given to a job that wants more than there are, alone', async () => {
    await up({ main: HALF_A_SECOND }, { options: { vcpus: 1 } });

    await cloud.reaches(await cloud.submit({ arrayProperties: { size: 2 }, ...twoVcpus }), 'SUCCEEDED');

    expect(mostAtOnce()).toBe(1);
  });

  test('are given in the order of submission', async () => {
    await up({ main: 'console.log(process.env.NAME)' }, { options: { vcpus: 0.25 } });
    const names = ['first', 'second', 'third', 'fourth'];
    const jobIds: string[] = [];

    for (const value of names) jobIds.push(await cloud.submit({ containerOverrides: { environment: [{ name: 'NAME', value }] } }));
    await cloud.reaches(jobIds.at(-1)!, 'SUCCEEDED');

    expect(cloud.lines.map(({ line }) => line)).toEqual(names);
  });
});
