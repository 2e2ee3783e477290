import { gzipSync } from 'node:zlib';
import { abortRun } from '../../adapters/aborting';
import { chunksOfTask, chunksWithin } from '../../adapters/chunk-lists';
import { collect as all } from '../../adapters/concurrency';
import { countRequests } from '../../adapters/counted-store';
import { NotSubmittedError } from '../../adapters/errors';
import type { JobOrder } from '../../adapters/ports';
import { Fence, Round } from '../../core/contracts';
import {
  chunksKey,
  decisionKey,
  fenceKey,
  inputKey,
  manifestKey,
  markerKey,
  planKey,
  preflightKey,
  quarantineIndexKey,
  reportKey,
  roundKey,
  roundsPrefix,
  runRequestKey,
  successKey,
} from '../../core/keys';
import { linesOf } from '../../core/plan/task-index';
import { runIdOf } from '../../core/run-id';
import { SECOND_LOOK_MS } from '../../core/submit/submission';
import { assess } from '../../lambda/assess';
import { collect } from '../../lambda/collect';
import { commit } from '../../lambda/commit';
import { intake } from '../../lambda/intake';
import { plan } from '../../lambda/plan';
import { report } from '../../lambda/report';
import { settle } from '../../lambda/settle';
import { submit } from '../../lambda/submit';
import { tenByteLines, workArray } from '../support/fake-worker';
import { aConfig, aMarker, aSpec } from '../support/records';
import { asAtRunTime, aWorld, contentsOf, type World } from '../support/world';

const JOB = 'orders';
const CONFIG = aConfig(
  aSpec({ input: { prefix: 'incoming/orders/', format: 'jsonl' }, output: { format: 'jsonl' }, chunk: { bytes: 100 } }),
);
const STATE_MACHINE = 'arn:aws:states:us-east-1:000000000000:stateMachine:run';

const message = (body: unknown, messageId = 'm1') => ({ Records: [{ messageId, body: JSON.stringify(body) }] });

const dropEvent = ({ key, versionId }: { key: string; versionId: string }, size = 1) => ({
  job: JOB,
  detail: { bucket: { name: 'input' }, object: { key, 'version-id': versionId, size } },
});

/** Drops a file and lets intake start its run. */
async function aRun(world: World, lines = 35): Promise<{ runId: string; job: string }> {
  await intake(message(dropEvent(world.drop('incoming/orders/a.jsonl', tenByteLines(lines)))), world.deps);
  return { runId: [...world.started.keys()][0] ?? '', job: JOB };
}

const arrayEvent = (runId: string, jobId = 'job-1', round = 0) => ({
  detail: { jobId, status: 'SUCCEEDED' as const, parameters: { runId, round, array: 0 } },
});

const reportInput = (run: { runId: string; job: string }) => ({
  ...run,
  execution: 'arn:execution',
  startedAt: '2026-01-01T00:00:00.000Z',
});

/** Planned, submitted and worked: everything but the last steps. */
async function aWorkedRun(world: World, skip: readonly string[] = []) {
  const run = await aRun(world);
  await plan({ ...run, stateMachine: STATE_MACHINE }, world.deps);
  await submit({ ...run, round: 0, array: 0, token: 't0' }, world.deps);
  await workArray(world, run.runId, { round: 0, array: 0, skip });
  return run;
}

test('a dropped file is planned, submitted, worked, committed and reported', async () => {
  const world = asAtRunTime(aWorld(CONFIG));
  const run = await aWorkedRun(world);

  await settle(arrayEvent(run.runId), world.deps);
  expect(await assess({ ...run, round: 0 }, world.deps)).toEqual({ next: 'commit' });
  expect(await commit(run, world.deps)).toEqual({ published: true });
  expect(await report(reportInput(run), world.deps)).toEqual({ status: 'SUCCEEDED' });

  expect([...world.woken.keys()]).toEqual(['t0']);
  expect(JSON.parse(world.output.text(manifestKey(JOB, run.runId)))).toMatchObject({ rows: 35, records: { read: 35, written: 35 } });
  const parts = world.output.keys().filter((key) => key.includes('/part-'));
  expect(parts.map((key) => world.output.text(key)).join('')).toBe(tenByteLines(35));
  expect(JSON.parse(world.state.text(reportKey(run.runId)))).toMatchObject({
    status: 'SUCCEEDED',
    reconciliation: { verdict: 'BALANCED' },
    chunks: { planned: 4, committed: 4, redone: 0 },
  });
  expect(world.published).toMatchObject([{ detailType: 'Run Finished', detail: { status: 'SUCCEEDED' } }]);
  expect(world.metrics).toMatchObject([{ RunsSucceeded: 1, RecordsWritten: 35 }]);
});

test('every step may be repeated: the buckets hold the same as if it had run once', async () => {
  const world = aWorld(CONFIG);
  const twice = async (step: () => Promise<unknown>) => {
    const first = await step();
    const before = [contentsOf(world.state), contentsOf(world.output)];
    expect(await step()).toEqual(first);
    expect([contentsOf(world.state), contentsOf(world.output)]).toEqual(before);
  };
  const event = message(dropEvent(world.drop('incoming/orders/a.jsonl', tenByteLines(35))));

  await twice(() => intake(event, world.deps));
  const run = { runId: [...world.started.keys()][0] ?? '', job: JOB };
  await twice(() => plan({ ...run, stateMachine: STATE_MACHINE }, world.deps));
  await twice(() => submit({ ...run, round: 0, array: 0, token: 't0' }, world.deps));
  await workArray(world, run.runId, { round: 0, array: 0 });
  await settle(arrayEvent(run.runId), world.deps);
  await twice(() => settle(arrayEvent(run.runId), world.deps));
  await twice(() => assess({ ...run, round: 0 }, world.deps));
  await twice(() => commit(run, world.deps));
  await twice(() => report(reportInput(run), world.deps));

  expect(world.batch.orders).toHaveLength(1);
  expect(world.metrics).toHaveLength(1);
});

