import { join } from 'node:path';
import { RunWatcher } from '../../../cli/state/run-watcher';
import { knownRuns } from '../../../cli/state/runs';
import { aReport, tempFolder, writeFiles, writeRun } from '../support';

const stateDir = tempFolder();

test('each run is told when it starts and when it ends, once', () => {
  const watcher = new RunWatcher(stateDir);
  const told = [watcher.news()];

  writeRun(stateDir, { runId: 'orders-1', job: 'orders' });
  told.push(watcher.news(), watcher.news());
  writeRun(stateDir, aReport());
  told.push(watcher.news(), watcher.news());
  writeRun(stateDir, aReport({ runId: 'orders-2' }));
  told.push(watcher.news());

  expect(told).toEqual([
    [],
    ['started orders-1'],
    [],
    ['succeeded orders-1 after 8.5 s: 2,999,990 records written'],
    [],
    ['started orders-2', 'succeeded orders-2 after 8.5 s: 2,999,990 records written'],
  ]);
});

test('folders that are no runs are none', () => {
  writeFiles(join(stateDir, 's3/out'), { 'runs/part-0.csv': 'x', 'runs/orders-9/part-0.csv': 'x' });

  expect(knownRuns(stateDir).map(({ runId }) => runId)).toEqual(['orders-1', 'orders-2']);
});
