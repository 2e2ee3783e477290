import { abortRun } from '../../adapters/aborting';
import { redriveRun } from '../../adapters/redriving';
import type { Marker } from '../../core/contracts';
import {
  configKey,
  decisionKey,
  driveKey,
  manifestKey,
  markerKey,
  markersPrefix,
  reportKey,
  successKey,
  sweepsPrefix,
} from '../../core/keys';
import { assess } from '../../lambda/assess';
import { collect } from '../../lambda/collect';
import { commit } from '../../lambda/commit';
import { intake } from '../../lambda/intake';
import { plan } from '../../lambda/plan';
import { redrive } from '../../lambda/redrive';
import { report } from '../../lambda/report';
import { submit } from '../../lambda/submit';
import { sweep } from '../../lambda/sweep';
import { tenByteLines, workArray } from '../support/fake-worker';
import { aConfig, aSpec } from '../support/records';
import { aWorld, type World } from '../support/world';

const SPEC = { input: { prefix: 'incoming/orders/', format: 'jsonl' }, output: { format: 'jsonl' }, chunk: { bytes: 100 } };
const CONFIG = aConfig(aSpec(SPEC));
const MACHINE = 'arn:aws:states:us-east-1:000000000000:stateMachine:run';
const RUN_END = { execution: 'arn:execution', startedAt: '2026-01-01T00:00:00.000Z' };
const FAILURE = { class: 'CODE', message: 'a fault', hint: 'mend it' } as const;

interface Ref {
  readonly runId: string;
  readonly job: string;
  readonly drive?: number;
}

/** A run of four chunks whose array was submitted; all but `skip` are committed. */
async function aRun(world: World, skip: readonly string[] = []): Promise<Ref> {
  const { key, versionId } = world.drop('incoming/orders/a.jsonl', tenByteLines(35));
  const body = JSON.stringify({ job: 'orders', detail: { bucket: { name: 'input' }, object: { key, 'version-id': versionId, size: 1 } } });
  await intake({ Records: [{ messageId: 'm', body }] }, world.deps);
  const run = { runId: [...world.started.keys()][0] ?? '', job: 'orders' };
  await plan({ ...run, stateMachine: MACHINE }, world.deps);
  await submit({ ...run, round: 0, array: 0, token: 't0' }, world.deps);
  await workArray(world, run.runId, { round: 0, array: 0, skip });
  return run;
}

/** The last steps, as they follow a failure. */
async function fail(world: World, run: Ref): Promise<void> {
  await commit({ ...run, failure: FAILURE }, world.deps);
  await report({ ...run, ...RUN_END }, world.deps);
  world.statuses.set(run.runId, 'FAILED');
}

/** One chunk says that it made a record less than it did. */
function lieInAMarker(world: World, runId: string): void {
  const key = markerKey(runId, '0000001');
  const marker = JSON.parse(world.state.text(key)) as Marker;
  world.state.put(key, JSON.stringify({ ...marker, counts: { ...marker.counts, written: marker.counts.written - 1 } }));
}

const event = { id: 'e1', detail: {} };
const pendingOf = async ({ uploads }: World): Promise<number> => {
  let count = 0;
  for await (const _ of uploads.pending('')) count++;
  return count;
};
const laterBy = (world: World, days: number) => ({
  ...world.deps,
  now: () => new Date(Date.parse('2026-01-01T00:00:00.000Z') + days * 86_400_000),
});

