import { DamagedUploadError } from '../../adapters/errors';
import { redriveRun } from '../../adapters/redriving';
import { BrokenDecisionError } from '../../core/commit/frozen-work';
import { Decision, Fence, type Round } from '../../core/contracts';
import {
  chunksKey,
  decisionKey,
  fenceKey,
  manifestKey,
  reportKey,
  roundKey,
  roundsPrefix,
  successKey,
  tasksIndexKey,
} from '../../core/keys';
import { assess } from '../../lambda/assess';
import { collect } from '../../lambda/collect';
import { commit } from '../../lambda/commit';
import { intake } from '../../lambda/intake';
import { plan } from '../../lambda/plan';
import { redrive } from '../../lambda/redrive';
import { report } from '../../lambda/report';
import type { Deps } from '../../lambda/runtime';
import { submit } from '../../lambda/submit';
import { sweep } from '../../lambda/sweep';
import { tenByteLines, workArray } from '../support/fake-worker';
import { aConfig, aSpec } from '../support/records';
import { aWorld, contentsOf, type World } from '../support/world';

/** Steps that were held for lost and go on beside their successors, and outages that outlast every retry. */

const CONFIG = aConfig(
  aSpec({ input: { prefix: 'incoming/orders/', format: 'jsonl' }, output: { format: 'jsonl' }, chunk: { bytes: 100 } }),
);
const TEXT = tenByteLines(35);
const END = { execution: 'arn:execution', startedAt: '2026-01-01T00:00:00.000Z' };
const FAILURE = { class: 'CODE', message: 'a fault', hint: 'correct it' } as const;

interface Ref {
  readonly runId: string;
  readonly job: string;
}

/** Worked by one array; all but `skip` of its four chunks are committed. */
async function aWorkedRun(world: World, skip: readonly string[] = []): Promise<Ref> {
  const { key, versionId } = world.drop('incoming/orders/a.jsonl', TEXT);
  const body = JSON.stringify({ job: 'orders', detail: { bucket: { name: 'input' }, object: { key, 'version-id': versionId, size: 1 } } });
  await intake({ Records: [{ messageId: 'm', body }] }, world.deps);
  const run = { runId: [...world.started.keys()][0] ?? '', job: 'orders' };
  await plan({ ...run, stateMachine: 'arn:machine' }, world.deps);
  await submit({ ...run, round: 0, array: 0, token: 't0' }, world.deps);
  await workArray(world, run.runId, { round: 0, array: 0, skip });
  return run;
}

const outage = () => Promise.reject(Object.assign(new Error('reduce your request rate'), { name: 'SlowDown' }));

/** An output bucket that completes only so many uploads. */
function completingOnly(world: World, count: number): Deps {
  let left = count;
  const complete: Deps['uploads']['complete'] = (upload) => (left-- > 0 ? world.uploads.complete(upload) : outage());
  return { ...world.deps, uploads: Object.assign(Object.create(world.uploads), { complete }) };
}

const visible = (world: World): string =>
  world.output
    .keys('orders/')
    .filter((key) => key.includes('/part-'))
    .map((key) => world.output.text(key))
    .join('');

/** A round that replaces a committed chunk, as a step of an older view of the run writes it. */
function replaceChunk(world: World, { runId }: Ref, chunk: string): void {
  const lines = world.state.text(chunksKey(runId, 0)).split('\n');
  const { ranges } = JSON.parse(lines.find((line) => line.includes(`"${chunk}"`)) ?? '');
  const lists = { chunks: chunksKey(runId, 1, 'late'), tasks: tasksIndexKey(runId, 1, 'late') };
  world.state.put(lists.chunks, `${JSON.stringify({ id: `${chunk}.0`, ranges, replaces: chunk })}\n`);
  world.state.put(lists.tasks, '');
  const round: Round = { schema: 'round.v1', round: 1, lists, arrays: [], chunks: 1, tasks: 0 };
  world.state.put(roundKey(runId, 1), JSON.stringify(round));
}

