import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { appendFileSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { type BatchService, createBatch } from '../../../local/batch';
import type { PlatformEvent } from '../../../local/kernel/types';
import { aKernel, eventually, type TestKernel } from '../../support/messaging-kernel';
import { aCloud, anImage, aStateDir, type Cloud, deployAll, type Image, TRUE_IMAGE } from './cloud';

let image: Image;
let state: ReturnType<typeof aStateDir>;
let cloud: Cloud | undefined;

afterEach(async () => {
  await cloud?.close();
  cloud = undefined;
  image.remove();
  state.remove();
});

/** A process that has ended and is not collected yet is no longer alive. */
const isAlive = (pid: number): boolean => /^[^Z]/.test(spawnSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' }).stdout);

interface Told {
  readonly jobId: string;
  readonly status?: string;
}

/** A cloud in another process, which a test may kill like a power cut would. */
function aHost(size: number): { readonly host: ChildProcess; readonly told: Told[] } {
  const script = path.join(__dirname, 'host.ts');
  const host = spawn(process.execPath, ['--import', 'tsx', script, state.folder, image.folder, String(size)], {
    env: { ...process.env, NODE_NO_WARNINGS: '1' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const told: Told[] = [];
  createInterface({ input: host.stdout! }).on('line', (line) => told.push(JSON.parse(line)));
  return { host, told };
}

async function killed(host: ChildProcess): Promise<void> {
  const gone = new Promise((done) => host.once('exit', done));
  host.kill('SIGKILL');
  await gone;
}

/** Writes its process id beside the image on the first attempt, and never ends; ends well on the second, or once told to. */
const SURVIVES = `
  const { AWS_BATCH_JOB_ATTEMPT: attempt, AWS_BATCH_JOB_ARRAY_INDEX: index = '' } = process.env;
  if (attempt !== '1' || require('fs').existsSync('go')) process.exit(0);
  process.on('SIGTERM', () => {});
  require('fs').writeFileSync('pid' + index, String(process.pid));
  setInterval(() => {}, 1000);
`;

const pids = (): readonly number[] =>
  readdirSync(image.folder)
    .filter((name) => name.startsWith('pid'))
    .map((name) => Number(readFileSync(path.join(image.folder, name), 'utf8')))
    .filter((pid) => pid > 0);

test('a job whose cloud was killed loses its host: its process is ended, its attempt fails, and it is tried again', async () => {
  [image, state] = [anImage({ main: SURVIVES }), aStateDir()];
  const { host, told } = aHost(0);
  const [pid = 0] = await eventually('the program to run', () => (pids().length > 0 ? pids() : undefined), 20_000);
  const { jobId } = await eventually('the host to tell of its job', () => told[0], 20_000);
  await killed(host);
  expect(isAlive(pid)).toBe(true);

  cloud = await aCloud(image, { stateDir: state.folder, definition: { RetryStrategy: { Attempts: 2 } } });

  expect(isAlive(pid)).toBe(false);
  const job = await cloud.reaches(jobId, 'SUCCEEDED');
  expect(job.attempts?.map(({ statusReason }) => statusReason)).toEqual([
    'Host EC2 (instance i-local) terminated.',
    'Essential container in task exited',
  ]);
  expect(job.attempts?.[0]?.container).not.toHaveProperty('exitCode');
  expect(readdirSync(path.join(state.folder, 'batch', 'tmp'))).toEqual([]);
});

test('an array whose cloud was killed is finished by the next, and every child ends once', async () => {
  [image, state] = [anImage({ main: SURVIVES }), aStateDir()];
  const { host, told } = aHost(20);
  await eventually('two children to run', () => pids().length === 2, 20_000);
  const { jobId } = await eventually('the host to tell of its job', () => told[0], 20_000);
  await killed(host);
  writeFileSync(path.join(image.folder, 'go'), '');

  cloud = await aCloud(image, { stateDir: state.folder });
  const parent = await cloud.reaches(jobId, 'SUCCEEDED');
  expect(parent.arrayProperties?.statusSummary).toMatchObject({ SUCCEEDED: 20, FAILED: 0 });
  const finals = cloud.events.map(({ detail }) => detail as Told).filter(({ status }) => status === 'SUCCEEDED');
  expect(new Set(finals.map((one) => one.jobId)).size).toBe(21);
  expect(finals).toHaveLength(21);
});

describe('a start', () => {
  const journal = () => path.join(state.folder, 'batch', 'jobs.jsonl');

  /** A finished job, and the journal as it was before the cloud stopped in an orderly way. */
  const submitAndStop = async (): Promise<{ jobId: string; unstopped: string }> => {
    [image, state] = [anImage({ dockerfile: TRUE_IMAGE }), aStateDir()];
    const first = await aCloud(image, { stateDir: state.folder });
    const jobId = await first.submit();
    await first.reaches(jobId, 'SUCCEEDED');
    const unstopped = readFileSync(journal(), 'utf8');
    await first.close();
    return { jobId, unstopped };
  };

  test('knows finished jobs as they were', async () => {
    const { jobId } = await submitAndStop();

    cloud = await aCloud(image, { stateDir: state.folder });

    expect(await cloud.describe(jobId)).toMatchObject({ status: 'SUCCEEDED', container: { exitCode: 0 } });
    expect(cloud.events).toEqual([]);
  });

  test('reads past a line that a kill cut short', async () => {
    const { jobId } = await submitAndStop();
    appendFileSync(journal(), '{"kind":"changed","chan');

    cloud = await aCloud(image, { stateDir: state.folder });

    expect((await cloud.describe(jobId)).status).toBe('SUCCEEDED');
  });

  test('tells the last change again when the kill came between writing it and telling it', async () => {
    const { jobId, unstopped } = await submitAndStop();
    writeFileSync(journal(), unstopped);

    cloud = await aCloud(image, { stateDir: state.folder });

    expect(cloud.told(jobId)).toEqual(['SUCCEEDED']);
  });

  test('fails jobs whose queue is gone, saying so', async () => {
    [image, state] = [anImage({ main: 'setInterval(() => {}, 1000)' }), aStateDir()];
    const first = await aCloud(image, { stateDir: state.folder, options: { vcpus: 0.25 } });
    const jobIds = [await first.submit(), await first.submit()];
    await first.reaches(jobIds[0]!, 'RUNNING');
    await first.close();

    cloud = await aCloud(image, { stateDir: state.folder, queue: { JobQueueName: 'another' } });

    await cloud.reaches(jobIds[0]!, 'FAILED');
    const waiting = await cloud.reaches(jobIds[1]!, 'FAILED');
    expect(waiting.statusReason).toBe(`Job queue arn:aws:batch:us-east-1:000000000000:job-queue/Test-Queue was deleted`);
  });
});

describe('an event bus that refuses', () => {
  let kernel: TestKernel;
  let batch: BatchService;

  afterEach(() => kernel.close());

  test('is told later, in order, and nothing is lost', async () => {
    [image, state] = [anImage({ dockerfile: TRUE_IMAGE }), aStateDir()];
    kernel = await aKernel(state.folder);
    const taken: PlatformEvent[] = [];
    let refusals = 2;
    const publish = (event: PlatformEvent) => {
      if (refusals-- > 0) throw new Error('disk full');
      taken.push(event);
    };
    batch = createBatch(kernel, { publish }, { write: () => undefined });
    kernel.serve(batch);
    const { queue, definition } = await deployAll(batch, image, {});
    await batch.start();

    await fetch(`${kernel.endpoint}/v1/submitjob`, {
      method: 'POST',
      headers: { authorization: 'AWS4-HMAC-SHA256 Credential=AK/20260101/us-east-1/batch/aws4_request' },
      body: JSON.stringify({ jobName: 'job', jobQueue: queue.ref, jobDefinition: definition.ref }),
    });
    await eventually('all events', () => taken.length === 4);

    expect(taken.map(({ detail }) => (detail as Told).status)).toEqual(['RUNNABLE', 'STARTING', 'RUNNING', 'SUCCEEDED']);
    expect(kernel.lines[0]).toContain('disk full');
  });
});
