import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** Another process works in the state folder. */
export class StateInUseError extends Error {
  override readonly name = 'StateInUseError';

  constructor(
    readonly stateDir: string,
    readonly pid: number,
  ) {
    super(`state folder ${stateDir} is in use by the local cloud of process ${pid}: stop that one, or choose another folder`);
  }
}

interface Holder {
  readonly pid: number;
  /** When the process started, in the system's own count, because numbers of dead processes are given out again. */
  readonly startedAt: string;
}

/** Field 22 of `/proc/<pid>/stat`; the second field may hold spaces, so counting starts behind it. Empty where there is no /proc. */
function startTime(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  } catch {
    return '';
  }
}

/** Signal 0 only asks; EPERM means that it is alive and somebody else's. */
function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

const isAlive = ({ pid, startedAt }: Holder): boolean => exists(pid) && startTime(pid) === startedAt;

function readHolder(file: string): Holder | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Holder;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new RangeError(`${file} is no lock of the local cloud: remove it if nothing runs in this folder`);
  }
}

/** A link appears whole or not at all, so nobody ever reads half a lock; false when there is one already. */
function place(ours: string, file: string): boolean {
  try {
    linkSync(ours, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** Puts a dead process's lock aside; what was moved is looked at again, because another starter may have been faster. */
function putAside(file: string, ours: string): void {
  const aside = `${ours}.stale`;
  try {
    renameSync(file, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  const moved = readHolder(aside);
  if (moved && isAlive(moved)) place(aside, file);
  rmSync(aside, { force: true });
}

function take(file: string, ours: string, stateDir: string): void {
  while (!place(ours, file)) {
    const holder = readHolder(file);
    if (holder && isAlive(holder)) throw new StateInUseError(stateDir, holder.pid);
    if (holder) putAside(file, ours);
  }
}

/** Makes this process the only one in a state folder and returns how to leave it; the lock of a dead process is taken over. */
export function lockState(stateDir: string): () => void {
  mkdirSync(stateDir, { recursive: true });
  const file = path.join(stateDir, 'lock');
  const ours = path.join(stateDir, `lock.${process.pid}`);
  writeFileSync(ours, JSON.stringify({ pid: process.pid, startedAt: startTime(process.pid) } satisfies Holder));
  try {
    take(file, ours, stateDir);
  } finally {
    rmSync(ours, { force: true });
  }
  return () => rmSync(file, { force: true });
}
