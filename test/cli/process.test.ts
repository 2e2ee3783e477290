import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { aReport, tempFolder, writeRun } from './support';

const cwd = tempFolder();
writeRun(join(cwd, '.batchwright'), aReport());

/** The command as npx starts it, in a process of its own and from any folder. */
const batchwright = (...argv: string[]) =>
  spawnSync(process.execPath, [join(__dirname, '../../cli/batchwright.js'), ...argv], { cwd, encoding: 'utf8' });

test('the process prints the result on stdout and ends with 0', () => {
  const { status, stdout, stderr } = batchwright('show', 'orders', '--json');

  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(JSON.parse(stdout)).toMatchObject({ runId: 'orders-1', schema: 'report.v1' });
});

test('bad usage ends the process with 2', () => {
  expect(batchwright('run', 'orders')).toMatchObject({ status: 2, stdout: '', stderr: 'error: no such folder of job specs: jobs\n' });
});
