import fc from 'fast-check';
import { DEFAULT_BYTES_PER_SECOND, MIN_PARALLEL_TASKS } from '../../../core/plan/packing';
import { HistoryRecord, sizeTasks } from '../../../core/plan/sizing';
import { GIB, MIB } from '../../../core/units';

const aRun = (part: Partial<HistoryRecord> = {}): HistoryRecord => ({
  schema: 'history.v1',
  runId: 'run',
  status: 'SUCCEEDED',
  bytes: { read: 4 * 300 * 10 * MIB },
  seconds: 300,
  tasks: 4,
  ...part,
});
const work = { bytes: 100 * GIB, chunks: 1600 };

describe('sizeTasks', () => {
  test('without history it takes the stated default, and says so', () => {
    expect(sizeTasks(work, [])).toEqual({
      tasks: 9,
      bytesPerSecond: DEFAULT_BYTES_PER_SECOND,
      why: '9 tasks: about 300 s each; 40.0 MiB/s a task by default (no run yet)',
    });
  });

  test('with history it takes the speed of the runs', () => {
    expect(sizeTasks(work, [aRun()])).toEqual({
      tasks: 35,
      bytesPerSecond: 10 * MIB,
      why: '35 tasks: about 300 s each; 10.0 MiB/s a task, the last successful run',
    });
  });

  test('the time that tasks ran is preferred to the time of the whole run', () => {
    expect(sizeTasks(work, [aRun({ taskSeconds: 600 })]).bytesPerSecond).toBe(20 * MIB);
  });

  test('the median of the last ten counts, so that one odd run does not', () => {
    const runs = Array.from({ length: 12 }, (_, day) =>
      aRun({
        runId: `run-${day}`,
        endedAt: `2026-01-${String(day + 10)}T00:00:00Z`,
        bytes: { read: (day < 2 ? 1 : day === 11 ? 5000 : 20) * 1200 * MIB },
      }),
    );

    const sized = sizeTasks(work, runs.toReversed());

    expect(sized.bytesPerSecond).toBe(20 * MIB);
    expect(sized.why).toContain('the median of the last 10 successful runs');
  });

  test.each([
    ['failed', aRun({ status: 'FAILED' })],
    ['empty', aRun({ bytes: { read: 0 } })],
    ['short', aRun({ seconds: 12 })],
    ['without tasks', aRun({ tasks: 0 })],
  ])('a run that was %s tells nothing', (_name, run) => {
    expect(sizeTasks(work, [run])).toMatchObject({
      bytesPerSecond: DEFAULT_BYTES_PER_SECOND,
      why: expect.stringContaining('none of 1 past runs'),
    });
  });

  test.each([
    ['nothing', { bytes: 0, chunks: 0 }, 0, 'about 300 s each'],
    ['one chunk', { bytes: 1, chunks: 1 }, 1, 'about 300 s each'],
    ['a few chunks', { bytes: 100 * MIB, chunks: 12 }, MIN_PARALLEL_TASKS, 'a few at once'],
    ['few chunks of much work', { bytes: 1000 * GIB, chunks: 5 }, 5, 'one for each chunk'],
  ])('%s', (_name, load, tasks, why) => {
    const sized = sizeTasks(load, []);

    expect(sized.tasks).toBe(tasks);
    if (load.chunks > 1) expect(sized.why).toContain(why);
  });

  test('law: no more tasks than chunks, and a slower past never wants fewer', () => {
    fc.assert(
      fc.property(
        fc.nat(1e13),
        fc.nat(1e6),
        fc.integer({ min: 1, max: 1e9 }),
        fc.integer({ min: 1, max: 10 }),
        (bytes, chunks, read, times) => {
          const slow = sizeTasks({ bytes, chunks }, [aRun({ bytes: { read } })]);
          const fast = sizeTasks({ bytes, chunks }, [aRun({ bytes: { read: read * times } })]);

          expect(slow.tasks).toBeLessThanOrEqual(chunks);
          expect(slow.tasks).toBeGreaterThanOrEqual(fast.tasks);
        },
      ),
    );
  });

  test('what the report step writes is understood, more than is needed ignored', () => {
    const written = { ...aRun(), records: { read: 1 }, bytes: { read: 1, written: 2 }, cost: 0.1 };

    expect(HistoryRecord.parse(written)).toEqual({ ...aRun(), bytes: { read: 1 } });
  });
});
