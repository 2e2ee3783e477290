import { chunksOfTask, chunksWithin, linesOfTasks } from '../../adapters/chunk-lists';
import { chunksKey, tasksIndexKey } from '../../core/keys';
import { encodeTasks } from '../../core/plan/packing';
import { linesOf, TASK_ENTRY_BYTES } from '../../core/plan/task-index';
import { MemoryObjectStore } from '../support/memory-store';
import { aChunk } from '../support/records';

const AT = { runId: 'run', round: 0 };
const CHUNKS = [aChunk('a', 0, 10), aChunk('b', 10, 20), aChunk('c', 20, 30)];

/** A round of three tasks of a chunk each. */
function aRound() {
  const state = new MemoryObjectStore();
  const { lines, index } = encodeTasks(CHUNKS, [0, 1, 2]);
  state.put(chunksKey(AT.runId, 0), lines);
  state.put(tasksIndexKey(AT.runId, 0), index);
  return { state, lines, index };
}

test.each([0, 1, 2])('a task has its chunks by the index, and by the lines that a fence tells: task %i', async (task) => {
  const { state } = aRound();

  const lines = await linesOfTasks(state, { ...AT, task: 1 }, 2);

  expect(await chunksOfTask(state, { ...AT, task })).toEqual([CHUNKS[task]]);
  if (task > 0) expect(await chunksWithin(state, AT, linesOf(lines, task - 1))).toEqual([CHUNKS[task]]);
});

test.each([
  ['of the first task', 0, 0],
  ['of a task behind others', 1, 1],
])('a start that was not read as written is noticed: %s', async (_, task, entry) => {
  const { state, index } = aRound();
  const at = entry * TASK_ENTRY_BYTES;
  state.put(tasksIndexKey(AT.runId, 0), `${index.slice(0, at)}1${index.slice(at + 1)}`);

  await expect(linesOfTasks(state, { ...AT, task }, 3 - task)).rejects.toThrow('the task index says that lines begin at 1');
});

test.each([
  ['behind the end of the list', { start: 1_000_000, end: 1_000_100 }],
  ['beyond its end', { start: 0, end: 1_000_000 }],
  ['in the middle of a line', { start: 0, end: 20 }],
])('bytes that are not whole lines are a failure, not a task without chunks: %s', async (_, range) => {
  const { state } = aRound();

  await expect(chunksWithin(state, AT, range)).rejects.toMatchObject({
    failureClass: 'HOST',
    message: expect.stringContaining('not a task'),
  });
});
