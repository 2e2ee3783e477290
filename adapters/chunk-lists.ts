import { Chunk } from '../core/contracts';
import { chunksKey, tasksIndexKey } from '../core/keys';
import { decodeTaskEntry, taskEntryRange } from '../core/task-index';
import type { ObjectStore } from './ports';

export const parseChunks = (lines: string): readonly Chunk[] =>
  lines
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => Chunk.parse(JSON.parse(line)));

/** Chunks of one task of a round, by two small ranged reads however many tasks there are. */
export async function chunksOfTask(state: ObjectStore, at: { runId: string; round: number; task: number }): Promise<readonly Chunk[]> {
  const entry = await state.read(tasksIndexKey(at.runId, at.round), { range: taskEntryRange(at.task) });
  const range = decodeTaskEntry(entry.toString('utf8'));
  return parseChunks((await state.read(chunksKey(at.runId, at.round), { range })).toString('utf8'));
}
