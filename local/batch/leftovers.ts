import { execFile } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { endProcess, processesOf } from './container-processes';

/** A job whose process a former life of this cloud started. */
export interface LostProcess {
  readonly jobId: string;
  readonly pid?: number;
  readonly startedAt?: number;
}

/** How far `ps` and our own clock may be apart about a start. */
const TOLERANCE_MS = 3000;
const ROUNDS = 200;
const ROUND_MS = 10;

const run = promisify(execFile);

/** Where no process shows its environment, the recorded one is ours when it started when we started it: a number used again would be younger. */
async function oursByStart(lost: readonly LostProcess[]): Promise<readonly number[]> {
  const { stdout } = await run('ps', ['-axo', 'pid=,lstart='], { env: { LC_ALL: 'C' } });
  const starts = new Map(
    stdout.split('\n').map((line) => {
      const [, pid = '', start = ''] = /^\s*(\d+)\s+(.*)$/.exec(line) ?? [];
      return [Number(pid), Date.parse(start)];
    }),
  );
  return lost.flatMap(({ pid, startedAt }) => {
    const start = pid === undefined ? undefined : starts.get(pid);
    return pid && start && startedAt && Math.abs(start - startedAt) < TOLERANCE_MS ? [pid] : [];
  });
}

/** Ends every process that still works for a lost job, and nothing else; returns when they are gone. */
export async function endLeftovers(lost: readonly LostProcess[]): Promise<void> {
  const jobIds = new Set(lost.map(({ jobId }) => jobId));
  for (let round = 0; jobIds.size > 0 && round < ROUNDS; round++) {
    const ours = process.platform === 'linux' ? processesOf(({ jobId }) => jobIds.has(jobId)) : await oursByStart(lost);
    if (ours.length === 0) return;
    for (const pid of ours) endProcess(pid);
    await sleep(ROUND_MS);
  }
}