describe('the decision', () => {
  test('is rolled forward as it was made, whatever a late Assess writes after it', async () => {
    const world = aWorld(CONFIG);
    const run = await aWorkedRun(world);
    await expect(commit(run, completingOnly(world, 1))).rejects.toThrow('reduce your request rate');
    replaceChunk(world, run, '0000001');

    expect(await commit(run, world.deps)).toEqual({ published: true });

    const manifest = JSON.parse(world.output.text(manifestKey('orders', run.runId)));
    expect([manifest.rows, manifest.parts.length]).toEqual([35, 4]);
    expect(visible(world)).toBe(TEXT);
  });

  test('is found by Assess before it writes, and between its reading and its writing', async () => {
    const world = aWorld(CONFIG);
    const run = await aWorkedRun(world, ['0000001']);
    world.batch.end('job-1', [{ index: 1, exitCode: 137 }]);
    const createOnce: Deps['state']['createOnce'] = async (key, body) => {
      // The lists are written: the last moment before the round itself.
      if (key.endsWith('.tasks.idx')) await commit({ ...run, failure: FAILURE }, world.deps);
      return world.state.createOnce(key, body);
    };
    const state = Object.assign(Object.create(world.state), { createOnce });

    expect(await assess({ ...run, round: 0 }, { ...world.deps, state })).toEqual({ next: 'commit' });
    expect(await assess({ ...run, round: 0 }, world.deps)).toEqual({ next: 'commit' });

    expect(world.state.keys(roundKey(run.runId, 1))).toEqual([]);
  });

  test('is found by Plan and Submit, which then begin nothing', async () => {
    const world = aWorld(CONFIG);
    const run = await aWorkedRun(world);
    await commit({ ...run, failure: FAILURE }, world.deps);
    const before = contentsOf(world.state);

    expect(await plan({ ...run, stateMachine: 'arn:machine' }, world.deps)).toEqual({ next: 'commit' });
    expect(await submit({ ...run, round: 0, array: 0, token: 't1' }, world.deps)).toEqual({});

    expect(contentsOf(world.state)).toEqual(before);
    expect(world.batch.orders).toHaveLength(1);
  });

  test('whose list is another than it names publishes nothing, by name', async () => {
    const world = aWorld(CONFIG);
    const run = await aWorkedRun(world);
    await expect(commit(run, completingOnly(world, 0))).rejects.toThrow();
    const decision = Decision.parse(JSON.parse(world.state.text(decisionKey(run.runId))));
    world.state.put(decisionKey(run.runId), JSON.stringify({ ...decision, frozen: { ...decision.frozen, sha256: 'other' } }));

    await expect(commit(run, world.deps)).rejects.toThrow(BrokenDecisionError);

    expect(world.output.keys()).toEqual([]);
  });
});

describe('an outage that outlasts the retries of Commit', () => {
  test('leaves the run publishing: no report, its uploads kept, and any later call publishes all of it', async () => {
    const world = aWorld(CONFIG);
    const run = await aWorkedRun(world);
    await expect(commit(run, completingOnly(world, 2))).rejects.toThrow('reduce your request rate');

    const answer = await report({ ...run, ...END, commitError: { Error: 'SlowDown', Cause: 'x' } }, world.deps);
    await collect({}, { ...world.deps, now: () => new Date('2026-02-01T00:00:00.000Z') });

    expect(answer).toEqual({ status: 'PUBLISHING', retry: true, tries: 1, waitSeconds: 15 });
    expect(world.state.keys(reportKey(run.runId))).toEqual([]);
    expect(await commit({ ...run, failure: FAILURE }, world.deps)).toEqual({ published: true });
    expect(visible(world)).toBe(TEXT);
    expect(await report({ ...run, ...END }, world.deps)).toEqual({ status: 'SUCCEEDED' });
  });

  test('is waited for ever longer, people are told, and after days the execution leaves it to the sweep', async () => {
    const world = aWorld(CONFIG);
    const run = await aWorkedRun(world);
    await expect(commit(run, completingOnly(world, 0))).rejects.toThrow();

    const answers = [];
    for (const tries of [0, 3, 10, 99, 100]) answers.push(await report({ ...run, ...END, tries }, world.deps));

    expect(answers.map((answer) => ('waitSeconds' in answer ? answer.waitSeconds : undefined))).toEqual([15, 120, 1800, 1800, undefined]);
    expect(answers.at(-1)).toEqual({ status: 'PUBLISHING', retry: false });
    expect(world.notices).toEqual([expect.stringContaining('orders: PUBLISHING')]);
  });

  test('before the decision is given up after a while: the run is discarded, and can be redriven', async () => {
    const world = aWorld(CONFIG);
    const run = await aWorkedRun(world);
    const commitError = { Error: 'SlowDown', Cause: JSON.stringify({ errorMessage: 'reduce your request rate' }) };

    expect(await report({ ...run, ...END, commitError }, world.deps)).toMatchObject({ status: 'UNDECIDED', retry: true, tries: 1 });
    expect(await commit({ ...run, tries: 8, commitError }, world.deps)).toEqual({ published: false });
    expect(await report({ ...run, ...END }, world.deps)).toEqual({ status: 'FAILED' });

    const { drive } = await redriveRun(run.runId, world.deps);
    const { arrays, round } = await redrive({ ...run, drive }, world.deps);
    expect(arrays).toEqual([]);
    expect(await assess({ ...run, drive, round }, world.deps)).toEqual({ next: 'commit' });
    expect(await commit({ ...run, drive }, world.deps)).toEqual({ published: true });
    expect(visible(world)).toBe(TEXT);
  });
});

