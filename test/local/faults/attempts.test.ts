import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { canMount } from '../../../local/batch/disks';
import { disturbances } from '../../../local/faults';
import { attemptFaults } from '../../../local/faults/attempts';
import { Faults, readHits } from '../../../local/faults/faults';
import { appIdOf, Moments } from '../../../local/faults/moments';
import { FaultPlan, type FaultPlanInput } from '../../../local/faults/plan';
import { aCloud, anImage, aStateDir, type Cloud, type Image } from '../batch/cloud';

let cloud: Cloud;
let image: Image;
let world: Server;
let calls: string[];
let moments: Moments;
let state: ReturnType<typeof aStateDir>;

/** What the programs call: it counts, and springs traps as the gateway does. */
beforeEach(async () => {
  calls = [];
  state = aStateDir();
  moments = new Moments();
  world = createServer((http, response) => {
    const trap = moments.sprung(appIdOf(String(http.headers['user-agent'])), 'Call');
    if (trap?.when !== 'before') calls.push(http.url ?? '');
    trap?.act();
    if (trap?.cuts) http.socket.destroy();
    else response.end();
  });
  await new Promise<void>((resolve) => world.listen(0, '127.0.0.1', resolve));
});

afterEach(async () => {
  await cloud.close();
  image.remove();
  state.remove();
  world.closeAllConnections();
  await new Promise((resolve) => world.close(resolve));
});

/** Calls three times, each call again until it is answered, and says who calls. */
const CALLS_THRICE = `
const headers = { 'user-agent': 'aws-sdk-js/3 app/' + process.env.AWS_SDK_UA_APP_ID };
const call = (path) => fetch('http://127.0.0.1:' + process.env.WORLD + path, { headers }).then((answer) => answer.text()).catch(() => call(path));
(async () => { for (const n of [1, 2, 3]) await call('/' + process.env.AWS_BATCH_JOB_ATTEMPT + '/' + n); })();`;

const RETRY_ALWAYS = { attempts: 2, evaluateOnExit: [{ action: 'RETRY' as const, onReason: '*' }] };

/** A job of one program that meets these faults, when it has ended. */
async function ended(main: string, ...rules: FaultPlanInput['rules']) {
  image = anImage({ main });
  const faults = new Faults(FaultPlan.parse({ seed: 1, rules }), state.folder);
  cloud = await aCloud(image, { options: { faults: attemptFaults(faults, moments) } });
  const { port } = world.address() as AddressInfo;
  const jobId = await cloud.submit({
    jobName: 'faulty',
    retryStrategy: RETRY_ALWAYS,
    containerOverrides: { environment: [{ name: 'WORLD', value: String(port) }] },
  });
  return cloud.reaches(jobId, 'SUCCEEDED');
}

test('a reclaimed task is asked to end, says what Fargate says, and is tried again', async () => {
  const job = await ended(CALLS_THRICE, { kind: 'task-reclaim', nth: [1], calls: [2, 2] });

  expect(job.attempts).toMatchObject([
    { statusReason: 'Your Spot Task was interrupted.', container: { exitCode: 143 } },
    { container: { exitCode: 0 } },
  ]);
});

test('capacity may also be reclaimed after a time', async () => {
  const slow = `if (process.env.AWS_BATCH_JOB_ATTEMPT === '1') setInterval(() => {}, 1000); ${CALLS_THRICE}`;

  const job = await ended(slow, { kind: 'task-reclaim', nth: [1], afterMs: [300, 400] });

  expect(job.attempts).toMatchObject([{ statusReason: 'Your Spot Task was interrupted.' }, { container: { exitCode: 0 } }]);
});

test('a task that ends before its time does not notice', async () => {
  const job = await ended(CALLS_THRICE, { kind: 'task-reclaim', nth: [1], afterMs: [60_000, 60_000] });

  expect(job.attempts).toMatchObject([{ container: { exitCode: 0 } }]);
});