describe('a config whose queries were not judged as they are is refused before anything is planned', () => {
  const { query, ...unjudged } = CONFIG;
  const changed = { process: { sql: 'SELECT DISTINCT * FROM input' } };
  const withRule = aConfig(aSpec({ ...CONFIG.spec, quality: [{ sql: 'SELECT count(*) FROM output', max: 9 }] }));

  test.each([
    ['there is no verdict', unjudged, /received none: deploy the job again/],
    ['the query is another since', { ...CONFIG, spec: { ...CONFIG.spec, ...changed } }, /received one of others/],
    ['a rule has a query that the verdict does not know', { ...withRule, query }, /received one of others/],
    ['the schema of the input is another since', { ...CONFIG, schemas: { input: { type: 'object' } } }, /received one of others/],
  ])('%s', async (_name, config, message) => {
    const world = aWorld(config);
    const run = await aRun(world);

    const planned = plan({ ...run, stateMachine: STATE_MACHINE }, world.deps);

    await expect(planned).rejects.toMatchObject({ name: 'CONFIGFailure', message: expect.stringMatching(message) });
    expect(world.state.keys(planKey(run.runId))).toEqual([]);
  });

  test('while a config without queries needs none', async () => {
    const world = aWorld(aConfig(aSpec({ ...CONFIG.spec, process: { command: ['cat'] } })));

    await expect(plan({ ...(await aRun(world)), stateMachine: STATE_MACHINE }, world.deps)).resolves.toMatchObject({ next: 'round' });
  });
});

test('the fence of an array says where the lines of each of its tasks lie, so that a child finds them with one ranged read', async () => {
  const world = aWorld(CONFIG);
  const run = await aRun(world, 95);
  await plan({ ...run, stateMachine: STATE_MACHINE }, world.deps);
  await submit({ ...run, round: 0, array: 0, token: 't0' }, world.deps);
  const { lines, array } = Fence.parse(JSON.parse(world.state.text(fenceKey(run.runId, 0, 0))));
  const { store, count } = countRequests(world.state);

  const found = await chunksWithin(store, { runId: run.runId, round: 0 }, linesOf(lines ?? { start: 0, lengths: '' }, 2));

  expect(found).toEqual(await chunksOfTask(world.state, { runId: run.runId, round: 0, task: 2 }));
  expect([array.tasks, count.requests]).toEqual([4, 1]);
});

describe('intake', () => {
  test('a duplicate event starts nothing; the same content as a new version starts a second run', async () => {
    const world = aWorld(CONFIG);
    const first = world.drop('incoming/orders/a.jsonl', 'x');
    await intake(message(dropEvent(first)), world.deps);
    await intake(message(dropEvent(first)), world.deps);
    expect(world.started.size).toBe(1);

    await intake(message(dropEvent(world.drop('incoming/orders/a.jsonl', 'x'))), world.deps);

    expect(world.started.size).toBe(2);
  });

  test('an event that comes again after the name was freed starts nothing', async () => {
    const world = aWorld(CONFIG);
    const run = await aWorkedRun(world);
    world.started.clear();

    await intake(message(dropEvent({ key: 'incoming/orders/a.jsonl', versionId: 'v1' })), world.deps);

    expect(world.state.keys(planKey(run.runId))).toHaveLength(1);
    expect(world.started.size).toBe(0);
  });

  test('an intake that died between claim and start is completed by the next delivery', async () => {
    const world = aWorld(CONFIG);
    const event = message(dropEvent(world.drop('incoming/orders/a.jsonl', 'x')));
    const dying = { ...world.deps, executions: { ...world.deps.executions, start: async () => Promise.reject(new Error('killed')) } };
    expect(await intake(event, dying)).toEqual({ batchItemFailures: [{ itemIdentifier: 'm1' }] });

    expect(await intake(event, world.deps)).toEqual({ batchItemFailures: [] });

    expect(world.started.size).toBe(1);
  });

  test('a message that is no event goes back to its queue, and the others of its batch go on', async () => {
    const world = aWorld(CONFIG);
    const good = message(dropEvent(world.drop('incoming/orders/a.jsonl', 'x')), 'good');
    const bad = { messageId: 'bad', body: 'no json' };

    const answer = await intake({ Records: [bad, ...good.Records] }, world.deps);

    expect(answer).toEqual({ batchItemFailures: [{ itemIdentifier: 'bad' }] });
    expect(world.started.size).toBe(1);
  });

  test.each([
    ['no version', { bucket: 'input', key: 'incoming/orders/a.csv', versionId: '' }],
    ['no key', { bucket: 'input', key: '', versionId: 'v' }],
  ])('a request for an object with %s begins no run', async (_, object) => {
    const world = aWorld(CONFIG);
    const body = JSON.stringify({ job: 'orders', detail: { job: 'orders', objects: [object] } });

    const answer = await intake({ Records: [{ messageId: 'bad', body }] }, world.deps);

    expect(answer).toEqual({ batchItemFailures: [{ itemIdentifier: 'bad' }] });
    expect(world.started.size).toBe(0);
  });

  test('a folder marker is no file', async () => {
    const world = aWorld(CONFIG);

    await intake(message(dropEvent(world.drop('incoming/orders/', ''), 0)), world.deps);

    expect(world.started.size).toBe(0);
  });

  test.each([
    ['with content', 10],
    ['of which the event does not say the size', undefined],
  ])('an object %s whose key ends with a slash is a file', async (_, size) => {
    const world = aWorld(CONFIG);
    const { detail, ...event } = dropEvent(world.drop('incoming/orders/a.jsonl/', tenByteLines(1)));
    const object = { ...detail.object, size };

    await intake(message({ ...event, detail: { ...detail, object } }), world.deps);

    expect(world.started.size).toBe(1);
  });

  test('keys arrive raw: plus, percent and unicode stay as they are', async () => {
    const world = aWorld(CONFIG);
    const key = 'incoming/orders/a+b 100%ü.jsonl';

    await intake(message(dropEvent(world.drop(key, tenByteLines(1)))), world.deps);
    const runId = [...world.started.keys()][0] ?? '';
    await plan({ runId, job: JOB, stateMachine: STATE_MACHINE }, world.deps);

    expect(JSON.parse(world.state.text(planKey(runId)))).toMatchObject({ objects: [{ key }] });
  });

  test('a request by hand starts one run over all its objects', async () => {
    const world = aWorld(CONFIG);
    const objects = ['a', 'b'].map((name) => world.drop(`requests/orders/${name}`, tenByteLines(3)));

    await intake(message({ job: JOB, detail: { job: JOB, objects } }), world.deps);
    const runId = [...world.started.keys()][0] ?? '';
    await plan({ runId, job: JOB, stateMachine: STATE_MACHINE }, world.deps);

    expect(JSON.parse(world.state.text(planKey(runId)))).toMatchObject({ bytes: 60, chunks: 1 });
  });
});