describe('a delivery', () => {
  /** A committer that reads one part as damaged. */
  const misreading = (world: World): Deps => {
    const head: Deps['output']['head'] = async (key, version) => {
      const found = await world.output.head(key, version);
      return found && key.includes('0000001') ? { ...found, bytes: found.bytes + 1 } : found;
    };
    return { ...world.deps, output: Object.assign(Object.create(world.output), { head }) };
  };

  test('that one process has concluded is not taken back by another that reads it wrongly', async () => {
    const world = aWorld(CONFIG);
    const run = await aWorkedRun(world);
    const late = misreading(world);
    const createOnce: Deps['state']['createOnce'] = async (key, body) => {
      if (key.endsWith('delivery.json')) await commit(run, world.deps);
      return world.state.createOnce(key, body);
    };
    const state = Object.assign(Object.create(world.state), { createOnce });

    expect(await commit(run, { ...late, state })).toEqual({ published: true });

    expect(world.output.keys(successKey('orders', run.runId))).toHaveLength(1);
    expect(visible(world)).toBe(TEXT);
  });

  test('that failed leaves nothing visible, not even of a process that dies as it completes a part later', async () => {
    const world = aWorld(CONFIG);
    const run = await aWorkedRun(world);
    const resumed: (() => Promise<void>)[] = [];
    // Its last requests arrive late, and nobody hears their answers.
    const complete: Deps['uploads']['complete'] = (upload) => new Promise(() => resumed.push(() => world.uploads.complete(upload)));
    void commit(run, { ...world.deps, uploads: Object.assign(Object.create(world.uploads), { complete }) });
    while (resumed.length < 4) await new Promise(setImmediate);
    const damaged: Deps['uploads']['complete'] = async (upload) => {
      if (upload.key.includes('0000002')) throw new DamagedUploadError(upload.key, 'InvalidPart');
      await world.uploads.complete(upload);
    };
    // Between the removal of the parts and the end of this call.
    async function* pending(prefix: string) {
      for (const resume of resumed) await resume().catch(() => undefined);
      yield* world.uploads.pending(prefix);
    }
    const uploads: Deps['uploads'] = Object.assign(Object.create(world.uploads), { complete: damaged, pending });

    expect(await commit(run, { ...world.deps, uploads })).toEqual({ published: false });

    expect(world.output.keys()).toEqual([]);
  });
});