test('a task that does not end when it is asked to is killed after its grace', async () => {
  const deaf = `process.on('SIGTERM', () => {}); if (process.env.AWS_BATCH_JOB_ATTEMPT === '1') setInterval(() => {}, 1000); ${CALLS_THRICE}`;

  const job = await ended(deaf, { kind: 'task-reclaim', nth: [1], graceSeconds: 0.2 });

  expect(job.attempts?.[0]).toMatchObject({ statusReason: 'Your Spot Task was interrupted.', container: { exitCode: 137 } });
});

test.each([
  ['before', ['/1/1']],
  ['after', ['/1/1', '/1/2']],
] as const)('a task killed %s its second call does nothing more', async (when, first) => {
  const job = await ended(CALLS_THRICE, { kind: 'task-kill', nth: [1], calls: [2, 2], when });

  expect(job.attempts?.[0]).toMatchObject({ statusReason: 'Essential container in task exited', container: { exitCode: 137 } });
  expect(calls).toEqual([...first, '/2/1', '/2/2', '/2/3']);
});

test('a zombie goes on when the attempt that replaced it has done the work', async () => {
  const job = await ended(CALLS_THRICE, { kind: 'task-zombie', nth: [1], calls: [2, 2], when: 'after', ms: 600_000 });

  expect(job.attempts?.[0]?.statusReason).toMatch(/^Host EC2/);
  for (let waited = 0; calls.at(-1) !== '/1/3' && waited < 10_000; waited += 20) await new Promise((resolve) => setTimeout(resolve, 20));
  expect(calls).toEqual(['/1/1', '/1/2', '/2/1', '/2/2', '/2/3', '/1/2', '/1/3']);
});

test('a task above a lowered memory limit is killed as out of memory, with the exit code that the plan says', async () => {
  const job = await ended('setTimeout(() => {}, 1500)', { kind: 'task-memory', nth: [1], mib: 10, exitCode: 2 });

  expect(job.attempts?.[0]?.container).toMatchObject({ reason: expect.stringMatching(/^OutOfMemory/), exitCode: 2 });
});

test.each([
  'ResourceInitializationError: unable to pull secrets or registry auth',
  'CannotPullContainerError: pull image manifest has been retried 5 time(s)',
])('a task that does not start: %s', async (reason) => {
  const job = await ended('', { kind: 'task-start-failure', nth: [1], reason });

  expect(job.attempts?.[0]).toMatchObject({ statusReason: reason, container: { reason } });
  expect(job.attempts?.[0]?.container?.exitCode).toBeUndefined();
});

const onRoot = canMount() ? test : test.skip;

onRoot('a task whose disk is full is told so by its system', async () => {
  const fills = `
    const fs = require('node:fs');
    try { fs.writeFileSync(process.env.TMPDIR + '/big', Buffer.alloc(1024 * 1024)); } catch (e) { process.exit(e.code === 'ENOSPC' ? 75 : 1); }`;

  const job = await ended(fills, { kind: 'task-disk-full', nth: [1], kib: 64 });

  expect(job.attempts).toMatchObject([{ container: { exitCode: 75 } }, { container: { exitCode: 0 } }]);
});

test('what strikes is told by the name of the job and its queue', async () => {
  await ended(CALLS_THRICE, { name: 'mine', kind: 'task-kill', nth: [1], target: 'faulty', caller: '*Queue*' });

  expect(readHits(state.folder).at(-1)).toMatchObject({ rule: 'mine', service: 'batch', operation: 'Attempt', target: 'faulty' });
});

test('a plan with small disks is refused where nobody can mount them', async () => {
  await ended('');
  const uid = jest.spyOn(process, 'getuid').mockReturnValue(1000);

  expect(() => disturbances(FaultPlan.parse({ seed: 1, rules: [{ kind: 'task-disk-full', nth: [1] }] }), state.folder)).toThrow(
    'only root on Linux',
  );
  uid.mockRestore();
});
