/** How the platform says that a task ended. */
export interface Ending {
  readonly exitCode: number;
  readonly statusReason: string;
  readonly containerReason?: string;
}

/** How to kill the process that a folder belongs to; by the folder, since that is all that a processor knows of its process. */
const processes = new Map<string, (ending: Ending) => void>();

export const folderOf = (process: string): string => `/model/${process}`;

/** Registers a process. */
export const addProcess = (name: string, kill: (ending: Ending) => void): void => void processes.set(folderOf(name), kill);

let mood = 0;

/** Chance that a task runs out of memory over a chunk of several records, and over none of them alone. */
export const moodNow = (): number => mood;

/** Called between schedules. */
export function clearProcesses(newMood: number): void {
  processes.clear();
  mood = newMood;
}

/** Kills the process that a scratch folder belongs to; never settles, as nothing does in a dead process. */
export function dieIn(scratch: string, ending: Ending): Promise<never> {
  processes.get(scratch.split('/').slice(0, 3).join('/'))?.(ending);
  return new Promise(() => undefined);
}