describe('a late Commit of an earlier drive', () => {
  async function aRedrive(world: World) {
    const run = await aWorkedRun(world, ['0000001']);
    await commit({ ...run, failure: FAILURE }, world.deps);
    await report({ ...run, ...END }, world.deps);
    const { drive } = await redriveRun(run.runId, world.deps);
    const { round } = await redrive({ ...run, drive }, world.deps);
    await submit({ ...run, drive, round, array: 0, token: 't1' }, world.deps);
    return { run, drive, round };
  }

  test('neither aborts the uploads of the redrive nor ends its jobs', async () => {
    const world = aWorld(CONFIG);
    const { run, drive, round } = await aRedrive(world);
    await workArray(world, run.runId, { round, array: 0 });

    await commit({ ...run, failure: FAILURE }, world.deps);

    expect(await world.batch.status('job-2')).toBe('RUNNING');
    expect(await commit({ ...run, drive }, world.deps)).toEqual({ published: true });
    expect(visible(world)).toBe(TEXT);
  });

  test('a late Assess of an earlier drive gives the redrive no round of its own', async () => {
    const world = aWorld(CONFIG);
    const run = await aWorkedRun(world, ['0000001']);
    await commit({ ...run, failure: FAILURE }, world.deps);
    await report({ ...run, ...END }, world.deps);
    const { drive } = await redriveRun(run.runId, world.deps);
    replaceChunk(world, run, '0000002');

    const { round, arrays } = await redrive({ ...run, drive }, world.deps);
    await submit({ ...run, drive, round, array: 0, token: 't1' }, world.deps);
    await workArray(world, run.runId, { round, array: 0 });

    expect([round, arrays.length]).toEqual([2, 1]);
    expect(await assess({ ...run, drive, round }, world.deps)).toEqual({ next: 'commit' });
    expect(await commit({ ...run, drive }, world.deps)).toEqual({ published: true });
    expect(visible(world)).toBe(TEXT);
  });
});

describe('no job outlives its run', () => {
  test('Commit ends the jobs of its drive, also one whose submitter died before it could name it', async () => {
    const world = aWorld(CONFIG);
    const run = await aWorkedRun(world, ['0000001']);
    const key = fenceKey(run.runId, 0, 0);
    const fence = Fence.parse(JSON.parse(world.state.text(key)));
    const jobName = `${run.runId}-r0-a1`;
    world.state.put(fenceKey(run.runId, 0, 1), JSON.stringify({ ...fence, array: { ...fence.array, array: 1 }, jobName }));
    await world.batch.submit({ ...world.batch.orders[0]!, name: jobName });

    await commit({ ...run, failure: FAILURE }, world.deps);

    expect([await world.batch.status('job-1'), await world.batch.status('job-2')]).toEqual(['FAILED', 'FAILED']);
  });

  test('Batch away for longer than Commit tries leaves jobs to the sweep, which keeps the mark until they are ended', async () => {
    const world = aWorld(CONFIG);
    const run = await aWorkedRun(world, ['0000001']);
    const terminate = world.batch.terminate.bind(world.batch);
    world.batch.terminate = () => Promise.reject(new Error('Batch is away'));
    await expect(commit({ ...run, failure: FAILURE }, world.deps)).rejects.toThrow('Batch is away');
    await report({ ...run, ...END }, world.deps);
    world.statuses.set(run.runId, 'FAILED');

    await expect(sweep({ id: 'e1', detail: {} }, world.deps)).rejects.toThrow('Batch is away');
    expect([...world.open.marks.keys()]).toEqual([run.runId]);

    world.batch.terminate = terminate;
    await sweep({ id: 'e1', detail: {} }, world.deps);
    expect(world.open.marks.size).toBe(0);
    expect(await world.batch.status('job-1')).toBe('FAILED');
  });

  test('a Submit that goes on after the end ends the job that it submitted', async () => {
    const world = aWorld(CONFIG);
    const run = await aWorkedRun(world, ['0000001']);
    await world.batch.terminate('job-1');
    const next = await assess({ ...run, round: 0 }, world.deps);
    const submitted = world.batch.submit.bind(world.batch);
    world.batch.submit = async (order) => {
      await commit({ ...run, failure: FAILURE }, world.deps);
      return submitted(order);
    };

    expect(next).toMatchObject({ next: 'round', round: { round: 1 } });
    await submit({ ...run, round: 1, array: 0, token: 't1' }, world.deps);

    expect(world.state.keys(roundsPrefix(run.runId)).some((key) => key.endsWith('1/array-0.job.json'))).toBe(true);
    expect(await world.batch.status('job-2')).toBe('FAILED');
  });
});
