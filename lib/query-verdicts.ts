import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { buildSync } from 'esbuild';
import { queryErrors } from '../core/query/spec-errors';
import { type QueryVerdict, queriesOf } from '../core/query/verdict';
import type { LoadedJob } from '../core/spec/load';
import { InvalidJobsError } from './jobs';

/** What the check answers about a job. */
interface JobCheck {
  readonly findings: Parameters<typeof queryErrors>[2];
  readonly verdict?: QueryVerdict;
}

/** This repository, wherever the sources to be deployed lie. */
const ROOT = path.resolve(__dirname, '..');

/** A synth cannot wait for DuckDB, so a process of its own asks it: all jobs at once. */
function askDuckDb(jobs: string): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'batchwright-queries-'));
  try {
    const outfile = path.join(folder, 'check.js');
    const entryPoints = [path.join(ROOT, 'adapters', 'query', 'check-main.ts')];
    buildSync({
      bundle: true,
      platform: 'node',
      format: 'cjs',
      target: 'node20',
      logLevel: 'silent',
      external: ['@duckdb/*'],
      entryPoints,
      outfile,
    });
    const env = { NODE_PATH: path.join(ROOT, 'node_modules') };
    return execFileSync(process.execPath, [outfile], { input: jobs, encoding: 'utf8', env, maxBuffer: 64 * 1024 * 1024 });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Answers by what was asked: the same jobs are judged once per process. */
const answers = new Map<string, readonly JobCheck[]>();

function checksOf(jobs: readonly LoadedJob[]): readonly JobCheck[] {
  const asked = JSON.stringify(jobs.map(({ spec, schemas, file }) => ({ spec, schemas, folder: path.dirname(path.resolve(file)) })));
  const known = answers.get(asked) ?? (JSON.parse(askDuckDb(asked)) as readonly JobCheck[]);
  answers.set(asked, known);
  return known;
}

/** Jobs with the verdicts on their queries; throws with all that does not treat each record by itself. */
export function withVerdicts(jobs: readonly LoadedJob[]): readonly LoadedJob[] {
  const asking = jobs.filter(({ spec }) => queriesOf(spec).length > 0);
  if (asking.length === 0) return jobs;
  const checks = new Map(checksOf(asking).map((check, index) => [asking[index], check]));
  const errors = asking.flatMap((job) => {
    const findings = checks.get(job)?.findings ?? [];
    return findings.length === 0 ? [] : queryErrors(job.file, readFileSync(job.file, 'utf8'), findings);
  });
  if (errors.length > 0) throw new InvalidJobsError(errors);
  return jobs.map((job) => {
    const query = checks.get(job)?.verdict;
    return query ? { ...job, query } : job;
  });
}
