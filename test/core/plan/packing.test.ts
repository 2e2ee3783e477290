import fc from 'fast-check';
import { planChunks } from '../../../core/plan/chunking';
import { arraysOf, encodeTasks, packTasks, taskTarget } from '../../../core/plan/packing';
import { decodeTaskEntry, TASK_ENTRY_BYTES, taskEntryRange } from '../../../core/plan/task-index';

describe('packTasks', () => {
  const work = fc.array(fc.integer({ min: 0, max: 1000 }), { minLength: 1, maxLength: 200 });

  test('gives exactly as many tasks as asked for, each with a chunk at least, in order', () => {
    fc.assert(
      fc.property(work, fc.nat(), (weights, n) => {
        const tasks = 1 + (n % weights.length);

        const starts = packTasks(weights, tasks);

        expect(starts).toHaveLength(tasks);
        expect(starts[0]).toBe(0);
        expect(starts).toEqual([...new Set(starts)].toSorted((a, b) => a - b));
      }),
    );
  });

  test('no task of equal chunks has over one chunk more than another', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 500 }), fc.nat(), (chunks, n) => {
        const tasks = 1 + (n % chunks);
        const starts = packTasks(
          Array.from({ length: chunks }, () => 64),
          tasks,
        );

        const sizes = starts.map((start, i) => (starts[i + 1] ?? chunks) - start);

        expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
      }),
    );
  });
});

describe('encodeTasks', () => {
  test('every task finds exactly its own chunks through the index', () => {
    const chunks = planChunks([{ bytes: 1000 }], { bytes: 90 });
    const starts = packTasks(
      chunks.map(() => 1),
      5,
    );

    const { lines, index } = encodeTasks(chunks, starts);

    expect(index).toHaveLength(5 * TASK_ENTRY_BYTES);
    const found = starts.flatMap((_, task) => {
      const { start, end } = taskEntryRange(task);
      const range = decodeTaskEntry(index.slice(start, end));
      return Buffer.from(lines).subarray(range.start, range.end).toString().trim().split('\n');
    });
    expect(found.map((line) => JSON.parse(line))).toEqual(chunks);
  });

  test('an entry that is no entry is refused, showing what was received', () => {
    expect(() => decodeTaskEntry('12,34\n')).toThrow('"12,34\\n"');
  });
});

describe('taskTarget', () => {
  test.each([
    [100e6, 12, 4],
    [100, 1, 1],
    [0, 0, 0],
    [1e12, 100_000, 80],
  ])('%d bytes in %i chunks want %i tasks', (bytes, chunks, tasks) => {
    expect(taskTarget(bytes, chunks)).toBe(tasks);
  });
});

describe('arraysOf', () => {
  const share = { capacity: 'spot', profile: { vcpu: 1, memoryMiB: 2048 } } as const;

  test.each([
    [0, []],
    [1, [[0, 1]]],
    [10_000, [[0, 10_000]]],
    [
      10_001,
      [
        [0, 10_000],
        [10_000, 1],
      ],
    ],
  ])('%i tasks', (tasks, expected) => {
    expect(arraysOf(tasks, share).map((array) => [array.firstTask, array.tasks])).toEqual(expected);
  });
});
