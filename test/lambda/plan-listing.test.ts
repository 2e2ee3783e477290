import fc from 'fast-check';
import { type Chunk, Plan, type Planned, type RunSource } from '../../core/contracts';
import { checkpointsPrefix, chunksKey, planKey, preflightKey, roundKey, tasksIndexKey } from '../../core/keys';
import { objectOf } from '../../core/plan/source-objects';
import { intake } from '../../lambda/intake';
import { plan } from '../../lambda/plan';
import type { Deps } from '../../lambda/runtime';
import { aConfig, aSpec } from '../support/records';
import { aWorld, type World } from '../support/world';

const JOB = 'orders';
const PREFIX = 'incoming/orders/';
const SOURCE: RunSource = { kind: 'prefix', bucket: 'input', prefix: PREFIX };
const STATE_MACHINE = 'arn:aws:states:us-east-1:000000000000:stateMachine:run';
const CHUNK_BYTES = 100;

type SpecOverrides = Parameters<typeof aSpec>[0];

const aListedWorld = (files: Readonly<Record<string, string | Buffer>>, spec: SpecOverrides = {}): World => {
  const input = { prefix: PREFIX, format: 'jsonl' };
  const world = aWorld(aConfig(aSpec({ input, output: { format: 'jsonl' }, chunk: { bytes: CHUNK_BYTES }, ...spec })));
  for (const [name, content] of Object.entries(files)) world.drop(`${PREFIX}${name}`, content);
  return world;
};

async function ask(world: World, source: RunSource = SOURCE): Promise<{ runId: string; job: string; stateMachine: string }> {
  await intake({ Records: [{ messageId: 'm', body: JSON.stringify({ job: JOB, detail: { job: JOB, source } }) }] }, world.deps);
  return { runId: [...world.started.keys()][0] ?? '', job: JOB, stateMachine: STATE_MACHINE };
}

/** Calls Plan as the state machine does, until it is done; answers how often that was. */
async function planThrough(run: Awaited<ReturnType<typeof ask>>, deps: Deps): Promise<{ calls: number; answer: Planned }> {
  for (let calls = 1; ; calls++) {
    const answer = await plan(run, deps);
    if (answer.next !== 'plan') return { calls, answer };
    if (calls > 200) throw new Error('the plan does not come to an end');
  }
}

const planOf = (world: World, runId: string): Plan => Plan.parse(JSON.parse(world.state.text(planKey(runId))));
const chunksOf = (world: World, runId: string): Chunk[] =>
  world.state
    .text(chunksKey(runId, 0))
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));

/** Everything that later steps read of a plan. */
const outcomeOf = (world: World, runId: string): Record<string, string> =>
  Object.fromEntries(
    [planKey, preflightKey]
      .map((key) => [key.name, world.state.text(key(runId))])
      .concat([chunksKey, tasksIndexKey, roundKey].map((key) => [key.name, world.state.text(key(runId, 0))])),
  );

const lines = (bytes: number): string => `${'x'.repeat(Math.max(0, bytes - 1))}\n`;
const MIXED = { 'a.jsonl': lines(250), 'b.jsonl': lines(30), 'c.jsonl': '', 'd/e.jsonl': lines(40), 'd/f.jsonl': lines(100), folder: '' };

test('a prefix of large, small and empty files is planned without a list in the plan', async () => {
  const world = aListedWorld({ ...MIXED, 'folder/': '' });
  const run = await ask(world);

  const { answer } = await planThrough(run, world.deps);

  expect(answer).toEqual({ next: 'round', round: 0, arrays: [{ array: 0 }], waitSeconds: 0 });
  const made = planOf(world, run.runId);
  expect(made).toMatchObject({ objects: [], bytes: 420, chunks: 5, listing: { source: SOURCE, bucket: 'input', objects: 7, empty: 3 } });
  const ranges = chunksOf(world, run.runId).flatMap((chunk) => chunk.ranges);
  expect(ranges.map((range) => [objectOf(made, range)?.object.key.slice(PREFIX.length), range.start, range.end])).toEqual([
    ['a.jsonl', 0, 83],
    ['a.jsonl', 83, 166],
    ['a.jsonl', 166, 250],
    ['d/f.jsonl', 0, 100],
    ['b.jsonl', 0, 30],
    ['d/e.jsonl', 0, 40],
  ]);
});

