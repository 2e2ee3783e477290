import { Chunk } from '../core/contracts';
import { chunksKey, tasksIndexKey } from '../core/keys';
import { decodeTaskEntry, packEntries, TASK_ENTRY_BYTES, type TaskLines, taskEntryRange } from '../core/plan/task-index';
import { StepFailure } from '../core/step-failures';
import type { ByteRange } from '../core/values';
import type { ObjectStore } from './ports';

const NEWLINE = 0x0a;

export const parseChunks = (lines: string): readonly Chunk[] =>
  lines
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => Chunk.parse(JSON.parse(line)));

export interface TaskPlace {
  readonly runId: string;
  readonly round: number;
  /** As the round's record says. @default - the round is not the first of a redrive's plan */
  readonly plannedIn?: number | undefined;
  /** Of the round. */
  readonly task: number;
}

/** Chunks of one task of a round, by two small ranged reads however many tasks there are. */
export async function chunksOfTask(state: ObjectStore, at: TaskPlace): Promise<readonly Chunk[]> {
  const entry = await state.read(tasksIndexKey(at.runId, at.round, at.plannedIn), { range: taskEntryRange(at.task) });
  return chunksWithin(state, at, decodeTaskEntry(entry.toString('utf8')));
}

/** Chunks whose lines lie there, by one ranged read; a HOST failure when what lies there is not whole lines. */
export async function chunksWithin(state: ObjectStore, at: Omit<TaskPlace, 'task'>, range: ByteRange): Promise<readonly Chunk[]> {
  const key = chunksKey(at.runId, at.round, at.plannedIn);
  const lines = await state.read(key, { range });
  const isWhole = lines.length === range.end - range.start && lines.at(-1) === NEWLINE;
  if (!isWhole) throw new StepFailure('HOST', `bytes ${range.start} to ${range.end} of ${key} are not a task's lines`);
  return parseChunks(lines.toString('utf8'));
}

/** Where the lines of consecutive tasks lie. */
export async function linesOfTasks(state: ObjectStore, at: TaskPlace, tasks: number): Promise<TaskLines> {
  // The entry before tells where the first lines must begin.
  const before = Math.min(at.task, 1);
  const range = { start: taskEntryRange(at.task - before).start, end: taskEntryRange(at.task + tasks).start };
  const entries = (await state.read(tasksIndexKey(at.runId, at.round, at.plannedIn), { range })).toString('utf8');
  const start = before === 0 ? 0 : decodeTaskEntry(entries.slice(0, TASK_ENTRY_BYTES)).end;
  return packEntries(entries.slice(before * TASK_ENTRY_BYTES), start);
}
