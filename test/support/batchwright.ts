import { spawn } from 'node:child_process';
import path from 'node:path';
import type { Report } from '../../core/report-contract';

const ROOT = path.join(__dirname, '..', '..');

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The command itself in a process of its own, as a user types it; killed as soon as `killWhen` says so of its stderr. */
export const batchwrightIn =
  ({ state, jobs }: { readonly state: string; readonly jobs: string }) =>
  (args: readonly string[], killWhen?: (stderr: string) => boolean): Promise<Ended> => {
    const child = spawn(process.execPath, ['cli/batchwright.js', ...args, '--state', state, '--jobs', jobs, '--json'], { cwd: ROOT });
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
  };

export const reportOf = ({ stdout }: Ended): Report => JSON.parse(stdout) as Report;
