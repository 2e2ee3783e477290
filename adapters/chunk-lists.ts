import { Chunk } from '../core/contracts';
import { chunksKey, tasksIndexKey } from '../core/keys';
import { decodeTaskEntry, packEntries, type TaskLines, taskEntryRange } from '../core/task-index';
import type { ByteRange } from '../core/values';
import type { ObjectStore } from './ports';

export const parseChunks = (lines: string): readonly Chunk[] =>
  lines
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => Chunk.parse(JSON.parse(line)));

export interface TaskPlace {
  readonly runId: string;
  readonly round: number;
  /** Of the round. */
  readonly task: number;
}

/** Chunks of one task of a round, by two small ranged reads however many tasks there are. */
export async function chunksOfTask(state: ObjectStore, at: TaskPlace): Promise<readonly Chunk[]> {
  const entry = await state.read(tasksIndexKey(at.runId, at.round), { range: taskEntryRange(at.task) });
  return chunksWithin(state, at, decodeTaskEntry(entry.toString('utf8')));
}

/** Chunks whose lines lie there, by one ranged read. */
export async function chunksWithin(state: ObjectStore, at: Omit<TaskPlace, 'task'>, range: ByteRange): Promise<readonly Chunk[]> {
  return parseChunks((await state.read(chunksKey(at.runId, at.round), { range })).toString('utf8'));
}

/** Where the lines of consecutive tasks lie. */
export async function linesOfTasks(state: ObjectStore, at: TaskPlace, tasks: number): Promise<TaskLines> {
  const range = { start: taskEntryRange(at.task).start, end: taskEntryRange(at.task + tasks).start };
  return packEntries((await state.read(tasksIndexKey(at.runId, at.round), { range })).toString('utf8'));
}