describe('sweep', () => {
  test('a run whose array ended unheard is woken, once', async () => {
    const world = aWorld(CONFIG);
    const run = await aRun(world);
    world.batch.end('job-1');

    const first = await sweep(event, world.deps);
    const second = await sweep(event, world.deps);

    expect(first.findings).toEqual([{ runId: run.runId, did: 'woke', why: expect.stringContaining('array 0 of round 0') }]);
    expect(second.findings).toEqual([]);
    expect([...world.woken.keys()]).toEqual(['t0']);
    expect(world.state.keys(sweepsPrefix)).toHaveLength(1);
    expect(world.notices.join()).toContain(run.runId);
  });

  test('a run that was claimed but never started is started', async () => {
    const world = aWorld(CONFIG);
    const input = { runId: 'orders-1', job: 'orders' };
    await world.open.add({ schema: 'open.v1', execution: 'orders-1', input, at: '2025-12-31T23:00:00.000Z' });

    const { findings } = await sweep(event, world.deps);

    expect(findings).toMatchObject([{ runId: 'orders-1', did: 'started' }]);
    expect(world.started.get('orders-1')).toEqual(input);
  });

  test('an execution that was stopped from outside is closed by one that commits and reports', async () => {
    const world = aWorld(CONFIG);
    const run = await aRun(world);
    world.statuses.set(run.runId, 'ABORTED');

    await sweep(event, world.deps);

    const closing = world.started.get(`${run.runId}_c0`);
    expect(closing).toMatchObject({ runId: run.runId, drive: 0, begin: 'commit', failure: { class: 'CANCELLED' } });
    expect([...world.open.marks.keys()]).toEqual([`${run.runId}_c0`]);
  });

  test('a redrive whose number the collector took is forgotten, and never started', async () => {
    const world = aWorld(CONFIG);
    const run = await aRun(world, ['0000001']);
    await fail(world, run);
    const later = laterBy(world, 4);
    await collect({}, later);
    const input = { ...run, drive: 1, begin: 'redrive' as const };
    await world.open.add({ schema: 'open.v1', execution: `${run.runId}_r1`, input, at: '2026-01-01T00:00:00.000Z' });

    await sweep(event, later);

    expect(JSON.parse(world.state.text(driveKey(run.runId, 1)))).toMatchObject({ kind: 'collect' });
    expect(world.started.has(`${run.runId}_r1`)).toBe(false);
    expect(world.open.marks.size).toBe(0);
  });

  test('a run that is over is forgotten without a word', async () => {
    const world = aWorld(CONFIG);
    const run = await aRun(world);
    await fail(world, run);

    expect((await sweep(event, world.deps)).findings).toEqual([]);

    expect(world.open.marks.size).toBe(0);
    expect(world.state.keys(sweepsPrefix)).toEqual([]);
  });

  test('a blocked queue is told with its reason', async () => {
    const world = aWorld(CONFIG);

    await sweep({ id: 'e', detail: { jobQueue: 'arn:queue', statusReason: 'MISCONFIGURATION:JOB_RESOURCE_REQUIREMENT' } }, world.deps);

    expect(world.notices).toEqual(['a job queue is blocked: arn:queue: MISCONFIGURATION:JOB_RESOURCE_REQUIREMENT']);
  });
});

describe('abort', () => {
  const request = { schema: 'abort.v1', at: '2026-01-01T00:00:00.000Z', reason: 'wrong file' } as const;

  test('ends the jobs, and the run discards and reports ABORTED', async () => {
    const world = aWorld(CONFIG);
    const run = await aRun(world, ['0000003']);

    expect(await abortRun(run.runId, request, world.deps)).toEqual({ outcome: 'asked', drive: 0, terminated: 1 });
    const next = await assess({ ...run, round: 0 }, world.deps);
    await commit({ ...run, ...(next.next === 'stop' && { failure: next.failure }) }, world.deps);

    expect(next).toMatchObject({ next: 'stop', failure: { class: 'CANCELLED', message: 'aborted: wrong file' } });
    expect(await report({ ...run, ...RUN_END }, world.deps)).toEqual({ status: 'ABORTED' });
    expect(world.output.keys()).toEqual([]);
    expect(await pendingOf(world)).toBe(0);
  });

  test('an array that was being submitted meanwhile is ended by its submitter', async () => {
    const world = aWorld(CONFIG);
    const run = await aRun(world, ['0000003']);
    await world.batch.terminate('job-1');
    const { round } = (await assess({ ...run, round: 0 }, world.deps)) as { round: { round: number } };
    const submitted = world.batch.submit.bind(world.batch);
    world.batch.submit = async (order) => {
      await abortRun(run.runId, request, world.deps);
      return submitted(order);
    };

    await submit({ ...run, round: round.round, array: 0, token: 't1' }, world.deps);

    expect(await world.batch.status('job-2')).toBe('FAILED');
  });

  test('nothing is submitted after it', async () => {
    const world = aWorld(CONFIG);
    const run = await aRun(world);
    await abortRun(run.runId, request, world.deps);

    await submit({ ...run, round: 1, array: 0, token: 't1' }, world.deps);

    expect(world.batch.orders).toHaveLength(1);
    expect(world.woken.has('t1')).toBe(true);
  });

  test('comes too late for a run that was published', async () => {
    const world = aWorld(CONFIG);
    const run = await aRun(world);
    await commit(run, world.deps);

    expect(await abortRun(run.runId, request, world.deps)).toEqual({ outcome: 'too late', decision: 'publish' });
  });
});

