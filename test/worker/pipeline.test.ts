import fc from 'fast-check';
import { runPipeline, type Stages } from '../../worker/pipeline';

const turns = (count: number) => new Promise<void>((done) => (count === 0 ? done() : setImmediate(() => turns(count - 1).then(done))));

interface Plan {
  /** How many turns of the event loop each stage of an item takes, and in which stage it fails. */
  readonly turns: readonly [number, number, number];
  readonly fails?: 'fetch' | 'process' | 'deliver';
  readonly alone?: boolean;
}

/** Runs items of this plan, and tells what was under way at once and what became of each. */
async function run(plan: readonly Plan[], mayBegin: (item: number) => boolean = () => true) {
  const events: string[] = [];
  const busy = new Map<string, number>();
  const most = new Map<string, number>();
  const stage = async (name: 'fetch' | 'process' | 'deliver', item: number, index: 0 | 1 | 2): Promise<number> => {
    busy.set(name, (busy.get(name) ?? 0) + 1);
    most.set(name, Math.max(most.get(name) ?? 0, busy.get(name) ?? 0));
    events.push(`${name} ${item}`);
    await turns(plan[item]!.turns[index]);
    busy.set(name, (busy.get(name) ?? 0) - 1);
    if (plan[item]!.fails === name) throw new Error(`${name} ${item} failed`);
    return item;
  };
  const failed: string[] = [];
  const ended: number[] = [];
  const stages: Stages<number, number, number> = {
    fetch: (item) => stage('fetch', item, 0),
    process: (item, fetched) => stage('process', fetched === item ? item : -1, 1),
    deliver: async (item, processed) => {
      await stage('deliver', processed === item ? item : -1, 2);
    },
    failed: async (item, thrown) => void failed.push(`${item}: ${(thrown as Error).message}`),
    mayBegin,
    isAlone: (item) => plan[item]!.alone === true,
    end: async (item) => void ended.push(item),
  };
  const taken = await runPipeline(
    plan.map((_, item) => item),
    stages,
  );
  return { events, most, failed, ended, taken };
}

const aPlan = fc.array(
  fc.record({
    turns: fc.tuple(fc.nat(4), fc.nat(4), fc.nat(4)),
    fails: fc.option(fc.constantFrom('fetch' as const, 'process' as const, 'deliver' as const), { nil: undefined }),
  }),
  { maxLength: 8 },
);

test('each stage has one item at most, every item goes through in order, and a failure stays with its own item', async () => {
  await fc.assert(
    fc.asyncProperty(aPlan, async (plan) => {
      const { events, most, failed, ended, taken } = await run(plan);

      expect(taken).toBe(plan.length);
      expect([...most.values()].every((count) => count <= 1)).toBe(true);
      expect(failed.toSorted()).toEqual(plan.flatMap(({ fails }, item) => (fails ? [`${item}: ${fails} ${item} failed`] : [])).toSorted());
      expect(ended.toSorted()).toEqual(plan.map((_, item) => item));
      for (const [name, stopping] of [
        ['fetch', []],
        ['process', ['fetch']],
        ['deliver', ['fetch', 'process']],
      ] as const) {
        const reached = plan.flatMap(({ fails }, item) =>
          (stopping as readonly string[]).includes(fails ?? '') ? [] : [`${name} ${item}`],
        );
        expect(events.filter((event) => event.startsWith(name))).toEqual(reached);
      }
    }),
  );
});

test('the next item is fetched and the one before is delivered while an item is processed', async () => {
  const { events } = await run([{ turns: [1, 5, 9] }, { turns: [1, 5, 9] }, { turns: [1, 5, 9] }]);

  expect(events).toEqual(['fetch 0', 'fetch 1', 'process 0', 'deliver 0', 'fetch 2', 'process 1', 'deliver 1', 'process 2', 'deliver 2']);
});

test('an item that is to be alone is processed when the one before is delivered', async () => {
  const { events } = await run([{ turns: [0, 0, 9] }, { turns: [0, 0, 9], alone: true }, { turns: [0, 0, 9] }]);

  expect(events.indexOf('process 1')).toBeGreaterThan(events.indexOf('deliver 0'));
  expect(events).toEqual(['fetch 0', 'fetch 1', 'process 0', 'deliver 0', 'fetch 2', 'process 1', 'deliver 1', 'process 2', 'deliver 2']);
});

test('nothing is begun after a no, what was fetched for it is dropped, and what is under way is finished', async () => {
  let asked = 0;

  const { events, ended, taken } = await run(
    Array.from({ length: 4 }, () => ({ turns: [1, 1, 9] as const })),
    (item) => item < 2 || asked++ < 1,
  );

  expect(taken).toBe(2);
  expect(events).toEqual(['fetch 0', 'fetch 1', 'process 0', 'deliver 0', 'fetch 2', 'process 1', 'deliver 1']);
  expect(ended.toSorted()).toEqual([0, 1, 2]);
});

test('a failure that cannot be told is thrown, after what is under way', async () => {
  const stages: Stages<number, number, number> = {
    fetch: async (item) => item,
    process: async () => Promise.reject(new Error('bad')),
    deliver: async () => undefined,
    failed: async () => Promise.reject(new Error('cannot be told')),
    mayBegin: () => true,
    isAlone: () => false,
    end: async () => undefined,
  };

  await expect(runPipeline([1, 2, 3], stages)).rejects.toThrow('cannot be told');
});
