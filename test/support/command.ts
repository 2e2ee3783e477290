import { spawn } from 'node:child_process';
import path from 'node:path';
import type { Report } from '../../core/report/report-contract';

/** The command itself, as a user calls it. */

const ROOT = path.join(__dirname, '..', '..');

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CommandPlace {
  readonly state: string;
  readonly jobs: string;
  /** Whether the answer is JSON. @default true */
  readonly json?: boolean;
}

/** Runs `batchwright`; `killWhen` ends it without warning. */
export function batchwright(
  args: readonly string[],
  { state, jobs, json = true }: CommandPlace,
  killWhen?: (stderr: string) => boolean,
): Promise<Ended> {
  const common = ['--state', state, '--jobs', jobs, ...(json ? ['--json'] : [])];
  const child = spawn(process.execPath, ['cli/batchwright.js', ...args, ...common], { cwd: ROOT });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (piece) => {
    stdout += piece;
  });
  child.stderr.on('data', (piece) => {
    stderr += piece;
    if (killWhen?.(stderr)) child.kill('SIGKILL');
  });
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, stdout, stderr })));
}

export const reportOf = ({ stdout, stderr }: Ended): Report => {
  if (stdout === '') throw new Error(stderr);
  return JSON.parse(stdout) as Report;
};
