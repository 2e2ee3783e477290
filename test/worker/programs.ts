import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

/** Programs for tests of commands, as scripts for Node. */

/** Answers every record with itself. */
export const echo = `require('readline').createInterface({ input: process.stdin })
  .on('line', (line) => process.stdout.write('{"ok":' + line + '}\\n'));`;

const PATIENCE_MS = 20_000;

/** The number that a program writes into a file, as soon as it is there. */
export async function pidIn(file: string): Promise<number> {
  for (const end = Date.now() + PATIENCE_MS; Date.now() < end; await sleep(20)) {
    if (existsSync(file) && readFileSync(file, 'utf8') !== '') return Number(readFileSync(file, 'utf8'));
  }
  throw new RangeError(`no pid in ${file} after ${PATIENCE_MS} ms`);
}

/** Whether a process still runs; one that nobody has waited for yet does not. */
export async function isAlive(pid: number): Promise<boolean> {
  const { stdout } = await promisify(execFile)('ps', ['-o', 'stat=', '-p', String(pid)]).catch(() => ({ stdout: '' }));
  return stdout.trim() !== '' && !stdout.trim().startsWith('Z');
}