describe('redrive', () => {
  test('does only what is not committed, under the config of now, and publishes the whole', async () => {
    const world = aWorld(CONFIG);
    const run = await aRun(world, ['0000001']);
    await fail(world, run);
    world.state.put(configKey('orders'), JSON.stringify({ ...CONFIG, worker: { ...CONFIG.worker, jobDefinition: 'orders:2' } }));

    const { drive, execution } = await redriveRun(run.runId, world.deps);
    const ref = { ...run, drive };
    const round = await redrive(ref, world.deps);
    await submit({ ...ref, round: round.round, array: 0, token: 't1' }, world.deps);
    await workArray(world, run.runId, { round: round.round, array: 0 });
    expect(await assess({ ...ref, round: round.round }, world.deps)).toEqual({ next: 'commit' });
    expect(await commit(ref, world.deps)).toEqual({ published: true });
    await report({ ...ref, ...RUN_END }, world.deps);

    expect(execution).toBe(`${run.runId}_r1`);
    expect(world.started.get(execution)).toEqual({ ...run, drive: 1, begin: 'redrive' });
    expect(world.batch.orders.map(({ tasks, jobDefinition }) => ({ tasks, jobDefinition }))).toEqual([
      { tasks: 4, jobDefinition: CONFIG.worker.jobDefinition },
      { tasks: 1, jobDefinition: 'orders:2' },
    ]);
    const parts = world.output.keys().filter((key) => key.includes('/part-'));
    expect(parts.map((key) => world.output.text(key)).join('')).toBe(tenByteLines(35));
    expect(JSON.parse(world.state.text(reportKey(run.runId, 1)))).toMatchObject({
      status: 'SUCCEEDED',
      pins: { jobDefinition: 'orders:2' },
      drives: [{ drive: 1, pins: { jobDefinition: 'orders:2' } }],
    });
    expect(JSON.parse(world.output.text(manifestKey('orders', run.runId)))).toMatchObject({ rows: 35 });
  });

  test('where all is committed it goes straight to the commit', async () => {
    const world = aWorld(CONFIG);
    const run = await aRun(world);
    await fail(world, run);

    const { drive } = await redriveRun(run.runId, world.deps);
    const round = await redrive({ ...run, drive }, world.deps);

    expect(round.arrays).toEqual([]);
    expect(await assess({ ...run, drive, round: round.round }, world.deps)).toEqual({ next: 'commit' });
    expect(await commit({ ...run, drive }, world.deps)).toEqual({ published: true });
  });

  test.each([
    ['is under way', async () => undefined, /has not ended yet/],
    ['is being published', async (world: World, run: Ref) => void (await commit(run, world.deps)), /is being published: wait/],
    [
      'was published',
      async (world: World, run: Ref) => {
        await commit(run, world.deps);
        await report({ ...run, ...RUN_END }, world.deps);
      },
      /was published, so nothing of it is open/,
    ],
    [
      'was aborted',
      async (world: World, run: Ref) => {
        await abortRun(run.runId, { schema: 'abort.v1', at: '2026-01-01T00:00:00.000Z', reason: 'wrong file' }, world.deps);
        await commit(run, world.deps);
        await report({ ...run, ...RUN_END }, world.deps);
      },
      /was aborted, and its uploads with it: run its files again with --again/,
    ],
    [
      'has books that do not balance',
      async (world: World, run: Ref) => {
        lieInAMarker(world, run.runId);
        expect(await commit(run, world.deps)).toEqual({ published: false });
        expect(await pendingOf(world)).toBe(0);
        await report({ ...run, ...RUN_END }, world.deps);
      },
      /committed chunks that do not add up/,
    ],
    [
      'was collected',
      async (world: World, run: Ref) => {
        await fail(world, run);
        await collect({}, laterBy(world, 10));
      },
      /were collected/,
    ],
    [
      'has another output now',
      async (world: World, run: Ref) => {
        await fail(world, run);
        world.state.put(configKey('orders'), JSON.stringify(aConfig(aSpec({ ...SPEC, output: { format: 'csv' } }))));
      },
      /output.format was changed/,
    ],
    [
      'is being redriven',
      async (world: World, run: Ref) => {
        await fail(world, run);
        await redriveRun(run.runId, world.deps);
      },
      /has not ended yet/,
    ],
  ])('is refused by name for a run that %s', async (_name, prepare, message) => {
    const world = aWorld(CONFIG);
    const run = await aRun(world);
    await prepare(world, run);

    await expect(redriveRun(run.runId, world.deps)).rejects.toThrow(message);
  });

  test('uploads that are gone stop it before anything is done', async () => {
    const world = aWorld(CONFIG);
    const run = await aRun(world, ['0000001']);
    await fail(world, run);
    const { drive } = await redriveRun(run.runId, world.deps);
    for await (const upload of world.uploads.pending('')) await world.uploads.abort(upload);

    await expect(redrive({ ...run, drive }, world.deps)).rejects.toThrow('the uploads of 3 committed chunks are gone');
  });
});

