import { spawn } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { DuckDBInstance } from '@duckdb/node-api';
import type { Report } from '../core/report/report-contract';
import { randomOf } from './random';

/**
 * Kills the main job with SIGKILL at seeded random moments and starts it again: the run must finish, once, with every record.
 * Prints one line per kill and the seed; exits 1 when any of them lost or doubled anything.
 */

const ROOT = path.join(__dirname, '..');

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    times: { type: 'string', default: '10' },
    job: { type: 'string', default: 'flights' },
  },
});

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly seconds: number;
}

/** Runs the job to its end, or kills the process after `killAfterMs`. */
function start(state: string, killAfterMs?: number): Promise<Ended> {
  const began = Date.now();
  const child = spawn(process.execPath, ['cli/batchwright.js', 'start', values.job, '--state', state, '--json', '--quiet'], { cwd: ROOT });
  const timer = killAfterMs === undefined ? undefined : setTimeout(() => child.kill('SIGKILL'), killAfterMs);
  let stdout = '';
  child.stdout.on('data', (piece) => {
    stdout += piece;
  });
  child.stderr.pipe(process.stderr);
  return new Promise((resolve) => {
    child.on('close', (code) => {
      clearTimeout(timer);
      resolve({ code, stdout, seconds: (Date.now() - began) / 1000 });
    });
  });
}

/** Rows of the published parts, counted by DuckDB. */
async function publishedRows(folder: string): Promise<number> {
  const files = readdirSync(folder).filter((name) => name.startsWith('part-'));
  const connection = await (await DuckDBInstance.create()).connect();
  const reader = files[0]?.endsWith('.parquet') ? 'read_parquet' : 'read_json';
  const list = files.map((name) => `'${path.join(folder, name).replaceAll("'", "''")}'`).join(', ');
  const result = await connection.runAndReadAll(`SELECT count(*) FROM ${reader}([${list}])`);
  return Number(result.getRows()[0]?.[0]);
}

interface Expected {
  readonly written: number;
  readonly parts: number;
}

/** What is wrong with a run that was killed and started again; empty when nothing is. */
async function faultsOf({ code, stdout }: Ended, state: string, expected: Expected): Promise<string[]> {
  if (code !== 0) return [`exit ${code}: ${stdout.slice(0, 500)}`];
  const report = JSON.parse(stdout) as Report;
  const rows = await publishedRows(report.output.localPath ?? '');
  const runs = readdirSync(path.join(state, 's3')).flatMap((bucket) => runsIn(path.join(state, 's3', bucket)));
  const manifest = JSON.parse(readFileSync(path.join(report.output.localPath ?? '', '_manifest.json'), 'utf8')) as { rows: number };
  return [
    ...(report.reconciliation.verdict === 'BALANCED' ? [] : [`books: ${report.reconciliation.verdict}`]),
    ...(rows === expected.written && manifest.rows === rows ? [] : [`${rows} rows, expected ${expected.written}`]),
    ...(report.output.parts === expected.parts ? [] : [`${report.output.parts} parts, expected ${expected.parts}`]),
    ...(runs.length === 1 ? [] : [`${runs.length} runs: ${runs.join(', ')}`]),
  ];
}

const runsIn = (bucket: string): string[] => {
  const folder = path.join(bucket, 'runs');
  return readdirSync(bucket).includes('runs') ? readdirSync(folder) : [];
};

/** A state folder that holds what a first start prepares (templates, sample data) and no run. */
async function warmState(base: string): Promise<string> {
  const warm = path.join(base, 'warm');
  await start(warm);
  const kept = new Set(['cdk.out', 'samples', 'batchwright-state.json']);
  for (const name of readdirSync(warm).filter((entry) => !kept.has(entry))) rmSync(path.join(warm, name), { recursive: true });
  return warm;
}

const copyOf = (warm: string, name: string): string => {
  const state = path.join(path.dirname(warm), name);
  cpSync(warm, state, { recursive: true, preserveTimestamps: true });
  return state;
};

interface Undisturbed extends Expected {
  readonly seconds: number;
}

async function undisturbedRun(warm: string): Promise<Undisturbed> {
  const { code, stdout, seconds } = await start(copyOf(warm, 'undisturbed'));
  if (code !== 0) throw new Error(`the undisturbed run failed: ${stdout.slice(0, 1000)}`);
  const report = JSON.parse(stdout) as Report;
  return { seconds, written: report.records.written, parts: report.output.parts };
}

/** One kill and one restart; whether all was well. */
async function killOnce(i: number, state: string, atMs: number, expected: Expected): Promise<boolean> {
  const first = await start(state, atMs);
  const second = await start(state);
  const faults = await faultsOf(second, state, expected);
  const verdict = faults.length === 0 ? 'ok' : `FAILED (${faults.join('; ')})`;
  const done = first.code === null ? '' : ' (it was done)';
  console.log(`${i}: killed after ${(atMs / 1000).toFixed(1)} s${done}, finished in ${second.seconds.toFixed(1)} s: ${verdict}`);
  if (faults.length === 0) rmSync(state, { recursive: true, force: true });
  return faults.length === 0;
}

async function main(): Promise<number> {
  const { seed, times, job } = values;
  const random = randomOf(Number(seed));
  const base = mkdtempSync(path.join(os.tmpdir(), 'batchwright-kill-'));
  const warm = await warmState(base);
  const expected = await undisturbedRun(warm);
  console.log(`seed ${seed}; undisturbed: ${expected.seconds.toFixed(1)} s, ${expected.written} rows in ${expected.parts} parts`);

  let failed = 0;
  for (let i = 1; i <= Number(times); i++) {
    const well = await killOnce(i, copyOf(warm, `kill-${i}`), Math.round(random() * expected.seconds * 1000), expected);
    if (!well) failed += 1;
  }
  console.log(`${times} kills, ${failed} failed; again with: npm run kill-loop -- --seed ${seed} --times ${times} --job ${job}`);
  if (failed === 0) rmSync(base, { recursive: true, force: true });
  else console.log(`kept: ${base}`);
  return failed === 0 ? 0 : 1;
}

main().then((code) => {
  process.exitCode = code;
});