describe('intake of objects by name', () => {
  const ask = async (world: World, detail: object) => {
    const answer = await intake(message({ job: JOB, detail: { job: JOB, ...detail } }), world.deps);
    return { answer, runId: [...world.started.keys()][0] ?? '' };
  };
  const objectsIn = (world: World, key: string) => JSON.parse(world.state.text(key)).objects as { key: string }[];

  test('an object version that is named twice is read once', async () => {
    const world = aWorld(CONFIG);
    const [a, b] = ['a', 'b'].map((name) => world.drop(`requests/orders/${name}`, tenByteLines(3)));

    const { runId } = await ask(world, { objects: [a, b, a] });
    await plan({ runId, job: JOB, stateMachine: STATE_MACHINE }, world.deps);

    expect(objectsIn(world, inputKey(runId))).toEqual([a, b]);
    expect(JSON.parse(world.state.text(planKey(runId)))).toMatchObject({ bytes: 60 });
    await ask(world, { objects: [b, a] });
    expect(world.started.size).toBe(1);
  });

  test('an input that names a version twice, whoever wrote it, is planned once', async () => {
    const world = aWorld(CONFIG);
    const a = world.drop('requests/orders/a', tenByteLines(3));
    world.state.put(inputKey('orders-1'), JSON.stringify({ schema: 'input.v1', runId: 'orders-1', job: JOB, objects: [a, a] }));

    await plan({ runId: 'orders-1', job: JOB, stateMachine: STATE_MACHINE }, world.deps);

    expect(JSON.parse(world.state.text(planKey('orders-1')))).toMatchObject({ bytes: 30, objects: [a] });
  });

  test('a request may lie in the state bucket, however many objects it names; it is the run of the same objects', async () => {
    const objects = Array.from({ length: 3000 }, (_, i) => ({
      bucket: 'input',
      key: `requests/orders/${'k'.repeat(900)}${i}`,
      versionId: 'v',
    }));
    const world = aWorld(CONFIG);
    world.state.put(runRequestKey(JOB, 'mine'), JSON.stringify({ schema: 'request.v1', job: JOB, objects, nonce: 'n' }));

    const { answer, runId } = await ask(world, { request: 'mine' });

    expect(answer).toEqual({ batchItemFailures: [] });
    expect(runId).toBe(runIdOf(JOB, objects, 'n'));
    expect(objectsIn(world, inputKey(runId))).toHaveLength(3000);
  });

  test.each(['gone', '../../runs/x', ''])('a request under the name %j, where there is none, goes back to the queue', async (request) => {
    const { answer } = await ask(aWorld(CONFIG), { request });

    expect(answer).toEqual({ batchItemFailures: [{ itemIdentifier: 'm1' }] });
  });
});

describe('intake of a source', () => {
  const source = { kind: 'prefix', bucket: 'input', prefix: 'incoming/orders/' };
  const ask = (world: World, detail: object = {}) => intake(message({ job: JOB, detail: { job: JOB, source, ...detail } }), world.deps);

  test('the same object versions are the same run, whoever has listed them', async () => {
    const world = aWorld(CONFIG);
    world.drop('incoming/orders/a.jsonl', tenByteLines(3));

    await ask(world);
    await ask(world);
    const [runId = ''] = world.started.keys();
    const { fingerprint } = JSON.parse(world.state.text(inputKey(runId)));
    await ask(world, { fingerprint });

    expect([...world.started.keys()]).toEqual([runId]);
    expect(JSON.parse(world.state.text(inputKey(runId)))).toMatchObject({ objects: [], source });
  });

  test('one object more, a new version or a nonce is another run', async () => {
    const world = aWorld(CONFIG);
    world.drop('incoming/orders/a.jsonl', 'x');
    await ask(world);
    world.drop('incoming/orders/b.jsonl', 'x');
    await ask(world);
    world.drop('incoming/orders/b.jsonl', 'x');
    await ask(world);
    await ask(world, { nonce: 'again' });

    expect(world.started.size).toBe(4);
  });

  test('a prefix that cannot be listed in time fails alone: what came with it is started', async () => {
    const world = aWorld(CONFIG);
    const dropped = message(dropEvent(world.drop('incoming/orders/a.jsonl', tenByteLines(3))), 'dropped');
    const asked = message({ job: JOB, detail: { job: JOB, source } }, 'asked');
    const Records = [...asked.Records, ...dropped.Records];

    const answer = await intake({ Records }, { ...world.deps, remainingMs: () => 10_000 });

    expect(answer).toEqual({ batchItemFailures: [{ itemIdentifier: 'asked' }] });
    expect(world.started.size).toBe(1);
  });

  test('nothing is started over nothing', async () => {
    const world = aWorld(CONFIG);

    expect(await ask(world)).toEqual({ batchItemFailures: [] });

    expect(world.started.size).toBe(0);
  });
});

