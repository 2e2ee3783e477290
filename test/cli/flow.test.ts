import { join } from 'node:path';
import { CloudError } from '../../cli/errors';
import { type FlowDeps, runFlow } from '../../cli/flow';
import type { Snapshot } from '../../cli/render/progress';
import { loadJobs } from '../../core/spec/load';
import { aRunState, aSpec, FakeCloud, tempFolder, writeFiles } from './support';

const folder = tempFolder();
writeFiles(folder, { 'a.csv': 'id\n1\n' });
const [job] = loadJobs(['orders.yaml'], () => aSpec('orders')).jobs;
const order = { job: job!, sources: [{ kind: 'file', path: join(folder, 'a.csv'), name: 'a.csv' } as const], again: false };

function deps(cloud: FakeCloud, shown: Snapshot[] = []): FlowDeps {
  let clock = 0;
  return {
    cloud,
    view: { update: (snapshot) => shown.push(snapshot), stop: () => undefined },
    notice: () => undefined,
    interrupted: new AbortController().signal,
    now: () => {
      clock += 20_000;
      return clock;
    },
    lookEveryMs: 1,
  };
}

test('a run that never begins is given up after a minute, naming where to look', async () => {
  const cloud = new FakeCloud([undefined]);

  const flow = runFlow(order, deps(cloud));

  await expect(flow).rejects.toThrow(CloudError);
  await expect(flow).rejects.toThrow(/did not begin within 80 s: look into the dead-letter queue/);
  expect(cloud.looked).toHaveLength(4);
});

test('every look is shown, and what another process had read before is no speed of ours', async () => {
  const shown: Snapshot[] = [];
  const records = (read: number) => ({ read, written: read, filtered: 0, quarantined: 0 });
  const states = [aRunState({ records: records(100) }), aRunState({ status: 'SUCCEEDED', records: records(300) })];

  await runFlow(order, deps(new FakeCloud(states), shown));

  expect(shown.map(({ run, seconds, readBefore }) => [run.records.read, seconds, readBefore])).toEqual([
    [100, 20, 100],
    [300, 40, 100],
  ]);
});
