import { spawnSync } from 'node:child_process';
import { CancelJobCommand, TerminateJobCommand } from '@aws-sdk/client-batch';
import { eventually } from '../../support/messaging-kernel';
import { aCloud, anImage, type Cloud, type Deployment, IMAGE, type Image } from './cloud';

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

const WAIT =
  "console.log(process.pid); setInterval(() => {}, 1000); process.on('SIGTERM', () => { console.log('asked'); process.exit(143); })";
const DEAF = "process.on('SIGTERM', () => console.log('asked')); console.log(process.pid); setInterval(() => {}, 1000)";

const lines = () => cloud.lines.map(({ line }) => line);
/** The program's process id, once it runs and listens. */
const pidPrinted = async () => Number(await eventually('the program to run', () => lines()[0]));
/** A process that has ended and is not collected yet is no longer alive. */
const isAlive = (pid: number): boolean => /^[^Z]/.test(spawnSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' }).stdout);

/** An ECS definition, which alone can say how long SIGTERM is before SIGKILL. */
const stoppingAfter = (seconds: number): Deployment => {
  const ResourceRequirements = [
    { Type: 'VCPU', Value: '0.25' },
    { Type: 'MEMORY', Value: '512' },
  ];
  const Containers = [{ Image: IMAGE, ResourceRequirements, StopTimeout: seconds }];
  return { definition: { ContainerProperties: undefined, EcsProperties: { TaskProperties: [{ Containers }] } } };
};

describe('memory', () => {
  const eat = 'const held = []; setInterval(() => held.push(Buffer.alloc(64 * 1024 * 1024, 1)), 20)';

  test('over the limit ends the attempt as ECS does', async () => {
    await up({ main: eat }, { definition: { RetryStrategy: { Attempts: 1 } } });

    const job = await cloud.reaches(await cloud.submit(), 'FAILED');

    expect(job).toMatchObject({
      statusReason: 'Essential container in task exited',
      container: { exitCode: 137, reason: 'OutOfMemoryError: Container killed due to memory usage' },
      attempts: [{ container: { exitCode: 137, reason: 'OutOfMemoryError: Container killed due to memory usage' } }],
    });
  });

  test('counts what a program’s own children hold, and ends them too, wherever they hide', async () => {
    const hidden = `require('child_process').spawn(process.execPath, ['-e', ${JSON.stringify(eat)}], { detached: true, stdio: 'ignore' })`;
    await up({ main: `console.log(${hidden}.pid)` });

    const job = await cloud.reaches(await cloud.submit(), 'FAILED');

    expect(job.container?.reason).toMatch(/^OutOfMemoryError/);
    // The system takes a moment to give back what a killed program held.
    await eventually('the hidden child to end', () => !isAlive(Number(lines()[0])));
  });

  test('follows the retry strategy', async () => {
    await up(
      { main: eat },
      { definition: { RetryStrategy: { Attempts: 2, EvaluateOnExit: [{ Action: 'exit', OnReason: 'OutOfMemoryError*' }] } } },
    );

    const job = await cloud.reaches(await cloud.submit(), 'FAILED');

    expect(job.attempts).toHaveLength(1);
  });
});

describe('a timeout', () => {
  const oneSecond = { timeout: { attemptDurationSeconds: 1 }, retryStrategy: { attempts: 3 } };

  test('asks the program to end, and is never retried', async () => {
    await up({ main: WAIT }, { options: { minimumTimeoutSeconds: 1 } });

    const job = await cloud.reaches(await cloud.submit(oneSecond), 'FAILED');

    expect(job).toMatchObject({ statusReason: 'Job attempt duration exceeded timeout', container: { exitCode: 143 } });
    expect(job.attempts).toHaveLength(1);
    expect(lines()).toContain('asked');
  });

  test('kills a program that does not listen, after its stop timeout', async () => {
    await up({ main: DEAF }, { ...stoppingAfter(1), options: { minimumTimeoutSeconds: 1 } });

    const job = await cloud.reaches(await cloud.submit(oneSecond), 'FAILED');

    expect(job.attempts?.[0]?.taskProperties?.[0]?.containers?.[0]?.exitCode).toBe(137);
    expect(job.stoppedAt! - job.startedAt!).toBeGreaterThanOrEqual(2000);
    expect(lines()).toContain('asked');
  });
});

describe('ending a job', () => {
  const reason = 'not wanted any more';

  test('TerminateJob ends a running program with SIGTERM, without another attempt', async () => {
    await up({ main: WAIT });
    const jobId = await cloud.submit({ retryStrategy: { attempts: 5 } });
    const pid = await pidPrinted();

    await cloud.client.send(new TerminateJobCommand({ jobId, reason }));
    const job = await cloud.reaches(jobId, 'FAILED');

    expect(job).toMatchObject({ statusReason: reason, isTerminated: true, container: { exitCode: 143 } });
    expect(job.attempts).toHaveLength(1);
    expect(isAlive(pid)).toBe(false);
  });

  test('TerminateJob of an array ends its running and its waiting children', async () => {
    await up({ main: WAIT }, { options: { vcpus: 0.25 } });
    const jobId = await cloud.submit({ arrayProperties: { size: 250 } });
    await pidPrinted();

    await cloud.client.send(new TerminateJobCommand({ jobId, reason }));
    const parent = await cloud.reaches(jobId, 'FAILED');

    expect(parent).toMatchObject({ statusReason: reason, arrayProperties: { statusSummary: { FAILED: 250 } } });
    expect(cloud.events.filter(({ detail }) => (detail as { status: string }).status === 'STARTING')).toHaveLength(1);
  });

  test('CancelJob ends what waits and leaves alone what runs', async () => {
    await up({ main: WAIT }, { options: { vcpus: 0.25 } });
    const running = await cloud.submit();
    await pidPrinted();
    const waiting = await cloud.submit();

    for (const jobId of [running, waiting]) await cloud.client.send(new CancelJobCommand({ jobId, reason }));
    const cancelled = await cloud.reaches(waiting, 'FAILED');

    expect(cancelled).toMatchObject({ statusReason: reason, isCancelled: true, attempts: [] });
    expect((await cloud.describe(running)).status).toBe('RUNNING');
  });

  test.each([false, true])('a program’s left-over children end with it (in a session of their own: %s)', async (detached) => {
    await up({
      main: `const { pid } = require('child_process').spawn('sleep', ['60'], { stdio: 'inherit', detached: ${detached} }); console.log(pid); process.exit(0)`,
    });

    await cloud.reaches(await cloud.submit(), 'SUCCEEDED');

    await eventually('the left-over child to end', () => !isAlive(Number(lines()[0])));
  });

  test('stopping the service ends every program at once and leaves the job to the next start', async () => {
    await up({ main: DEAF });
    const jobId = await cloud.submit();
    const pid = await pidPrinted();

    await cloud.batch.stop();

    expect(isAlive(pid)).toBe(false);
    expect(cloud.told(jobId).at(-1)).toBe('RUNNING');
  });
});

test('a reclaimed Spot task says so and is tried again', async () => {
  await up({ main: `if (process.env.AWS_BATCH_JOB_ATTEMPT === '2') process.exit(0); ${WAIT}` });
  const evaluateOnExit = [
    { action: 'RETRY' as const, onStatusReason: 'Your Spot Task was interrupted*' },
    { action: 'EXIT' as const, onReason: '*' },
  ];
  const jobId = await cloud.submit({ retryStrategy: { attempts: 2, evaluateOnExit } });
  await pidPrinted();

  expect(cloud.batch.reclaim(jobId)).toBe(true);
  const job = await cloud.reaches(jobId, 'SUCCEEDED');

  expect(job.attempts?.[0]).toMatchObject({ statusReason: 'Your Spot Task was interrupted.', container: { exitCode: 143 } });
  expect(job.attempts).toHaveLength(2);
  expect(cloud.batch.reclaim(jobId)).toBe(false);
});
