import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Report } from '../../core/report/report-contract';
import type { Hit } from '../../local/faults/faults';

/** The commands of docs/chaos.md, as they stand there. */

const ROOT = path.join(__dirname, '..', '..');
const state = mkdtempSync(path.join(os.tmpdir(), 'batchwright-storm-'));
afterAll(() => rmSync(state, { recursive: true, force: true }));

const documented = readFileSync(path.join(ROOT, 'docs', 'chaos.md'), 'utf8')
  .split('\n')
  .filter((line) => /^npx batchwright .*(storm|local faults$)/.test(line));

function batchwright<T>(line: string): T {
  const args = line.replace('npx batchwright ', '').split(' ');
  const command = ['cli/batchwright.js', ...args, '--state', state, '--json'];
  const { status, stdout, stderr } = spawnSync(process.execPath, command, { cwd: ROOT, encoding: 'utf8' });
  if (status !== 0) throw new Error(`${line} ended with ${status}: ${stderr}`);
  return JSON.parse(stdout) as T;
}

jest.setTimeout(360_000);

test('a run that loses capacity and memory, is refused load everywhere and has a poisoned record publishes the rest', () => {
  const [run = '', show = '', list = '', faults = ''] = documented;

  const report = batchwright<Report>(run);

  expect(report).toMatchObject({
    status: 'SUCCEEDED',
    records: { read: 42_049, written: 42_048, quarantined: 1 },
    reconciliation: { verdict: 'BALANCED' },
    chunks: { planned: 16, bisected: 1 },
  });
  expect(report.rounds.some(({ retried }) => (retried?.SPOT ?? 0) > 0)).toBe(true);
  expect(report.rounds.some(({ failures }) => (failures.OOM ?? 0) > 0)).toBe(true);
  expect(report.cost.wastedUsd).toBeGreaterThan(0);
  expect(batchwright<Report>(show)).toMatchObject({ runId: report.runId, rounds: report.rounds });
  const { records } = batchwright<{ records: { class: string; raw: string }[] }>(list);
  expect(records).toMatchObject([{ class: 'DATA', raw: expect.stringContaining('90210,') }]);
  const struck = new Set(batchwright<Hit[]>(faults).map(({ rule }) => rule));
  expect([...struck].toSorted()).toEqual([
    'Batch throttles',
    'S3 slows down',
    'Spot loss',
    'Step Functions throttle',
    'functions throttled',
    'out of memory',
  ]);
});
