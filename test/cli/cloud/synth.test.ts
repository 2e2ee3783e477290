import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { hashInputs } from '../../../cli/cloud/synth';
import { aSpec, tempFolder, writeFiles } from '../support';

const jobsDir = tempFolder();
writeFiles(jobsDir, { 'orders.yaml': aSpec('orders'), 'processors/a.ts': 'export {};' });

test('the same inputs are the same, whatever their times', () => {
  const before = hashInputs(jobsDir);

  writeFileSync(join(jobsDir, 'orders.yaml'), aSpec('orders'));

  expect(hashInputs(jobsDir)).toBe(before);
});

test.each([
  ['a spec that changes', { 'orders.yaml': aSpec('orders', 'description: x') }],
  ['a processor that changes', { 'processors/a.ts': 'export const x = 1;' }],
  ['a new file', { 'new.yaml': '' }],
])('%s makes another assembly', (_, files) => {
  const before = hashInputs(jobsDir);

  writeFiles(jobsDir, files);

  expect(hashInputs(jobsDir)).not.toBe(before);
});

test("Python's caches are no inputs", () => {
  const before = hashInputs(jobsDir);

  mkdirSync(join(jobsDir, 'processors/__pycache__'));
  writeFiles(jobsDir, { 'processors/__pycache__/a.pyc': 'x' });

  expect(hashInputs(jobsDir)).toBe(before);
});
