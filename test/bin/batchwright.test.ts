import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { aProject, FLAGS } from '../lib/fixture';

const ROOT = path.resolve(__dirname, '../..');

test('the app reads the folder of jobs from its context, and shows a person every error in it, without a stack trace', () => {
  const project = aProject({ 'orders.yaml': 'name: orders\ncolour: red\n' });
  const outdir = path.join(project.root, 'cdk.out');

  const { status, stderr } = spawnSync(process.execPath, ['--import', 'tsx', 'bin/batchwright.ts'], {
    cwd: ROOT,
    encoding: 'utf8',
    env: { ...process.env, CDK_OUTDIR: outdir, CDK_CONTEXT_JSON: JSON.stringify({ ...FLAGS, jobs: project.jobsFolder }) },
  });

  expect(status).toBe(1);
  expect(stderr).toContain(`${path.join(project.jobsFolder, 'orders.yaml')}:2:1 `);
  expect(stderr).not.toContain('    at ');
  expect(existsSync(path.join(outdir, 'manifest.json'))).toBe(false);
  project.remove();
});
