import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { CloudOptions } from '../../../cli/cloud/port';
import { main } from '../../../cli/main';
import { aFailure, anIo, aSpec, batchwright, FakeCloud, tempFolder, writeFiles, writeRun } from '../support';

const cwd = tempFolder();
writeFiles(cwd, { 'jobs/orders.yaml': aSpec('orders') });
const stateDir = join(cwd, '.batchwright');

async function up(argv: readonly string[], during: (err: () => string) => Promise<void> = async () => undefined) {
  const cloud = new FakeCloud();
  const opened: CloudOptions[] = [];
  const interruption = new AbortController();
  const { io, out, err } = anIo({
    cwd,
    interrupted: interruption.signal,
    openCloud: async (options) => {
      opened.push(options);
      return cloud;
    },
  });
  const running = main(['local', 'up', ...argv], io);
  await sleep(50);
  await during(err);
  interruption.abort();
  return { code: await running, out: out(), err: err(), cloud, opened };
}

/** A look at the state folder takes as long as the machine lets it. */
async function until(isSo: () => boolean): Promise<void> {
  for (const end = Date.now() + 20_000; !isSo() && Date.now() < end; ) await sleep(50);
}

test('tells how to reach it and where to drop files, until Ctrl-C ends it cleanly', async () => {
  const { code, out, cloud, opened } = await up(['--port', '4700']);

  expect(code).toBe(0);
  expect(out).toContain('export AWS_ENDPOINT_URL=http://127.0.0.1:4566');
  expect(out).toContain('aws s3 cp <file> s3://in/incoming/orders/');
  expect(opened[0]).toMatchObject({ port: 4700, stateDir, jobsDir: join(cwd, 'jobs') });
  expect(cloud.stopped).toBe(1);
});

test('tells programs the same as one line of JSON, before it waits', async () => {
  const { out } = await up(['--json']);

  expect(JSON.parse(out.split('\n')[0] ?? '')).toEqual({
    endpoint: 'http://127.0.0.1:4566',
    buckets: { input: 'in', output: 'out', state: 'state' },
    environment: { AWS_ENDPOINT_URL: 'http://127.0.0.1:4566', AWS_ACCESS_KEY_ID: 'AKIAEXAMPLE' },
    prefixes: { orders: 's3://in/incoming/orders/' },
  });
});

test('a line tells of each run that starts and ends', async () => {
  const { err } = await up([], async (told) => {
    writeRun(stateDir, { runId: 'orders-a', job: 'orders' });
    await until(() => told().includes('started'));
    writeRun(stateDir, aFailure({ runId: 'orders-a' }));
    await until(() => told().includes('failed'));
  });

  expect(err).toBe('started orders-a\nfailed orders-a after 8.5 s: CODE: the worker exited with 70\n');
});

test('a broken spec is told before anything is started', async () => {
  writeFiles(cwd, { 'broken/a.yaml': 'name: [' });

  expect(await batchwright(['local', 'up', '--jobs', 'broken'], { cwd })).toMatchObject({ code: 2, out: '' });
});

test('a fault plan is read before anything is started, and its mistakes are told with their place', async () => {
  writeFiles(cwd, { 'faults.yaml': 'seed: 1\nrules:\n  - { kind: reset, rate: 2 }\n' });

  const { code, err } = await batchwright(['local', 'up', '--faults', 'faults.yaml'], { cwd });

  expect(code).toBe(2);
  expect(err).toContain('faults.yaml:1:1 rules.0.rate: Too big: expected number to be <=1');
});

test('a fault plan is handed to the cloud', async () => {
  writeFiles(cwd, { 'faults.yaml': 'seed: 7\nrules:\n  - { kind: reset, rate: 0.5, service: s3 }\n' });

  const { opened } = await up(['--faults', 'faults.yaml']);

  expect(opened[0]?.faults).toMatchObject({
    seed: 7,
    rules: [{ kind: 'reset', rate: 0.5, service: 's3', operation: '*', when: 'before' }],
  });
});

test.each([
  ['that does not exist', 'none.yaml', /none.yaml:1:1 cannot be read: ENOENT/],
  ['that is no YAML', 'torn.yaml', /torn.yaml:1:1 /],
])('a fault plan %s is a usage error', async (_, file, message) => {
  writeFiles(cwd, { 'torn.yaml': 'rules: [' });

  const { code, err } = await batchwright(['local', 'up', '--faults', file], { cwd });

  expect(code).toBe(2);
  expect(err).toMatch(message);
});
