import { collect } from '../../adapters/concurrency';
import type { OpenRuns } from '../../adapters/ports';
import { OpenMark } from '../../core/contracts';

const mark = (execution: string) =>
  OpenMark.parse({
    schema: 'open.v1',
    execution,
    input: { runId: execution, job: 'job' },
    at: '2026-11-25T00:00:00.000Z',
  });

/** What every keeper of marks of open executions does. */
export function describeOpenRuns(name: string, make: () => Promise<{ readonly open: OpenRuns; stop(): Promise<void> }>): void {
  describe(`open runs of ${name}`, () => {
    let open: OpenRuns;
    let stop: () => Promise<void>;
    beforeEach(async () => {
      ({ open, stop } = await make());
    });
    afterEach(() => stop());

    test('are listed from when they are added to when they are forgotten', async () => {
      for (const execution of ['a', 'b', 'a']) await open.add(mark(execution));
      await open.forget('b');
      await open.forget('never there');

      expect(await collect(open.list())).toEqual([mark('a')]);
    });

    test('that end while they are listed are passed over', async () => {
      for (const execution of ['a', 'b', 'c']) await open.add(mark(execution));
      const seen: string[] = [];

      for await (const { execution } of open.list()) {
        seen.push(execution);
        if (execution === 'a') await open.forget('b');
      }

      expect(seen).toEqual(['a', 'c']);
    });
  });
}
