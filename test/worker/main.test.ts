import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { bundleWorker } from '../support/worker-bundle';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'worker-main-'));
  bundleWorker(folder);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const ENVIRONMENT = {
  PATH: process.env.PATH ?? '',
  NODE_PATH: path.resolve('node_modules'),
  STATE_BUCKET: 'state',
  INPUT_BUCKET: 'input',
  OUTPUT_BUCKET: 'output',
  BATCHWRIGHT_RUN_ID: 'run',
  BATCHWRIGHT_ROUND: '0',
  BATCHWRIGHT_ARRAY: '0',
  AWS_BATCH_JOB_ID: 'job:0',
};
const start = (environment: Record<string, string>) =>
  spawnSync(process.execPath, [path.join(folder, 'main.js')], { env: environment, encoding: 'utf8', timeout: 25_000 });

test('the bundled worker starts, and names what its environment lacks', () => {
  const { STATE_BUCKET: _state, BATCHWRIGHT_ROUND: _round, ...rest } = ENVIRONMENT;

  const { status, stdout } = start({ ...rest, BATCHWRIGHT_ARRAY: 'first' });

  expect(status).toBe(78);
  const { event, message } = JSON.parse(stdout.trim());
  expect(event).toBe('task failed');
  expect(message).toMatch(/STATE_BUCKET[\s\S]*BATCHWRIGHT_ARRAY/);
});
