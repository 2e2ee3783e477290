import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { promisify } from 'node:util';

/** A process of this machine. */
export interface ProcessRow {
  readonly pid: number;
  readonly parent: number;
  readonly group: number;
  /** Resident set in KiB. */
  readonly resident: () => number;
}

/** Reads a file below /proc; a process that is gone or another user's has none. */
export function readProc(pid: number, name: string): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'utf8');
  } catch (thrown) {
    if (['ENOENT', 'ESRCH', 'EACCES', 'EPERM'].includes((thrown as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw thrown;
  }
}

/** The program's name stands in parentheses and may hold anything, so fields are counted after the last one. */
function rowOf(pid: number): ProcessRow[] {
  const stat = readProc(pid, 'stat');
  if (stat === undefined) return [];
  const [, parent, group] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const resident = () => Number(/^VmRSS:\s+(\d+)/m.exec(readProc(pid, 'status') ?? '')?.[1] ?? 0);
  return [{ pid, parent: Number(parent), group: Number(group), resident }];
}

export const linuxPids = (): readonly number[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number);

const run = promisify(execFile);

/** Other systems have no /proc, but `ps`. */
async function psRows(): Promise<readonly ProcessRow[]> {
  const { stdout } = await run('ps', ['-axo', 'pid=,ppid=,pgid=,rss=']);
  return stdout.split('\n').flatMap((line) => {
    const [pid, parent, group, resident] = line.trim().split(/\s+/).map(Number);
    return pid && parent !== undefined && group !== undefined ? [{ pid, parent, group, resident: () => resident ?? 0 }] : [];
  });
}

/** Every process that can be seen. */
export const processTable = async (): Promise<readonly ProcessRow[]> =>
  process.platform === 'linux' ? linuxPids().flatMap(rowOf) : psRows();

/** Memory of processes by their leaders: a leader's whole group and all its descendants, wherever they moved. */
export function residentKiB(rows: readonly ProcessRow[], leaders: readonly number[]): ReadonlyMap<number, number> {
  const wanted = new Set(leaders);
  const byPid = new Map(rows.map((row) => [row.pid, row]));
  const totals = new Map<number, number>();
  for (const row of rows) {
    const leader = leaderOf(row, { wanted, byPid });
    if (leader !== undefined) totals.set(leader, (totals.get(leader) ?? 0) + row.resident());
  }
  return totals;
}

interface Family {
  readonly wanted: ReadonlySet<number>;
  readonly byPid: ReadonlyMap<number, ProcessRow>;
}

function leaderOf(row: ProcessRow, { wanted, byPid }: Family): number | undefined {
  if (wanted.has(row.group)) return row.group;
  const seen = new Set<number>();
  for (let ancestor: ProcessRow | undefined = row; ancestor && !seen.has(ancestor.pid); ancestor = byPid.get(ancestor.parent)) {
    if (wanted.has(ancestor.pid)) return ancestor.pid;
    if (wanted.has(ancestor.group)) return ancestor.group;
    seen.add(ancestor.pid);
  }
  return undefined;
}