test('versions are pinned by the listing, and what was looked at has its checksum', async () => {
  const world = aListedWorld({ 'a.jsonl': lines(250) });
  world.drop(`${PREFIX}a.jsonl`, lines(200));
  const run = await ask(world);

  await planThrough(run, world.deps);

  expect(chunksOf(world, run.runId)[0]?.ranges[0]?.ref).toMatchObject({ versionId: 'v2', bytes: 200, seen: true, checksum: {} });
});

test('a header that files have in common stands in the plan once, another one with its file', async () => {
  const row = '1,2\n'.repeat(50);
  const files = { 'a.csv': `x,y\n${row}`, 'b.csv': `x,y\n${row}`, 'c.csv': `y,x\n${row}` };
  const world = aListedWorld(files, { input: { prefix: PREFIX, format: 'csv' } });
  const run = await ask(world);

  await planThrough(run, world.deps);

  const made = planOf(world, run.runId);
  expect(made.listing?.header).toEqual(['x', 'y']);
  const ranges = chunksOf(world, run.runId).flatMap((chunk) => chunk.ranges);
  expect(ranges.map((range) => range.ref?.header)).toEqual([...Array(6).fill(undefined), ...Array(3).fill(['y', 'x'])]);
  expect(ranges.map((range) => objectOf(made, range)?.object.header?.join())).toEqual([...Array(6).fill('x,y'), ...Array(3).fill('y,x')]);
});

test('of many small files only a sample is looked at', async () => {
  const files = Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`${String(i).padStart(3, '0')}.jsonl`, lines(10)]));
  const world = aListedWorld(files);
  const run = await ask(world);
  let heads = 0;
  const input = new Proxy(world.input, {
    get: (target, name, receiver) => {
      if (name === 'head') heads++;
      const value = Reflect.get(target, name, receiver);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });

  await planThrough(run, { ...world.deps, input });

  // The first 32, the 32nd, 64th, 128th and 256th behind them, and 16 once more to tell the types of their columns.
  expect(heads).toBe(36 + 16);
  const seen = chunksOf(world, run.runId).flatMap(({ ranges }) => ranges.filter(({ ref }) => ref?.seen));
  expect(seen).toHaveLength(36);
});

test('with format files nothing is looked at, and an empty file is a file', async () => {
  const spec = { input: { prefix: PREFIX, format: 'files' }, process: { command: ['cat'] }, output: { format: 'files' } };
  const world = aListedWorld(MIXED, spec);
  const run = await ask(world);
  const head = async () => {
    throw new Error('no look is needed');
  };

  await planThrough(run, { ...world.deps, input: { ...world.input, bucket: 'input', head } as unknown as Deps['input'] });

  expect(planOf(world, run.runId).listing).toMatchObject({ objects: 6, empty: 0 });
});

describe('what is refused before anything is submitted', () => {
  const refusal = async (world: World, source?: RunSource) => {
    const run = await ask(world, source);
    return plan(run, world.deps).then(
      () => undefined,
      (thrown: Error) => ({ name: thrown.name, message: thrown.message }),
    );
  };

  test('small files of another format', async () => {
    expect(await refusal(aListedWorld({ 'a.jsonl': 'PAR1xxxxPAR1' }))).toEqual({
      name: 'CONFIGFailure',
      message: expect.stringContaining(`${PREFIX}a.jsonl is a Parquet file`),
    });
  });

  test('a prefix outside of the job’s own, or in another bucket', async () => {
    const world = aListedWorld({});
    world.drop('elsewhere/a.jsonl', lines(10));

    expect(await refusal(world, { ...SOURCE, prefix: 'elsewhere/' })).toMatchObject({
      name: 'CONFIGFailure',
      message: expect.stringContaining('expected a prefix that begins with its input.prefix, incoming/orders/'),
    });
    const other = aListedWorld(MIXED);
    expect(await refusal(other, { ...SOURCE, bucket: 'foreign' })).toMatchObject({ name: 'CONFIGFailure' });
  });

  test('a prefix that changed since it was asked for', async () => {
    const world = aListedWorld(MIXED);
    const run = await ask(world);
    world.drop(`${PREFIX}new.jsonl`, lines(10));

    await expect(plan(run, world.deps)).rejects.toMatchObject({
      name: 'DATAFailure',
      message: expect.stringContaining('changed since the run was asked for'),
    });
    expect(world.state.keys(planKey(run.runId))).toEqual([]);
  });
});