describe('collect', () => {
  test('a failed run keeps the uploads of its committed chunks until it can no longer be redriven', async () => {
    const world = aWorld(CONFIG);
    const run = await aRun(world, ['0000003']);
    await fail(world, run);

    expect(await pendingOf(world)).toBe(3);
    expect(await collect({}, laterBy(world, 1))).toMatchObject({ uploads: 0 });
    expect(await collect({}, laterBy(world, 4))).toMatchObject({ uploads: 3 });
    expect(await pendingOf(world)).toBe(0);
    expect(JSON.parse(world.state.text(driveKey(run.runId, 1)))).toMatchObject({ kind: 'collect' });
    expect(world.output.keys()).toEqual([]);
  });

  test('a run under way is not touched, however old', async () => {
    const world = aWorld(CONFIG);
    await aRun(world);

    expect(await collect({}, laterBy(world, 100))).toMatchObject({ uploads: 0 });
    expect(await pendingOf(world)).toBe(4);
  });

  test('a redrive that began is not touched, and one that begins at the same moment goes first or not at all', async () => {
    const world = aWorld(CONFIG);
    const run = await aRun(world, ['0000003']);
    await fail(world, run);
    await redriveRun(run.runId, laterBy(world, 4));

    expect(await collect({}, laterBy(world, 10))).toMatchObject({ uploads: 0 });
    expect(await pendingOf(world)).toBe(3);
  });

  test('old revisions that no open run has pinned are deregistered', async () => {
    const world = aWorld(CONFIG);
    await aRun(world);
    const name = 'orders';
    world.revisions.push(...Array.from({ length: 12 }, (_, i) => ({ arn: `${name}:${i + 1}`, name, revision: i + 1 })));
    world.revisions.push({ arn: CONFIG.worker.jobDefinition, name, revision: 0 });

    expect(await collect({}, world.deps)).toMatchObject({ revisions: 2 });
    expect(world.revisions.map(({ arn }) => arn)).not.toContain('orders:1');
    expect(world.revisions.map(({ arn }) => arn)).toContain(CONFIG.worker.jobDefinition);
  });
});

test('nothing of a run that failed is visible, before and after its redrive is collected', async () => {
  const world = aWorld(CONFIG);
  const run = await aRun(world, ['0000003']);
  await fail(world, run);

  expect(world.output.keys()).not.toContain(successKey('orders', run.runId));
  expect(world.state.keys(markersPrefix(run.runId))).toHaveLength(3);
  expect(JSON.parse(world.state.text(decisionKey(run.runId)))).toMatchObject({ decision: 'discard' });
});