describe('plan', () => {
  const planned = async (content: string | Buffer, spec: Parameters<typeof aSpec>[0] = {}, key = 'incoming/orders/a') => {
    const world = aWorld(aConfig(aSpec(spec)));
    await intake(message(dropEvent(world.drop(key, content))), world.deps);
    const run = { runId: [...world.started.keys()][0] ?? '', job: JOB };
    return { world, run, answer: plan({ ...run, stateMachine: STATE_MACHINE }, world.deps) };
  };

  test('pins the config that was deployed when it ran', async () => {
    const { world, run, answer } = await planned('a,b\n1,2\n');
    await answer;

    world.state.put('config/orders.json', JSON.stringify(aConfig(aSpec({ description: 'edited' }))));
    await plan({ ...run, stateMachine: STATE_MACHINE }, world.deps);

    expect(JSON.parse(world.state.text(planKey(run.runId)))).toMatchObject({
      config: { spec: { description: '' } },
      pins: { config: 'v1' },
    });
  });

  test('forecasts before anything is submitted', async () => {
    const { world, run, answer } = await planned('a,b\n1,2\n');
    await answer;

    expect(JSON.parse(world.state.text(preflightKey(run.runId)))).toMatchObject({ chunks: 1, tasks: 1, vcpu: { wanted: 1, allowed: 256 } });
    expect(world.batch.orders).toEqual([]);
  });

  const pinnedSchema = ({ world, run }: Awaited<ReturnType<typeof planned>>) =>
    JSON.parse(world.state.text(planKey(run.runId))).config.schemas.input;

  test.each([
    ['plain', undefined],
    ['compressed', 'gzip'],
  ])('infers the types of a %s file once, where a query needs them and nobody wrote them down', async (_name, compression) => {
    const text = 'id,zip\n1,02134\n2,10001\n';
    const made = await planned(compression ? gzipSync(text) : text);
    await made.answer;

    expect(pinnedSchema(made)).toMatchObject({ type: 'object', properties: { id: { type: 'integer' }, zip: { type: 'string' } } });
  });

  test('infers types from each of two versions of one key', async () => {
    const world = aWorld(aConfig());
    const [numbers, words] = ['id\n1\n', 'id\nx\n'].map((text) => world.drop('incoming/orders/a.csv', text));
    await intake(message({ job: JOB, detail: { job: JOB, objects: [words, numbers] } }), world.deps);
    const [runId = ''] = world.started.keys();

    await plan({ runId, job: JOB, stateMachine: STATE_MACHINE }, world.deps);

    const { config } = JSON.parse(world.state.text(planKey(runId)));
    expect(config.schemas.input).toMatchObject({ properties: { id: { type: 'string' } } });
  });

  test('infers nothing for a processor that is handed text', async () => {
    const made = await planned('id\n1\n', { process: { module: 'processors/a.ts' } });
    await made.answer;

    expect(pinnedSchema(made)).toBeUndefined();
  });

  test('infers the keys of JSON lines from more than a sniff', async () => {
    const made = await planned(`${'{"a":1}\n'.repeat(1000)}{"a":1,"late":true}\n`, {
      input: { prefix: 'incoming/orders/', format: 'jsonl' },
    });
    await made.answer;

    expect(Object.keys(pinnedSchema(made).properties)).toEqual(['a', 'late']);
  });

  describe('of a query with lookups in S3', () => {
    const process = { sql: 'FROM input', lookups: { airports: 's3://shared/airports.csv', planes: 'lookups/planes.csv' } };

    test('pins the version of each', async () => {
      const made = await planned('a\n1\n', { process });
      const pinned = made.world.input.put('airports.csv', 'iata\nJFK\n');
      await made.answer;

      expect(JSON.parse(made.world.state.text(planKey(made.run.runId))).lookups).toEqual([
        { name: 'airports', bucket: 'shared', key: 'airports.csv', versionId: pinned.versionId, bytes: 9 },
      ]);
    });

    test('refuses one that is not there', async () => {
      await expect((await planned('a\n1\n', { process })).answer).rejects.toMatchObject({
        name: 'CONFIGFailure',
        message: expect.stringContaining('the lookup airports cannot be read: there is no s3://shared/airports.csv'),
      });
    });
  });

  test('reads the column names once', async () => {
    const { world, run, answer } = await planned('\ufeffid,"the ""name"""\r\n1,2\r\n');
    await answer;

    expect(JSON.parse(world.state.text(planKey(run.runId)))).toMatchObject({ objects: [{ header: ['id', 'the "name"'] }] });
  });

  test('an empty file has nothing to submit', async () => {
    const { answer } = await planned('');

    expect(await answer).toEqual({ next: 'commit' });
  });

  test.each([
    ['a Parquet file for CSV', 'PAR1xxxx', {}, 'incoming/orders/a', 'CONFIGFailure', /is a Parquet file/],
    [
      'a CSV for Parquet',
      'a,b\n',
      { input: { prefix: 'incoming/orders/', format: 'parquet' } },
      'incoming/orders/a',
      'CONFIGFailure',
      /is no Parquet file/,
    ],
    [
      'a Parquet file cut short',
      'PAR1xxxxxxxxxxxx',
      { input: { prefix: 'incoming/orders/', format: 'parquet' } },
      'incoming/orders/a',
      'DATAFailure',
      /parquet/,
    ],
    ['an object outside of the prefix', 'a,b\n', {}, 'incoming/customers/a', 'CONFIGFailure', /lies outside of what job orders reads/],
    ['an archive', 'PK\u0003\u0004', {}, 'incoming/orders/a.csv.zip', 'CONFIGFailure', /is compressed as zip, allowed: plain, gzip/],
    ['binary data', 'a,b\n1,\u0000\n', {}, 'incoming/orders/a', 'DATAFailure', /NUL byte at offset 6/],
    ['a column named twice', 'a,a\n1,2\n', {}, 'incoming/orders/a', 'DATAFailure', /column "a" twice/],
  ])('%s is refused by name', async (_, content, spec, key, name, text) => {
    const { answer } = await planned(content, spec, key);

    await expect(answer).rejects.toMatchObject({ name, message: expect.stringMatching(text) });
  });

  test('a job that is not deployed is refused by name', async () => {
    const world = aWorld(CONFIG);
    const run = await aRun(world);
    world.state.delete('config/orders.json');

    await expect(plan({ ...run, stateMachine: STATE_MACHINE }, world.deps)).rejects.toMatchObject({
      name: 'CONFIGFailure',
      message: expect.stringContaining('config/orders.json'),
    });
  });

  test('an object version that was deleted for good is refused by name', async () => {
    const world = aWorld(CONFIG);
    const run = await aRun(world);
    world.input.remove('incoming/orders/a.jsonl', 'v1');

    await expect(plan({ ...run, stateMachine: STATE_MACHINE }, world.deps)).rejects.toMatchObject({ name: 'DATAFailure' });
  });
});