test('files without content are no chunks: the run goes straight to Commit', async () => {
  const world = aListedWorld({ 'a.jsonl': '', 'b.jsonl': '' });

  expect((await planThrough(await ask(world), world.deps)).answer).toEqual({ next: 'commit' });
});

test('one chunk is a plain job, more than 10,000 tasks are several arrays', async () => {
  const tasks = async (bytes: number) => {
    const world = aListedWorld({ 'a.jsonl': Buffer.alloc(bytes, 'x') }, { chunk: { bytes: 300 } });
    // A byte a second: every chunk takes the time of a task.
    for (let i = 0; i < 3; i++) {
      const record = {
        schema: 'history.v1',
        runId: `r${i}`,
        status: 'SUCCEEDED',
        bytes: { read: 1 },
        seconds: 1e6,
        taskSeconds: 1e6,
        tasks: 1,
      };
      world.state.put(`history/${JOB}/${i}.json`, JSON.stringify(record));
    }
    const run = await ask(world);
    await planThrough(run, world.deps);
    return JSON.parse(world.state.text(roundKey(run.runId, 0)));
  };

  expect(await tasks(99)).toMatchObject({ tasks: 1, arrays: [{ array: 0, firstTask: 0, tasks: 1 }] });
  expect(await tasks(300 * 10_001)).toMatchObject({
    tasks: 10_001,
    arrays: [
      { array: 0, firstTask: 0, tasks: 10_000 },
      { array: 1, firstTask: 10_000, tasks: 1 },
    ],
  });
});

