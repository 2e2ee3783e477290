import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { JOBS } from '../../../scripts/chaos/files';
import { CHANGES, writeJobs } from '../../../scripts/chaos/specs';

const folder = mkdtempSync(path.join(os.tmpdir(), 'chaos-specs-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const specOf = (job: string): string => readFileSync(path.join(folder, `${job}.yaml`), 'utf8');

test.each(['other', 'mended'] as const)('every job is another one when it is %s', (version) => {
  writeJobs(folder, 'first');
  const before = JOBS.map(specOf);
  writeJobs(folder, version);

  expect(JOBS.filter((job, i) => specOf(job) === before[i])).toEqual([]);
});

test('every change fits a job', () => {
  writeJobs(folder, 'first');
  const all = JOBS.map(specOf).join('');

  for (const [from] of [...CHANGES.other, ...CHANGES.mended]) expect(all).toContain(from);
});