test('what a run took sizes the tasks of the next', async () => {
  const world = aWorld(CONFIG);
  const run = await aWorkedRun(world);
  const tasks = [0, 1, 2, 3].map((index) => ({ index, seconds: 350, failed: false, lost: [] }));
  world.batch.end('job-1', [], tasks);
  await commit(run, world.deps);
  await report(reportInput(run), world.deps);
  expect(world.state.keys('history/orders/')).toEqual([expect.stringMatching(/^history\/orders\/\d{13}-orders-/)]);

  await intake(message(dropEvent(world.drop('incoming/orders/b.jsonl', tenByteLines(300)))), world.deps);
  const runId = [...world.started.keys()][1] ?? '';
  await plan({ runId, job: JOB, stateMachine: STATE_MACHINE }, world.deps);

  // 350 bytes in 1,400 task-seconds are rounded up to one byte a second, so 300 s are 300 bytes.
  expect(JSON.parse(world.state.text(planKey(runId)))).toMatchObject({
    tasks: 10,
    sizing: { why: expect.stringContaining('the last successful run') },
  });
});

describe('submit', () => {
  /** Planned, with the fence of a submitter that died before anybody knows what came of it. */
  const aPlannedRun = async (world: World) => {
    const run = await aRun(world);
    await plan({ ...run, stateMachine: STATE_MACHINE }, world.deps);
    return { ...run, round: 0, array: 0, token: 't0' };
  };

  test('an answer that was lost is found by name: one array all the same', async () => {
    const world = aWorld(CONFIG);
    const run = await aPlannedRun(world);
    world.batch.loseNextAnswer = true;

    expect(await submit(run, world.deps)).toEqual({ jobId: 'job-1' });

    expect(world.batch.orders).toHaveLength(1);
  });

  test('a job that the first listing does not show yet is found by a second look', async () => {
    const world = aWorld(CONFIG);
    const run = await aPlannedRun(world);
    world.batch.loseNextAnswer = true;
    world.batch.hideFromListings = 1;

    expect(await submit(run, world.deps)).toEqual({ jobId: 'job-1' });

    expect(world.batch.orders).toHaveLength(1);
    expect(world.pauses).toContain(SECOND_LOOK_MS);
  });

  test('a submission that never arrived is made again once nobody finds it', async () => {
    const world = aWorld(CONFIG);
    const run = await aPlannedRun(world);
    world.batch.refusals.push(new Error('connect ECONNREFUSED'));

    expect(await submit(run, world.deps)).toEqual({ jobId: 'job-1' });

    expect(world.batch.orders).toHaveLength(1);
  });

  test('throttling is waited out, ever longer, and looks for nothing: there is no job', async () => {
    const world = aWorld(CONFIG);
    const run = await aPlannedRun(world);
    world.batch.refusals.push(
      ...Array.from({ length: 4 }, () => new NotSubmittedError('throttled', 'TooManyRequestsException: slow down')),
    );

    expect(await submit(run, world.deps)).toEqual({ jobId: 'job-1' });

    expect(world.pauses).toEqual([0, 500, 1000, 2000, 4000]);
    expect(world.batch.looks).toBe(0);
  });

  test('throttling without end is left to the state machine, by name', async () => {
    const world = aWorld(CONFIG);
    const run = await aPlannedRun(world);
    world.batch.refusals.push(...Array.from({ length: 99 }, () => new NotSubmittedError('throttled', 'slow down')));

    await expect(submit(run, world.deps)).rejects.toMatchObject({ name: 'THROTTLEFailure' });
    expect(world.batch.orders).toHaveLength(0);
  });

  test('a job that Batch will never take ends the run in its words', async () => {
    const world = aWorld(CONFIG);
    const run = await aPlannedRun(world);
    world.batch.refusals.push(new NotSubmittedError('refused', 'ClientException: no such queue'));

    await expect(submit(run, world.deps)).rejects.toMatchObject({
      name: 'CONFIGFailure',
      message: expect.stringContaining('no such queue'),
    });
  });

  test.each([
    ['before', 0],
    ['after', 1],
  ])('a fence that a submitter left who died %s SubmitJob is gone on with', async (_, submitted) => {
    const world = aWorld(CONFIG);
    const run = await aPlannedRun(world);
    const killed = new Error('killed');
    const dying = {
      ...world.deps,
      batch: Object.create(world.batch, {
        submit: {
          value: async (order: JobOrder) => {
            if (submitted === 1) await world.batch.submit(order);
            throw killed;
          },
        },
        findByName: { value: async () => Promise.reject(killed) },
      }),
    };
    await expect(submit(run, dying)).rejects.toBe(killed);
    expect(world.state.keys(fenceKey(run.runId, 0, 0))).toHaveLength(1);

    expect(await submit({ ...run, token: 't1' }, world.deps)).toEqual({ jobId: 'job-1' });

    expect(world.batch.orders).toHaveLength(1);
  });

  test('of two submitters at once one job is recorded, and both answer it', async () => {
    const world = aWorld(CONFIG);
    const run = await aPlannedRun(world);
    world.batch.hideFromListings = 99;

    const answers = await Promise.all([submit(run, world.deps), submit({ ...run, token: 't1' }, world.deps)]);

    expect(world.batch.orders).toHaveLength(2);
    expect(new Set(answers.map(({ jobId }) => jobId)).size).toBe(1);
  });

  test('a job that ended before its token was left wakes the run at once', async () => {
    const world = aWorld(CONFIG);
    const run = await aWorkedRun(world);
    world.batch.end('job-1');

    await submit({ ...run, round: 0, array: 0, token: 't1' }, world.deps);

    expect(world.woken.get('t1')).toEqual({ jobId: 'job-1', status: 'SUCCEEDED' });
  });

  test('names the job, its size and its references, and nothing else', async () => {
    const world = aWorld(CONFIG);
    const { runId } = await aWorkedRun(world);

    expect(world.batch.orders).toMatchObject([
      {
        name: `${runId}-r0-a0`,
        tasks: 4,
        capacity: 'spot',
        environment: { BATCHWRIGHT_RUN_ID: runId, BATCHWRIGHT_ROUND: '0', BATCHWRIGHT_ARRAY: '0' },
        parameters: { runId, round: '0', array: '0' },
      },
    ]);
    expect(JSON.parse(world.state.text(fenceKey(runId, 0, 0)))).toMatchObject({ jobName: `${runId}-r0-a0` });
  });
});

