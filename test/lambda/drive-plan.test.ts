import { redriveRun } from '../../adapters/redriving';
import { readPlan } from '../../adapters/run-plan';
import { Drive, type JobConfig, Manifest, type Marker, Plan } from '../../core/contracts';
import {
  checkpointsPrefix,
  chunksKey,
  configKey,
  decisionKey,
  driveKey,
  manifestKey,
  markersPrefix,
  pinsKey,
  planKey,
  reportKey,
} from '../../core/keys';
import { Report } from '../../core/report/report-contract';
import { assess } from '../../lambda/assess';
import { commit } from '../../lambda/commit';
import { intake } from '../../lambda/intake';
import { plan } from '../../lambda/plan';
import { redrive } from '../../lambda/redrive';
import { report } from '../../lambda/report';
import { submit } from '../../lambda/submit';
import { workArray } from '../support/fake-worker';
import { aConfig, aSpec } from '../support/records';
import { aWorld, type World } from '../support/world';

/** What Plan derived belongs to a drive: a redrive inherits it with the committed chunks, or derives all of it anew. */

const INPUT = { prefix: 'incoming/orders/', format: 'csv', csv: { header: false, quotedNewlines: false } };
const SPEC = { input: INPUT, output: { format: 'jsonl' }, chunk: { bytes: 100 } };
const MACHINE = 'arn:aws:states:us-east-1:000000000000:stateMachine:run';
const RUN_END = { execution: 'arn:execution', startedAt: '2026-01-01T00:00:00.000Z' };
const FAILURE = { class: 'CODE', message: 'a fault', hint: 'mend it' } as const;
/** Ten bytes a line, as the fake worker wants them. */
const TEXT = Array.from({ length: 35 }, (_, i) => `${100_000_000 + i}\n`).join('');

interface Ref {
  readonly runId: string;
  readonly job: string;
  readonly drive?: number;
}

const specOf = (overrides: Parameters<typeof aSpec>[0] = {}) => aSpec({ ...SPEC, ...overrides });
const deploy = (world: World, config: JobConfig): string => world.state.put(configKey('orders'), JSON.stringify(config)).versionId;

async function start(world: World): Promise<Ref> {
  const { key, versionId } = world.drop('incoming/orders/a.csv', TEXT);
  const body = JSON.stringify({ job: 'orders', detail: { bucket: { name: 'input' }, object: { key, 'version-id': versionId, size: 1 } } });
  await intake({ Records: [{ messageId: 'm', body }] }, world.deps);
  return { runId: [...world.started.keys()][0] ?? '', job: 'orders' };
}

interface Worked {
  readonly skip?: readonly string[];
  readonly columns?: Marker['columns'];
}

/** Plans, submits and works the first array of a drive. */
async function planAndWork(world: World, run: Ref, worked: Worked = {}): Promise<number> {
  const planned = await plan({ ...run, stateMachine: MACHINE }, world.deps);
  if (planned.next !== 'round') throw new Error(`expected a round, received ${planned.next}`);
  await work(world, run, { round: planned.round, ...worked });
  return planned.round;
}

async function work(world: World, run: Ref, { round, ...worked }: Worked & { readonly round: number }): Promise<void> {
  await submit({ ...run, round, array: 0, token: `t${round}` }, world.deps);
  await workArray(world, run.runId, { round, array: 0, ...worked });
}

async function fail(world: World, run: Ref): Promise<void> {
  await commit({ ...run, failure: FAILURE }, world.deps);
  await report({ ...run, ...RUN_END }, world.deps);
}

async function publish(world: World, ref: Ref, round: number): Promise<Report> {
  expect(await assess({ ...ref, round }, world.deps)).toEqual({ next: 'commit' });
  expect(await commit(ref, world.deps)).toEqual({ published: true });
  await report({ ...ref, ...RUN_END }, world.deps);
  return Report.parse(JSON.parse(world.state.text(reportKey(ref.runId, ref.drive))));
}

const published = (world: World): string =>
  world.output
    .keys()
    .filter((key) => key.includes('/part-'))
    .map((key) => world.output.text(key))
    .join('');
