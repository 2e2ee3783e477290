import { killGroup } from './attempt';
import { linuxPids, readProc } from './process-table';

/** One attempt of a job: what its processes say of themselves in their environment, wherever in the process tree they went. */
export interface AttemptName {
  readonly jobId: string;
  readonly attempt: number;
}

export const attemptKey = ({ jobId, attempt }: AttemptName): string => `${jobId} ${attempt}`;

/** The attempt that a process works for; undefined for strangers. Only Linux shows the environment of a process. */
function attemptOf(pid: number): Worker | undefined {
  const variables = readProc(pid, 'environ')?.split('\0') ?? [];
  const value = (name: string) => variables.find((line) => line.startsWith(`${name}=`))?.slice(name.length + 1);
  const jobId = value('AWS_BATCH_JOB_ID');
  if (jobId === undefined) return undefined;
  return { jobId, key: attemptKey({ jobId, attempt: Number(value('AWS_BATCH_JOB_ATTEMPT')) }), temporary: value('TMPDIR') ?? '' };
}

/** What a process says of the attempt it works for. */
export interface Worker {
  readonly jobId: string;
  readonly key: string;
  readonly temporary: string;
}

/** Processes of this machine that work for attempts of a kind. */
export function processesOf(wanted: (attempt: Worker) => boolean): readonly number[] {
  if (process.platform !== 'linux') return [];
  return linuxPids().filter((pid) => {
    const attempt = pid === process.pid ? undefined : attemptOf(pid);
    return attempt !== undefined && wanted(attempt);
  });
}

/** SIGKILL to a process and, where it leads one, its group; one that is gone already is fine. */
export function endProcess(pid: number): void {
  try {
    killGroup(pid);
    process.kill(pid, 'SIGKILL');
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code !== 'ESRCH') throw thrown;
  }
}

/** How long ends are gathered, so that one look at the machine serves many. */
const GATHER_MS = 250;
/** A process may start another between the look and the kill, but not for ever. */
const ROUNDS = 20;

/** Ends what left its attempt's process group and outlived it: with a container, everything in it ends. */
export class Sweeper {
  private readonly ended = new Set<string>();
  private timer: NodeJS.Timeout | undefined;

  /** An attempt is over; `urgent` when it was made to end, so that what it leaves is likely to do harm. */
  after(attempt: AttemptName, urgent: boolean): void {
    this.ended.add(attemptKey(attempt));
    if (urgent) this.sweep();
    else this.timer ??= setTimeout(() => this.sweep(), GATHER_MS);
  }

  /** Ends at once what is left of the attempts that are over. */
  sweep(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    for (let round = 0; this.ended.size > 0 && round < ROUNDS; round++) {
      const left = processesOf(({ key }) => this.ended.has(key));
      for (const pid of left) endProcess(pid);
      if (left.length === 0) this.ended.clear();
    }
    this.ended.clear();
  }
}