describe('settle', () => {
  test('wakes every token once, duplicates nobody', async () => {
    const world = aWorld(CONFIG);
    const { runId } = await aWorkedRun(world);

    expect(await settle(arrayEvent(runId), world.deps)).toEqual({ woken: 1 });
    expect(await settle(arrayEvent(runId), world.deps)).toEqual({ woken: 0 });
  });

  test('a stranger under the same intent wakes nobody', async () => {
    const world = aWorld(CONFIG);
    const { runId } = await aWorkedRun(world);

    expect(await settle(arrayEvent(runId, 'job-99'), world.deps)).toEqual({ woken: 0 });
  });
});

describe('assess', () => {
  test('the next round holds what is not committed, and nothing else', async () => {
    const world = aWorld(CONFIG);
    const run = await aWorkedRun(world, ['0000002']);
    world.batch.end('job-1', [{ index: 2, statusReason: 'Your Spot Task was interrupted.' }]);

    const answer = await assess({ ...run, round: 0 }, world.deps);
    expect(answer).toEqual({ next: 'round', round: { round: 1, arrays: [{ array: 0 }], waitSeconds: 0 } });

    await submit({ ...run, round: 1, array: 0, token: 't1' }, world.deps);
    await workArray(world, run.runId, { round: 1, array: 0 });
    expect(world.batch.orders[1]).toMatchObject({ tasks: 1, name: `${run.runId}-r1-a0` });
    expect(await assess({ ...run, round: 1 }, world.deps)).toEqual({ next: 'commit' });
    expect(await commit(run, world.deps)).toEqual({ published: true });
    await report(reportInput(run), world.deps);
    expect(JSON.parse(world.state.text(reportKey(run.runId)))).toMatchObject({
      records: { written: 35 },
      rounds: [
        { failures: { SPOT: 1 } },
        { tasks: 1, failures: {}, waitSeconds: 0, because: [{ class: 'SPOT', chunks: 1 }], cost: { wastedUsd: 0 } },
      ],
      chunks: { redone: 0, bisected: 0 },
    });
  });

  test('a repeated call answers the round that the first one laid out, pause and all', async () => {
    const world = aWorld(CONFIG);
    const run = await aWorkedRun(world, ['0000002']);
    world.batch.end('job-1', [{ index: 2, exitCode: 137 }]);
    const first = await assess({ ...run, round: 0 }, { ...world.deps, random: () => 0.9 });

    expect(first).toMatchObject({ next: 'round', round: { round: 1, waitSeconds: 2 } });
    expect(await assess({ ...run, round: 0 }, { ...world.deps, random: () => 0 })).toEqual(first);
  });

  test('a call that died after its lists were written leaves nothing that another round could be mixed with', async () => {
    const world = aWorld(CONFIG);
    const run = await aWorkedRun(world, ['0000001', '0000002']);
    world.batch.end('job-1', [
      { index: 1, exitCode: 137 },
      { index: 2, containerReason: 'OutOfMemoryError' },
    ]);
    const killed = new Error('killed');
    const dying = Object.create(world.state, {
      createOnce: {
        value: async (key: string, body: string) =>
          key === roundKey(run.runId, 1) ? Promise.reject(killed) : world.state.createOnce(key, body),
      },
    });
    await expect(assess({ ...run, round: 0 }, { ...world.deps, state: dying })).rejects.toBe(killed);
    await workArray(world, run.runId, { round: 0, array: 0, skip: ['0000002'] });

    await assess({ ...run, round: 0 }, world.deps);

    const { arrays, lists } = Round.parse(JSON.parse(world.state.text(roundKey(run.runId, 1))));
    expect(arrays).toMatchObject([{ firstTask: 0, tasks: 1, profile: { memoryMiB: 3072 } }]);
    expect((await chunksOfTask(world.state, { runId: run.runId, round: 1, lists, task: 0 })).map(({ id }) => id)).toEqual(['0000002']);
    expect(world.state.keys(`${roundsPrefix(run.runId)}1/`).filter((key) => key.endsWith('chunks.jsonl'))).toHaveLength(2);
  });
});

