import { abortRun } from '../../adapters/aborting';
import { reportKey } from '../../core/keys';
import { assess } from '../../lambda/assess';
import { commit } from '../../lambda/commit';
import { intake } from '../../lambda/intake';
import { plan } from '../../lambda/plan';
import { report } from '../../lambda/report';
import { submit } from '../../lambda/submit';
import { tenByteLines, workArray } from '../support/fake-worker';
import { aConfig, aSpec } from '../support/records';
import { aWorld, type World } from '../support/world';

/** What Commit must look at by itself, whatever the steps before it have seen. */

const CONFIG = aConfig(
  aSpec({ input: { prefix: 'incoming/orders/', format: 'jsonl' }, output: { format: 'jsonl' }, chunk: { bytes: 100 } }),
);
const END = { execution: 'arn:execution', startedAt: '2026-01-01T00:00:00.000Z' };

/** A run of four chunks, all of them committed by workers and assessed. */
async function anAssessedRun(world: World): Promise<{ runId: string; job: string }> {
  const { key, versionId } = world.drop('incoming/orders/a.jsonl', tenByteLines(35));
  const body = JSON.stringify({ job: 'orders', detail: { bucket: { name: 'input' }, object: { key, 'version-id': versionId, size: 1 } } });
  await intake({ Records: [{ messageId: 'm', body }] }, world.deps);
  const run = { runId: [...world.started.keys()][0] ?? '', job: 'orders' };
  await plan({ ...run, stateMachine: 'arn:machine' }, world.deps);
  await submit({ ...run, round: 0, array: 0, token: 't0' }, world.deps);
  await workArray(world, run.runId, { round: 0, array: 0 });
  world.batch.end('job-1');
  expect(await assess({ ...run, round: 0 }, world.deps)).toEqual({ next: 'commit' });
  return run;
}

/** What the report says, and what readers see. */
async function endOf(world: World, run: { runId: string; job: string }) {
  await report({ ...run, ...END }, world.deps);
  return { report: JSON.parse(world.state.text(reportKey(run.runId))), visible: world.output.keys() };
}

test('an abort that comes after the last Assess discards the run, and it is reported ABORTED', async () => {
  const world = aWorld(CONFIG);
  const run = await anAssessedRun(world);

  await abortRun(run.runId, { schema: 'abort.v1', at: '2026-01-01T00:00:00.000Z', reason: 'wrong file' }, world.deps);
  const { published } = await commit(run, world.deps);

  expect(published).toBe(false);
  expect(await endOf(world, run)).toMatchObject({
    report: { status: 'ABORTED', failure: { message: 'aborted: wrong file' } },
    visible: [],
  });
});

/** As many bytes, and as many lines, as there were; one digit is another. */
const otherDigits = (honest: string): string => honest.replace('1', '2');

test.each([
  ['other bytes of the same size and as many rows', otherDigits],
  ['a row less', (honest: string) => honest.slice(honest.indexOf('\n') + 1)],
  ['all rows twice', (honest: string) => honest + honest],
  ['nothing', () => ''],
])('a part that holds %s when it is read back is not published', async (_, change) => {
  const world = aWorld(CONFIG);
  const run = await anAssessedRun(world);
  const complete: typeof world.uploads.complete = async (upload) => {
    await world.uploads.complete(upload);
    if (!upload.key.includes('0000001')) return;
    const honest = world.output.text(upload.key);
    const { versionId = '' } = (await world.output.head(upload.key)) ?? {};
    world.output.remove(upload.key, versionId);
    world.output.put(upload.key, change(honest));
  };
  const damaging = Object.create(world.uploads, { complete: { value: complete } });

  expect(await commit(run, { ...world.deps, uploads: damaging })).toMatchObject({ published: false });

  expect(await endOf(world, run)).toMatchObject({
    report: { status: 'FAILED', reconciliation: { verdict: 'MISMATCH' }, failure: { message: expect.stringContaining('part-0000001') } },
    visible: [],
  });
});
