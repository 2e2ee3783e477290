import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const ROOT = path.resolve(__dirname, '../..');
const folder = mkdtempSync(path.join(tmpdir(), 'batchwright-quoted-'));
afterAll(() => rmSync(folder, { recursive: true }));

const script = (name: string, ...args: readonly string[]) => {
  const { status, stdout, stderr } = spawnSync(path.join(ROOT, 'node_modules/.bin/tsx'), [path.join(ROOT, 'scripts', name), ...args], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`${name} ended with ${status}: ${stdout}${stderr}`);
  return JSON.parse(stdout);
};

test('a file full of quoted line breaks, cut by guessing, is published as one process would have it', () => {
  const file = path.join(folder, 'quoted.csv');
  const { rows } = script('quoted-csv.ts', '--mb', '3', '--seed', '7', '--out', file);

  const result = script('compare-outputs.ts', '--file', file, '--chunk', '64KiB');

  expect(result).toMatchObject({ read: rows, quarantined: 0, missing: 0, unexpected: 0, verdict: 'BALANCED' });
  expect(result.published).toBe(result.expected);
  expect(result.chunks.redone).toBeGreaterThan(0);
  expect(result.chunks.committed).toBe(result.chunks.planned);
}, 180_000);