describe('commit', () => {
  test.each([
    ['a publish', {}],
    ['a discard', { failure: { class: 'DATA', message: 'too many', hint: 'look' } as const }],
  ])('of %s lists the quarantine of the chunks that count, and of no others', async (_, more) => {
    const world = aWorld(CONFIG);
    const run = await aWorkedRun(world, ['0000001', '0000002']);
    const mark = (chunk: string, read: { start: number; end: number }, key: string) =>
      world.state.createOnce(
        markerKey(run.runId, chunk),
        JSON.stringify(aMarker(chunk, read, { runId: run.runId, quarantine: { key, records: 2 }, parts: [] })),
      );
    await mark('0000001', { start: 90, end: 180 }, 'by a wrong guess');
    await mark('0000002', { start: 180, end: 270 }, 'right');
    const wrong = { id: '0000001.r1', ranges: [{ object: 0, start: 90, end: 175 }], replaces: '0000001' };
    world.state.put(chunksKey(run.runId, 1), `${JSON.stringify(wrong)}\n`);
    const arrays = [{ array: 0, firstTask: 0, tasks: 1, capacity: 'spot', profile: { vcpu: 1, memoryMiB: 2048 } }];
    world.state.put(roundKey(run.runId, 1), JSON.stringify({ schema: 'round.v1', round: 1, arrays, chunks: 1, tasks: 1 }));
    await mark('0000001.r1', { start: 90, end: 180 }, 'read again');

    await commit({ ...run, ...more }, world.deps);

    expect(JSON.parse(world.state.text(quarantineIndexKey(run.runId)))).toEqual({
      schema: 'quarantine-index.v1',
      objects: [
        { chunk: '0000001.r1', key: 'read again', records: 2 },
        { chunk: '0000002', key: 'right', records: 2 },
      ],
    });
  });

  test.each([
    ['error', false],
    ['warn', true],
  ])('a rule of the output that is broken (%s) decides once, however often commit is repeated', async (severity, published) => {
    const quality = [{ rows: '>= 100', severity }, { rows: '>= 1' }];
    const world = aWorld(aConfig(aSpec({ ...CONFIG.spec, quality })));
    const run = await aWorkedRun(world);

    expect(await commit(run, world.deps)).toEqual({ published });
    expect(await commit(run, world.deps)).toEqual({ published });

    const { decision, failure, reconciliation } = JSON.parse(world.state.text(decisionKey(run.runId)));
    expect([decision, failure?.class]).toEqual(published ? ['publish', undefined] : ['discard', 'DATA']);
    expect(reconciliation.verdict).toBe('BALANCED');
    expect(reconciliation.checks.slice(-2)).toEqual([
      { name: 'quality: rows', ok: false, expected: '>= 100', actual: '35', ...(published && { severity }) },
      { name: 'quality: rows', ok: true, expected: '>= 1', actual: '35' },
    ]);
    expect(world.output.keys().length > 0).toBe(published);
  });

  test('a failed run leaves nothing visible, and once it can no longer be redriven no upload behind', async () => {
    const world = aWorld(CONFIG);
    const run = await aWorkedRun(world);
    const error = { Error: 'DATAFailure', Cause: '{"errorMessage":"bad"}' };

    expect(await commit({ ...run, error }, world.deps)).toEqual({ published: false });
    await report(reportInput(run), world.deps);

    expect(world.output.keys()).toEqual([]);
    expect(world.uploads.aborted).toHaveLength(0);
    await collect({}, { ...world.deps, now: () => new Date('2026-01-10T00:00:00.000Z') });
    expect(world.uploads.aborted).toHaveLength(4);
    expect(JSON.parse(world.state.text(reportKey(run.runId)))).toMatchObject({
      status: 'FAILED',
      failure: { class: 'DATA', message: 'bad' },
      reconciliation: { verdict: 'UNVERIFIED' },
    });
    expect(world.notices[0]).toContain('orders: FAILED: DATA: bad');
  });

  test('the first decision stands, whatever a second committer believes', async () => {
    const world = aWorld(CONFIG);
    const run = await aWorkedRun(world);
    await commit(run, world.deps);

    expect(await commit({ ...run, error: { Error: 'x', Cause: 'late' } }, world.deps)).toEqual({ published: true });

    expect(world.output.keys(successKey(JOB, run.runId))).toHaveLength(1);
  });

  test('books that do not balance publish nothing', async () => {
    const world = aWorld(CONFIG);
    const run = await aWorkedRun(world, ['0000001']);

    expect(await commit(run, world.deps)).toEqual({ published: false });

    expect(world.output.keys()).toEqual([]);
    expect(JSON.parse(world.state.text(decisionKey(run.runId)))).toMatchObject({
      decision: 'discard',
      reconciliation: { verdict: 'MISMATCH' },
    });
  });

  test('a committer that died half way is completed by the next', async () => {
    const world = aWorld(CONFIG);
    const run = await aWorkedRun(world);
    const failing = new Error('killed');
    let completed = 0;
    const complete: typeof world.uploads.complete = async (upload) => {
      completed += 1;
      if (completed > 2) throw failing;
      await world.uploads.complete(upload);
    };
    const dying = Object.create(world.uploads, { complete: { value: complete } });
    await expect(commit(run, { ...world.deps, uploads: dying })).rejects.toBe(failing);
    expect(world.output.keys(successKey(JOB, run.runId))).toEqual([]);

    expect(await commit(run, world.deps)).toEqual({ published: true });

    expect(world.output.keys().filter((key) => key.includes('part-'))).toHaveLength(4);
  });

  test('a part that can never be completed makes the run fail, and those that were are taken back', async () => {
    const world = aWorld(CONFIG);
    const run = await aWorkedRun(world);
    const [lost] = await all(world.uploads.pending(''));
    await world.uploads.abort(lost!);

    expect(await commit(run, world.deps)).toEqual({ published: false });
    await report(reportInput(run), world.deps);

    expect(world.output.keys()).toEqual([]);
    expect(JSON.parse(world.state.text(reportKey(run.runId)))).toMatchObject({ status: 'FAILED', reconciliation: { verdict: 'MISMATCH' } });
  });

  test('the manifest names the version of each part that was looked at', async () => {
    const world = aWorld(CONFIG);
    const run = await aWorkedRun(world);
    await commit(run, world.deps);

    const { parts } = JSON.parse(world.output.text(manifestKey(JOB, run.runId)));
    const versions = await Promise.all(parts.map(({ key }: { key: string }) => world.output.head(key)));

    expect(parts.map(({ versionId }: { versionId: string }) => versionId)).toEqual(versions.map((head) => head?.versionId));
  });

  describe('of thousands of parts', () => {
    const MANY = aConfig(
      aSpec({ input: { prefix: 'incoming/orders/', format: 'jsonl' }, output: { format: 'jsonl' }, chunk: { bytes: 10 } }),
    );
    /** Every look at this clock is ten minutes after the last, so that a call has time for one batch. */
    const hurried = (world: World) => {
      let calls = 0;
      return { ...world.deps, now: () => new Date(Date.UTC(2026, 0, 1, 0, 10 * calls++)) };
    };
    const manyLines = Array.from({ length: 2500 }, (_, i) => `${String(i).padStart(9, '0')}\n`).join('');
    const aLargeRun = async (world: World) => {
      await intake(message(dropEvent(world.drop('incoming/orders/a.jsonl', manyLines))), world.deps);
      const run = { runId: [...world.started.keys()][0] ?? '', job: JOB };
      await plan({ ...run, stateMachine: STATE_MACHINE }, world.deps);
      await submit({ ...run, round: 0, array: 0, token: 't0' }, world.deps);
      await workArray(world, run.runId, { round: 0, array: 0 });
      return run;
    };

    test('takes several calls, each of which goes on where the last one stopped', async () => {
      const world = aWorld(MANY);
      const run = await aLargeRun(world);
      const completed = jest.spyOn(world.uploads, 'complete');

      const answers = [await commit(run, hurried(world)), await commit(run, hurried(world)), await commit(run, hurried(world))];

      expect(answers).toEqual([{ published: false, more: true }, { published: false, more: true }, { published: true }]);
      expect(completed).toHaveBeenCalledTimes(2500);
      const { parts, rows } = JSON.parse(world.output.text(manifestKey(JOB, run.runId)));
      expect([parts.length, rows]).toEqual([2500, 2500]);
      expect(world.output.keys(successKey(JOB, run.runId))).toHaveLength(1);
    });

    test('shows no manifest before the last of them', async () => {
      const world = aWorld(MANY);
      const run = await aLargeRun(world);

      await commit(run, hurried(world));

      expect(world.output.keys(manifestKey(JOB, run.runId))).toEqual([]);
      expect(world.output.keys(successKey(JOB, run.runId))).toEqual([]);
    });

    test('takes all of them back, those of earlier calls too, when one turns out damaged', async () => {
      const world = aWorld(MANY);
      const run = await aLargeRun(world);
      await commit(run, hurried(world));
      const complete = world.uploads.complete.bind(world.uploads);
      jest.spyOn(world.uploads, 'complete').mockImplementation(async (upload) => {
        await complete(upload);
        if (upload.key.includes('0001777')) world.output.put(upload.key, 'damaged');
      });

      expect(await commit(run, world.deps)).toEqual({ published: false });

      expect(world.output.keys().filter((key) => key.includes('part-') && !key.includes('0001777'))).toEqual([]);
      expect(await commit(run, world.deps)).toEqual({ published: false });
    });

    test('that was aborted aborts its uploads over several calls', async () => {
      const world = aWorld(MANY);
      const run = await aLargeRun(world);
      await abortRun(run.runId, { schema: 'abort.v1', at: '2026-01-01T00:00:00.000Z', reason: 'wrong file' }, world.deps);

      const answers = [await commit(run, hurried(world)), await commit(run, hurried(world)), await commit(run, hurried(world))];

      expect(answers.map(({ more = false }) => more)).toEqual([true, true, false]);
      expect(await all(world.uploads.pending(''))).toEqual([]);
    });
  });

  test('a part that was damaged after its upload is taken back with all the others', async () => {
    const world = aWorld(CONFIG);
    const run = await aWorkedRun(world);
    const complete: typeof world.uploads.complete = async (upload) => {
      await world.uploads.complete(upload);
      if (upload.key.includes('0000001')) world.output.put(upload.key, 'damaged');
    };
    const damaging = Object.create(world.uploads, { complete: { value: complete } });

    expect(await commit(run, { ...world.deps, uploads: damaging })).toEqual({ published: false });
    await report(reportInput(run), world.deps);

    expect(world.output.keys(manifestKey(JOB, run.runId))).toEqual([]);
    expect(JSON.parse(world.state.text(reportKey(run.runId)))).toMatchObject({ status: 'FAILED', reconciliation: { verdict: 'MISMATCH' } });
  });
});
