import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { InOrder } from '../../../worker/processors/module/in-order';

interface Job {
  /** Milliseconds until its answer; none where it is there at once. */
  readonly takes?: number;
  readonly fails?: boolean;
}

/** Asks for all jobs as a processor does, and answers what was settled and how many were under way at most. */
async function runAll(jobs: readonly Job[], limit: number) {
  const settled: number[] = [];
  const late: Promise<void>[] = [];
  let [running, most] = [0, 0];
  const queue = new InOrder<number>(limit, (item, answer) => {
    expect(answer).toBe(item * 10);
    settled.push(item);
    return item % 2 === 0 ? undefined : sleep(0);
  });
  const ask = async (item: number, { takes = 0, fails }: Job): Promise<number> => {
    running += 1;
    most = Math.max(most, running);
    await sleep(takes);
    running -= 1;
    if (fails) throw new Error(`job ${item}`);
    return item * 10;
  };
  try {
    for (const [item, job] of jobs.entries()) {
      if (queue.isFull) await queue.room();
      if (job.takes === undefined) queue.putReady(item, item * 10);
      else {
        const answer = ask(item, job);
        late.push(answer.then(() => undefined).catch(() => undefined));
        queue.put(item, answer);
      }
    }
    await queue.drain();
  } finally {
    await queue.quiet();
    expect(running).toBe(0);
    await Promise.all(late);
  }
  return { settled, most };
}

const aJob = fc.record({ takes: fc.nat(4) }, { requiredKeys: [] });

test('answers are settled in order, whatever each takes, and never more than the limit are under way', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(aJob, { maxLength: 40 }), fc.integer({ min: 1, max: 6 }), async (jobs, limit) => {
      const { settled, most } = await runAll(jobs, limit);

      expect(settled).toEqual(jobs.map((_, item) => item));
      expect(most).toBeLessThanOrEqual(limit);
    }),
    { numRuns: 60 },
  );
});

test('as many as the limit allows are under way', async () => {
  expect(
    (
      await runAll(
        Array.from({ length: 20 }, () => ({ takes: 3 })),
        4,
      )
    ).most,
  ).toBe(4);
});

test('the first failure ends it, and none behind it is settled', async () => {
  const jobs: Job[] = [{ takes: 1 }, { takes: 20, fails: true }, { takes: 1 }, { takes: 1 }];

  await expect(runAll(jobs, 4)).rejects.toThrow('job 1');
});

test('what ends it from outside is thrown at once, although an answer never comes', async () => {
  const queue = new InOrder<number>(1, () => undefined);
  queue.put(0, new Promise(() => undefined));

  const ended = queue.drain();
  queue.fail(new Error('stop'));

  await expect(ended).rejects.toThrow('stop');
});
