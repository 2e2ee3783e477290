import { type ProcessRun, type RunningWorker, WorkerSite } from './a-process';

/** A worker must be gone 20 s after SIGTERM, since the platform kills it at 30. */
jest.setTimeout(60_000);
const GONE_WITHIN_MS = 25_000;

const FILE = `id,name\n${Array.from({ length: 400 }, (_, i) => `${i},name ${i}\n`).join('')}`;
const ORDER: ProcessRun = {
  spec: { input: { prefix: 'incoming/', format: 'csv' }, process: { sql: 'SELECT * FROM input' }, output: { format: 'jsonl' } },
  file: FILE,
  header: ['id', 'name'],
  chunkBytes: 2000,
};

let site: WorkerSite;
beforeAll(async () => {
  site = await WorkerSite.open();
});
afterAll(() => site.close());
beforeEach(() => site.s3.hold(() => undefined));

/** Ends the worker as the platform does; answers its exit code. */
async function terminated(worker: RunningWorker): Promise<number | null> {
  worker.terminate();
  const late = new Promise<never>((_, reject) => setTimeout(() => reject(new Error('the worker did not end')), GONE_WITHIN_MS).unref());
  return Promise.race([worker.ended, late]);
}

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

test('during a fetch: the read is given up, and nothing is left behind', async () => {
  let held = 0;
  site.s3.hold(({ url = '', method }) => {
    if (method !== 'GET' || !url.startsWith('/input/')) return undefined;
    held += 1;
    return held < 3 ? undefined : new Promise(() => undefined);
  });
  const { runId, start } = await site.prepare(ORDER);
  const worker = start();
  await worker.until(async () => held >= 3 && (await site.markers(runId)).length > 0);

  expect(await terminated(worker)).toBe(143);

  expect(worker.events).toContain('stopping');
  expect((await site.markers(runId)).length).toBeGreaterThan(0);
  expect(await site.forgotten(runId)).toEqual([]);
  expect(await site.complaints(runId)).toEqual([]);
});

test('during an upload: what arrives in time is committed, the rest is taken back', async () => {
  let uploads = 0;
  site.s3.hold(({ url = '', method }) => {
    if (method !== 'PUT' || !url.includes('partNumber')) return undefined;
    uploads += 1;
    return uploads === 2 ? new Promise(() => undefined) : undefined;
  });
  const { runId, start } = await site.prepare(ORDER);
  const worker = start();
  await worker.until(() => uploads === 2);

  expect(await terminated(worker)).toBe(143);

  expect(await site.markers(runId)).toHaveLength(1);
  expect(await site.forgotten(runId)).toEqual([]);
  expect(await site.complaints(runId)).toEqual([]);
});

const STUBBORN = `#!/bin/sh
trap '' TERM
sh -c 'trap "" TERM; echo $$ > grandchild.pid; while :; do sleep 1; done' &
echo $$ > child.pid
while :; do sleep 1; done
`;
const PATIENT = `
import { writeFileSync } from 'node:fs';
export default { async process() { writeFileSync('jobs/begun', ''); await new Promise((done) => setTimeout(done, 1e6)); return null; } };
`;
const BUSY = `
import { writeFileSync } from 'node:fs';
export default { process(record) { writeFileSync('jobs/begun', ''); const end = Date.now() + 20; while (Date.now() < end); return record; } };
`;

test.each<[string, Partial<ProcessRun>, string]>([
  [
    'a query',
    { spec: { ...ORDER.spec, process: { sql: 'SELECT id, (SELECT sum(range * id::BIGINT) FROM range(1000000000000)) AS s FROM input' } } },
    '',
  ],
  [
    'a function that waits',
    { spec: { ...ORDER.spec, process: { module: 'processors/slow.js' } }, jobs: { 'processors/slow.js': PATIENT } },
    'begun',
  ],
  [
    'a function that computes',
    { spec: { ...ORDER.spec, process: { module: 'processors/slow.js' } }, jobs: { 'processors/slow.js': BUSY } },
    'begun',
  ],
  [
    'a program that ignores SIGTERM, with a child that does so too',
    { spec: { ...ORDER.spec, process: { command: ['./stubborn.sh'] } }, jobs: { 'stubborn.sh': STUBBORN } },
    'grandchild.pid',
  ],
])('while %s is at work: the chunk is given up and the worker is gone', async (_name, change, begun) => {
  const { runId, start } = await site.prepare({ ...ORDER, ...change });
  const worker = start();
  await worker.until(() => (begun === '' ? worker.events.includes('task started') : worker.left(begun) !== undefined));
  if (begun === '') await new Promise((done) => setTimeout(done, 1500));

  expect(await terminated(worker)).toBe(143);

  expect(await site.markers(runId)).toEqual([]);
  expect(await site.forgotten(runId)).toEqual([]);
  expect(await site.complaints(runId)).toEqual([]);
  const child = worker.left('child.pid');
  if (child !== undefined) expect(isAlive(Number(child))).toBe(false);
});

test('a chunk that is nearly done is finished', async () => {
  const slow = `
import { writeFileSync } from 'node:fs';
let count = 0;
export default { async process(record) {
  count += 1;
  if (record.id === '200') writeFileSync('jobs/begun', '');
  await new Promise((done) => setTimeout(done, 10));
  return record;
} };
`;
  const order = { ...ORDER, spec: { ...ORDER.spec, process: { module: 'processors/slow.js' } }, jobs: { 'processors/slow.js': slow } };
  const { runId, start } = await site.prepare(order);
  const worker = start();
  await worker.until(() => worker.left('begun') !== undefined);
  const before = (await site.markers(runId)).length;

  expect(await terminated(worker)).toBe(143);

  const markers = await site.markers(runId);
  expect(markers.length).toBeGreaterThan(before);
  expect(markers.reduce((sum, { counts }) => sum + counts.read, 0)).toBeGreaterThan(200);
  expect(markers.reduce((sum, { counts }) => sum + counts.read, 0)).toBeLessThan(400);
  expect(await site.forgotten(runId)).toEqual([]);
});

test('a worker whose attempt has little time left stops by itself, and says so by 75', async () => {
  const slow = `export default { async process(record) { await new Promise((done) => setTimeout(done, 10)); return record; } };`;
  const spec = { ...ORDER.spec, process: { module: 'processors/slow.js' } };
  const environment = { BATCHWRIGHT_ATTEMPT_SECONDS: '5' };
  const { runId, start } = await site.prepare({ ...ORDER, spec, jobs: { 'processors/slow.js': slow }, environment });

  const first = start();
  expect(await first.ended).toBe(75);

  expect(first.events).toContain('out of time');
  const done = (await site.markers(runId)).length;
  expect(done).toBeGreaterThan(0);
  expect(await site.complaints(runId)).toEqual([]);
});