const planOf = (world: World, { runId, drive }: Ref): Plan => Plan.parse(JSON.parse(world.state.text(planKey(runId, drive))));
const isCommitted = (world: World, { runId }: Ref, plannedIn = 0): number => world.state.keys(markersPrefix(runId, plannedIn)).length;

describe('a redrive with committed chunks', () => {
  const SQL = { process: { sql: 'SELECT * FROM input' } };

  test('keeps the types that were inferred for them, and takes the rest from the config of now', async () => {
    const world = aWorld(aConfig(specOf(SQL)));
    const run = await start(world);
    await planAndWork(world, run, { skip: ['0000001'] });
    await fail(world, run);
    const versionId = deploy(world, aConfig(specOf({ ...SQL, errors: { skipLimit: 7 } })));

    const { drive } = await redriveRun(run.runId, world.deps);
    const ref = { ...run, drive };
    const { round } = await redrive(ref, world.deps);

    const first = planOf(world, run);
    const own = planOf(world, ref);
    expect(first.config.schemas.input).toMatchObject({ properties: { column0: { type: 'integer' } } });
    expect(own.config.schemas.input).toEqual(first.config.schemas.input);
    expect(own.config.spec.errors.skipLimit).toBe(7);
    expect(own.pins).toMatchObject({ config: versionId, stateMachine: MACHINE });
    expect(Drive.parse(JSON.parse(world.state.text(driveKey(run.runId, 1))))).toMatchObject({ plannedIn: 0, pins: own.pins });
    await work(world, ref, { round });
    const made = await publish(world, ref, round);
    expect(made.pins).toEqual(own.pins);
    expect(Manifest.parse(JSON.parse(world.output.text(manifestKey('orders', run.runId)))).pins).toEqual(own.pins);
    expect(published(world)).toBe(TEXT);
  });

  test('obeys its own config before its plan is written down', async () => {
    const world = aWorld(aConfig(specOf(SQL)));
    const run = await start(world);
    await planAndWork(world, run, { skip: ['0000001'] });
    await fail(world, run);
    deploy(world, aConfig(specOf({ ...SQL, errors: { skipLimit: 7 } })));

    const { drive } = await redriveRun(run.runId, world.deps);

    const { config } = await readPlan(world.state, { ...run, drive });
    expect(config.spec.errors.skipLimit).toBe(7);
    expect(config.schemas.input).toEqual(planOf(world, run).config.schemas.input);
  });

  test('keeps the versions of lookups that they were made with', async () => {
    const lookups = { rates: 's3://input/lookups/rates.csv' };
    const world = aWorld(aConfig(specOf({ process: { ...SQL.process, lookups } })));
    const { versionId } = world.drop('lookups/rates.csv', 'a,b\n1,2\n');
    const run = await start(world);
    await planAndWork(world, run, { skip: ['0000001'] });
    await fail(world, run);
    world.drop('lookups/rates.csv', 'a,b\n1,3\n');

    const { drive } = await redriveRun(run.runId, world.deps);
    await redrive({ ...run, drive }, world.deps);

    expect(planOf(world, { ...run, drive }).lookups).toMatchObject([{ name: 'rates', versionId }]);
  });

  test.each([
    [
      'other lookups',
      specOf({ process: { ...SQL.process, lookups: { rates: 'rates.csv' } } }),
      /process.lookups was changed from nothing to/,
    ],
    ['another kind of processor', specOf({ process: { module: 'a.ts' } }), /process was changed from "sql" to "module"/],
    ['other rules for its rows', specOf({ ...SQL, quality: [{ rows: '>= 1' }] }), /quality was changed/],
  ])('is refused by name under %s', async (_name, spec, message) => {
    const world = aWorld(aConfig(specOf(SQL)));
    const run = await start(world);
    await planAndWork(world, run, { skip: ['0000001'] });
    await fail(world, run);
    deploy(world, aConfig(spec));

    await expect(redriveRun(run.runId, world.deps)).rejects.toThrow(message);
    await expect(redriveRun(run.runId, world.deps)).rejects.toThrow(/run its files again with --again/);
  });

  test('is refused under other contents of the same schema', async () => {
    const schemaOf = (type: string) => ({ type: 'object', properties: { i: { type } } });
    const spec = specOf({ ...SQL, input: { ...INPUT, schema: 'i.schema.json' } });
    const world = aWorld(aConfig(spec, { input: schemaOf('integer') }));
    const run = await start(world);
    await planAndWork(world, run, { skip: ['0000001'] });
    await fail(world, run);
    deploy(world, aConfig(spec, { input: schemaOf('string') }));

    await expect(redriveRun(run.runId, world.deps)).rejects.toThrow(
      /input.schema properties.i.type was changed from "integer" to "string"/,
    );
  });

  test('hands on what their parts hold; of two kinds it goes on with none', async () => {
    const world = aWorld(aConfig(specOf(SQL)));
    const run = await start(world);
    const columns = { digest: 'd1', shown: 'i BIGINT' };
    await planAndWork(world, run, { skip: ['0000001', '0000002'], columns });
    await fail(world, run);

    const { drive } = await redriveRun(run.runId, world.deps);
    const { round } = await redrive({ ...run, drive }, world.deps);
    await work(world, { ...run, drive }, { round, skip: ['0000002'], columns: { digest: 'd2', shown: 'i VARCHAR' } });
    await fail(world, { ...run, drive });
    const second = await redriveRun(run.runId, world.deps);

    expect(planOf(world, { ...run, drive }).columns).toEqual(columns);
    await expect(redrive({ ...run, drive: second.drive }, world.deps)).rejects.toThrow(
      'committed parts have different columns: i BIGINT (chunk 0000000) and i VARCHAR (chunk 0000001)',
    );
  });

  test('publishes nothing whose parts have different columns', async () => {
    const world = aWorld(aConfig(specOf(SQL)));
    const run = await start(world);
    const round = await planAndWork(world, run, { skip: ['0000001'], columns: { digest: 'd1', shown: 'i BIGINT' } });
    await workArray(world, run.runId, { round, array: 0, columns: { digest: 'd2', shown: 'i VARCHAR' } });

    expect(await commit(run, world.deps)).toEqual({ published: false });

    const { failure } = JSON.parse(world.state.text(decisionKey(run.runId)));
    expect(failure.message).toContain(
      'parts have one set of columns: expected i BIGINT, found i BIGINT (chunk 0000000) and i VARCHAR (chunk 0000001)',
    );
  });
});