describe('over several calls', () => {
  /** Time for so many looks at the clock, over and over. */
  const hurried = (world: World, looks: number): Deps => {
    let looked = 0;
    return { ...world.deps, remainingMs: () => (++looked % looks === 0 ? 1 : 900_000) };
  };
  const sizes = fc.array(fc.oneof(fc.integer({ min: 0, max: 350 }), fc.integer({ min: 1, max: 40 })), { minLength: 1, maxLength: 40 });
  const filesOf = (all: readonly number[]) =>
    Object.fromEntries(all.map((bytes, i) => [`${String(i).padStart(3, '0')}.jsonl`, bytes === 0 ? '' : lines(bytes)]));

  test('law: left at any page and gone on with it is the identical plan', async () => {
    await fc.assert(
      fc.asyncProperty(sizes, fc.integer({ min: 1, max: 4 }), async (all, looks) => {
        const [whole, parts] = [aListedWorld(filesOf(all)), aListedWorld(filesOf(all))];
        const run = await ask(whole);
        await planThrough(run, whole.deps);

        await ask(parts);
        const { calls } = await planThrough(run, hurried(parts, looks));

        expect(outcomeOf(parts, run.runId)).toEqual(outcomeOf(whole, run.runId));
        if (looks === 1) expect(calls).toBe(Math.ceil(all.length / 3) + 2);
      }),
      { numRuns: 40 },
    );
  });

  test('every call leaves a checkpoint, and says that there is more', async () => {
    const world = aListedWorld(MIXED);
    const run = await ask(world);

    expect(await plan(run, hurried(world, 1))).toEqual({ next: 'plan' });

    expect(world.state.keys(checkpointsPrefix(run.runId))).toHaveLength(1);
    expect(world.state.keys(planKey(run.runId))).toEqual([]);
  });

  test('a call that has the time leaves one every minute, in case it dies', async () => {
    const world = aListedWorld(filesOf(Array(9).fill(50)));
    const run = await ask(world);
    let minutes = 0;

    await plan(run, { ...world.deps, now: () => new Date(minutes++ * 60_000) });

    expect(world.state.keys(checkpointsPrefix(run.runId))).toHaveLength(3);
  });

  test('law: killed before or after any request, it is the identical plan in the end', async () => {
    const files = { ...MIXED, ...filesOf([10, 350, 20, 0, 90]) };
    const whole = aListedWorld(files);
    const run = await ask(whole);
    await planThrough(run, hurried(whole, 2));
    for (let at = 0, died = true; died; at++) {
      const world = aListedWorld(files);
      await ask(world);
      const dying = mortal(hurried(world, 2), at);
      died = await planThrough(run, dying).then(
        () => false,
        () => true,
      );

      await planThrough(run, hurried(world, 3));

      expect(outcomeOf(world, run.runId)).toEqual(outcomeOf(whole, run.runId));
    }
  });

  test('the config is that of the first call, whatever is deployed meanwhile', async () => {
    const world = aListedWorld(MIXED);
    const run = await ask(world);
    await plan(run, hurried(world, 1));
    world.state.put(`config/${JOB}.json`, JSON.stringify(aConfig(aSpec({ chunk: { bytes: 10 } }))));

    await planThrough(run, world.deps);

    expect(planOf(world, run.runId)).toMatchObject({ sizing: { chunkBytes: CHUNK_BYTES }, pins: { config: 'v1' } });
  });

  test('two calls at once make one plan: who comes second to a checkpoint follows the first', async () => {
    const files = filesOf(Array(30).fill(60));
    const [alone, both] = [aListedWorld(files), aListedWorld(files)];
    const run = await ask(alone);
    await planThrough(run, alone.deps);
    await ask(both);

    await Promise.all([planThrough(run, hurried(both, 2)), planThrough(run, hurried(both, 3)), planThrough(run, both.deps)]);

    expect(outcomeOf(both, run.runId)).toEqual(outcomeOf(alone, run.runId));
  });

  test('a chunk list of many parts is gone on with part by part, after any death', async () => {
    const files = {
      'a.jsonl': Buffer.alloc(1_500_000, 'x'),
      'b.jsonl': Buffer.alloc(1_500_000, 'y'),
      'c.jsonl': Buffer.alloc(1_500_000, 'z'),
      'd.jsonl': 'x',
    };
    const whole = aListedWorld(files, { chunk: { bytes: 50 } });
    const run = await ask(whole);
    await planThrough(run, whole.deps);
    for (const at of [12, 13, 14, 15, 16, 17, 18]) {
      const world = aListedWorld(files, { chunk: { bytes: 50 } });
      await ask(world);
      await planThrough(run, mortal(hurried(world, 1), at)).catch(() => undefined);

      await planThrough(run, hurried(world, 1));

      expect(outcomeOf(world, run.runId)).toEqual(outcomeOf(whole, run.runId));
    }
  }, 60_000);
});

/** Deps that die at the given write: half of the times before it is done, half after. */
function mortal(deps: Deps, at: number): Deps {
  let count = 0;
  const guarded = <T extends object>(target: T, names: readonly string[]): T =>
    new Proxy(target, {
      get: (of, name) => {
        const value = Reflect.get(of, name);
        if (typeof value !== 'function') return value;
        if (!names.includes(String(name))) return value.bind(of);
        return async (...args: unknown[]) => {
          const mine = count++;
          if (mine === 2 * at) throw new Error('killed before');
          const answer = await value.apply(of, args);
          if (mine === 2 * at + 1) throw new Error('killed after');
          return answer;
        };
      },
    });
  return {
    ...deps,
    state: guarded(deps.state, ['createOnce', 'read', 'head']),
    texts: guarded(deps.texts, ['begin', 'uploadPiece', 'complete']),
  };
}

test('a schema of which not all is checked is refused by name, also where it is deployed already', async () => {
  const schema = { type: 'object', properties: { email: { type: 'string', formt: 'email' } } };
  const world = aWorld({ ...aConfig(aSpec({ input: { prefix: PREFIX, format: 'jsonl' } })), schemas: { input: schema } });
  world.drop(`${PREFIX}a.jsonl`, '{}\n');
  const run = await ask(world);

  await expect(plan(run, world.deps)).rejects.toMatchObject({
    name: 'CONFIGFailure',
    message: expect.stringMatching(/^input.schema at #\/properties\/email\/formt: unknown keyword "formt" \(did you mean format\?\)/),
  });
});
