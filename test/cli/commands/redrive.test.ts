import { join } from 'node:path';
import { executionName } from '../../../core/submit/execution-names';
import { aRunState, batchwright, FakeCloud, tempFolder, writeFiles, writeRun } from '../support';

const cwd = tempFolder();
const stateDir = join(cwd, 'state');
const INPUT = { schema: 'input.v1', runId: 'orders-1', job: 'orders', objects: [] };
writeFiles(cwd, { 'jobs/orders.yaml': 'name: orders\n' });
writeRun(stateDir, { runId: 'orders-1', job: 'orders' });

/** A cloud in which the first execution of the run has this status. */
function aCloud(status: 'RUNNING' | undefined): FakeCloud & { readonly started: string[] } {
  const cloud = Object.assign(new FakeCloud([aRunState(), aRunState({ status: 'SUCCEEDED' })]), { started: [] as string[] });
  cloud.control.state.put('runs/orders-1/input.json', JSON.stringify(INPUT));
  return Object.assign(cloud, {
    control: {
      ...cloud.control,
      executions: {
        ...cloud.control.executions,
        status: async (name: string) => (name === executionName('orders-1', 0) ? status : undefined),
        start: async (name: string) => cloud.started.push(name) > 0,
      },
    },
  });
}

const redrive = (cloud: FakeCloud) =>
  batchwright(['redrive', 'orders-1', '--state', stateDir, '--json'], { cwd, openCloud: async () => cloud });

test('a run under way is waited for, and nothing is started beside it', async () => {
  const cloud = aCloud('RUNNING');

  const { code, out, err } = await redrive(cloud);

  expect(err).toContain('orders-1 is still under way: waiting for its report');
  expect(cloud.looked.length).toBeGreaterThan(1);
  expect(cloud.started).toEqual([]);
  expect({ code, runId: JSON.parse(out).runId }).toEqual({ code: 0, runId: 'orders-1' });
});

test('a run that was claimed and never begun is started', async () => {
  const cloud = aCloud(undefined);

  const { err } = await redrive(cloud);

  expect(err).not.toContain('under way');
  expect(cloud.started).toEqual(['orders-1']);
});