describe('a redrive of which nothing is committed', () => {
  const NONE = ['0000000', '0000001', '0000002', '0000003'];

  test('is planned anew: other chunks, other types, other lookups', async () => {
    const lookups = { rates: 's3://input/lookups/rates.csv' };
    const world = aWorld(aConfig(specOf()));
    const { versionId } = world.drop('lookups/rates.csv', 'a,b\n1,2\n');
    const run = await start(world);
    await planAndWork(world, run, { skip: NONE });
    await fail(world, run);
    const pinned = deploy(world, aConfig(specOf({ chunk: { bytes: 200 }, process: { sql: 'SELECT * FROM input', lookups } })));

    const { drive, execution } = await redriveRun(run.runId, world.deps);
    const ref = { ...run, drive };
    const round = await planAndWork(world, ref);

    expect(world.started.get(execution)).toEqual({ ...run, drive: 1 });
    expect(planOf(world, ref)).toMatchObject({
      plannedIn: 1,
      chunks: 2,
      config: { schemas: { input: { properties: { column0: { type: 'integer' } } } } },
      lookups: [{ name: 'rates', versionId }],
      pins: { config: pinned },
    });
    expect(planOf(world, run)).toMatchObject({ chunks: 4 });
    const made = await publish(world, ref, round);
    expect(made).toMatchObject({ status: 'SUCCEEDED', chunks: { planned: 2, committed: 2 }, pins: { config: pinned } });
    expect(made.rounds.map(({ chunks }) => chunks)).toEqual([4, 2]);
    expect(published(world)).toBe(TEXT);
    expect(isCommitted(world, run)).toBe(0);
  });

  test('goes on with its own plan when it is redriven once more', async () => {
    const world = aWorld(aConfig(specOf()));
    const run = await start(world);
    await planAndWork(world, run, { skip: NONE });
    await fail(world, run);
    deploy(world, aConfig(specOf({ chunk: { bytes: 200 } })));
    const first = await redriveRun(run.runId, world.deps);
    await planAndWork(world, { ...run, drive: first.drive }, { skip: ['0000000'] });
    await fail(world, { ...run, drive: first.drive });

    const { drive, execution } = await redriveRun(run.runId, world.deps);
    const ref = { ...run, drive };
    const { round } = await redrive(ref, world.deps);
    await work(world, ref, { round });
    const made = await publish(world, ref, round);

    expect(world.started.get(execution)).toEqual({ ...run, drive: 2, begin: 'redrive' });
    expect(round).toBe(2);
    expect(made).toMatchObject({ chunks: { planned: 2, committed: 2 }, records: { read: 35, written: 35 } });
    expect(published(world)).toBe(TEXT);
  });

  test('a late worker of the plan that was given up changes nothing', async () => {
    const world = aWorld(aConfig(specOf()));
    const run = await start(world);
    const old = await planAndWork(world, run, { skip: NONE });
    await fail(world, run);
    deploy(world, aConfig(specOf({ chunk: { bytes: 200 } })));
    const { drive } = await redriveRun(run.runId, world.deps);
    const ref = { ...run, drive };

    await workArray(world, run.runId, { round: old, array: 0 });
    const round = await planAndWork(world, ref);

    expect(await publish(world, ref, round)).toMatchObject({ chunks: { planned: 2, committed: 2 }, records: { read: 35, written: 35 } });
    expect(published(world)).toBe(TEXT);
  });

  test('whose Plan failed is planned under the config of now, whatever its first attempt left behind', async () => {
    const missing = { sql: 'SELECT * FROM input', lookups: { rates: 's3://input/lookups/none.csv' } };
    const world = aWorld(aConfig(specOf({ process: missing })));
    const run = await start(world);
    await expect(plan({ ...run, stateMachine: MACHINE }, world.deps)).rejects.toThrow('the lookup rates cannot be read');
    expect(world.state.keys(chunksKey(run.runId, 0))).toHaveLength(1);
    await fail(world, run);
    const versionId = deploy(world, aConfig(specOf({ chunk: { bytes: 200 } })));

    const { drive } = await redriveRun(run.runId, world.deps);
    const ref = { ...run, drive };
    const round = await planAndWork(world, ref);
    const made = await publish(world, ref, round);

    expect(round).toBe(0);
    expect(planOf(world, ref)).toMatchObject({ chunks: 2, pins: { config: versionId, stateMachine: MACHINE } });
    expect(JSON.parse(world.state.text(pinsKey(run.runId))).config).not.toBe(versionId);
    expect(made.pins).toEqual(made.drives?.[0]?.pins);
    expect(published(world)).toBe(TEXT);
  });

  test('that is over a listing does not go on with the checkpoints of another drive', async () => {
    const world = aWorld(aConfig(specOf()));
    for (let i = 0; i < 5; i += 1) world.drop(`incoming/orders/${i}.csv`, TEXT);
    const source = { kind: 'prefix', bucket: 'input', prefix: 'incoming/orders/' };
    const body = JSON.stringify({ job: 'orders', detail: { job: 'orders', source } });
    await intake({ Records: [{ messageId: 'm', body }] }, world.deps);
    const run = { runId: [...world.started.keys()][0] ?? '', job: 'orders' };
    // There is never time for more than one page.
    expect(await plan({ ...run, stateMachine: MACHINE }, { ...world.deps, remainingMs: () => 0 })).toEqual({ next: 'plan' });
    expect(world.state.keys(checkpointsPrefix(run.runId))).toHaveLength(1);
    await fail(world, run);
    deploy(world, aConfig(specOf({ chunk: { bytes: 1000 } })));

    const { drive } = await redriveRun(run.runId, world.deps);
    await plan({ ...run, drive, stateMachine: MACHINE }, world.deps);

    expect(planOf(world, { ...run, drive })).toMatchObject({ plannedIn: 1, bytes: 5 * TEXT.length, chunks: 3 });
  });
});
