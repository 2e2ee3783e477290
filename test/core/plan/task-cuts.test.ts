import fc from 'fast-check';
import { ChunkLines, indexLines } from '../../../core/plan/chunk-lines';
import { createTaskCutter, cutEvenly } from '../../../core/plan/task-cuts';
import { decodeTaskEntry, TASK_ENTRY_BYTES, taskEntryRange } from '../../../core/plan/task-index';
import { aChunk } from '../../support/records';

const sumsOf = (work: readonly number[]): number[] => work.map((_, i) => work.slice(0, i + 1).reduce((sum, w) => sum + w, 0));
const taskWork = (work: readonly number[], starts: readonly number[]): number[] =>
  starts.map((start, task) => work.slice(start, starts[task + 1]).reduce((sum, w) => sum + w, 0));

/** The longest task of the best cut there is, by trying all. */
function bestLongest(work: readonly number[], tasks: number): number {
  if (tasks === 1) return work.reduce((sum, w) => sum + w, 0);
  const firsts = Array.from({ length: work.length - tasks + 1 }, (_, i) => i + 1);
  return Math.min(
    ...firsts.map((n) =>
      Math.max(
        work.slice(0, n).reduce((sum, w) => sum + w, 0),
        bestLongest(work.slice(n), tasks - 1),
      ),
    ),
  );
}

describe('cutEvenly', () => {
  const work = fc.array(fc.integer({ min: 0, max: 1000 }), { minLength: 1, maxLength: 300 });

  test('law: every task has a chunk, and none is longer than the mean by more than a tenth and the largest chunk', () => {
    fc.assert(
      fc.property(work, fc.nat(), (weights, n) => {
        const tasks = 1 + (n % weights.length);

        const lengths = taskWork(weights, cutEvenly(sumsOf(weights), tasks));

        const mean = weights.reduce((sum, w) => sum + w, 0) / tasks;
        expect(lengths).toHaveLength(tasks);
        expect(Math.max(...lengths)).toBeLessThanOrEqual(1.1 * mean + Math.max(...weights));
      }),
      { numRuns: 300 },
    );
  });

  test('law: no cut into consecutive chunks has a shorter longest task', () => {
    const few = fc.array(fc.integer({ min: 0, max: 50 }), { minLength: 1, maxLength: 9 });
    fc.assert(
      fc.property(few, fc.nat(), (weights, n) => {
        const tasks = 1 + (n % Math.min(4, weights.length));

        expect(Math.max(...taskWork(weights, cutEvenly(sumsOf(weights), tasks)))).toBe(bestLongest(weights, tasks));
      }),
      { numRuns: 300 },
    );
  });

  test.each([
    ['more tasks than chunks', [5, 5], 9, [0, 1]],
    ['no chunk', [], 3, []],
    ['nothing to do', [0, 0, 0, 0], 2, [0, 2]],
    ['one giant', [1, 1, 100, 1, 1], 3, [0, 2, 3]],
  ])('%s', (_name, weights, tasks, starts) => {
    expect(cutEvenly(sumsOf(weights), tasks)).toEqual(starts);
  });
});

describe('a task cutter', () => {
  const chunks = fc.array(fc.record({ work: fc.integer({ min: 0, max: 1000 }), bytes: fc.integer({ min: 1, max: 99 }) }), {
    maxLength: 400,
  });

  test('law: tasks tile the chunk list, whatever the number of marks kept, and stay near the mean', () => {
    fc.assert(
      fc.property(chunks, fc.integer({ min: 1, max: 12 }), fc.integer({ min: 64, max: 500 }), (all, tasks, marks) => {
        const cutter = createTaskCutter(undefined, marks);
        for (const chunk of all) cutter.add(chunk);

        const cuts = cutter.cut(tasks);

        const bytes = all.reduce((sum, chunk) => sum + chunk.bytes, 0);
        const total = all.reduce((sum, chunk) => sum + chunk.work, 0);
        const largest = Math.max(0, ...all.map((chunk) => chunk.work));
        expect(cuts.length).toBeLessThanOrEqual(tasks);
        expect([0, ...cuts.map(({ end }) => end)]).toEqual([...cuts.map(({ start }) => start), bytes]);
        expect(cuts.reduce((sum, cut) => sum + cut.work, 0)).toBe(total);
        const grain = all.length >= marks ? (2 * total) / marks + 1 : 0;
        for (const { work } of cuts) expect(work).toBeLessThanOrEqual((1.1 * total) / cuts.length + largest + grain);
      }),
      { numRuns: 300 },
    );
  });

  test('law: rebuilt from its state at any chunk it cuts the same tasks', () => {
    fc.assert(
      fc.property(chunks, fc.nat(), fc.integer({ min: 64, max: 500 }), (all, n, marks) => {
        const whole = createTaskCutter(undefined, marks);
        for (const chunk of all) whole.add(chunk);
        const at = n % (all.length + 1);
        const first = createTaskCutter(undefined, marks);
        for (const chunk of all.slice(0, at)) first.add(chunk);

        const second = createTaskCutter(structuredClone(first.state()), marks);
        for (const chunk of all.slice(at)) second.add(chunk);

        expect(second.totals).toEqual(whole.totals);
        expect(second.cut(7)).toEqual(whole.cut(7));
      }),
    );
  });

  test('work that is no whole number is refused', () => {
    expect(() => createTaskCutter().add({ work: 0.5, bytes: 1 })).toThrow('work of 0.5, expected a whole number from 0 on');
  });

  test('a million chunks leave a bounded number of marks and balanced tasks', () => {
    const cutter = createTaskCutter(undefined, 50_000);
    for (let i = 0; i < 1_000_000; i++) cutter.add({ work: 1 + ((i * 7919) % 64), bytes: 90 });

    const cuts = cutter.cut(1000);

    const mean = cutter.totals.work / 1000;
    expect(cuts).toHaveLength(1000);
    expect(Math.max(...cuts.map(({ work }) => work))).toBeLessThan(1.1 * mean);
    expect(cutter.state().sums.length).toBeLessThanOrEqual(50_000);
  });
});

test('lines and index: every task finds exactly its own chunks', () => {
  const chunks = Array.from({ length: 5000 }, (_, i) => aChunk(`é${i}`, 0, i % 100));
  const cutter = createTaskCutter();
  const writer = new ChunkLines(cutter);

  const lines = Buffer.from([...chunks.map((chunk) => writer.add(chunk) ?? ''), writer.rest()].join(''));
  const index = [...indexLines(cutter.cut(37))].join('');

  expect(index).toHaveLength(37 * TASK_ENTRY_BYTES);
  const found = Array.from({ length: 37 }, (_, task) => {
    const entry = taskEntryRange(task);
    const { start, end } = decodeTaskEntry(index.slice(entry.start, entry.end));
    return lines.subarray(start, end).toString().trim().split('\n');
  });
  expect(found.flat().map((line) => JSON.parse(line))).toEqual(chunks);
});
