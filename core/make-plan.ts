import { chunkBytesOf, DEFAULT_CHUNK_BYTES, type Divisible, planChunks } from './chunking';
import type { Chunk, JobConfig, Plan } from './contracts';
import { packTasks } from './packing';
import { type HistoryRecord, sizeTasks } from './sizing';
import { formatBytes } from './units';

/** What is known of a run's input, and of how the job fared before. */
export interface PlanFacts {
  readonly spec: JobConfig['spec'];
  readonly divisibles: readonly Divisible[];
  /** @default - no run yet */
  readonly history?: readonly HistoryRecord[];
}

export interface PlanDecision extends Pick<Plan, 'bytes' | 'tasks' | 'sizing'> {
  readonly chunks: readonly Chunk[];
}

/** How the input is cut, and into how many tasks; the same for a run and for a forecast of one. */
export function decidePlan({ spec, divisibles, history = [] }: PlanFacts): PlanDecision {
  const { bytes: wanted } = spec.chunk;
  const chunkBytes = wanted === 'auto' ? DEFAULT_CHUNK_BYTES : wanted;
  const chunks = planChunks(divisibles, chunkBytes);
  const bytes = divisibles.reduce((sum, object) => sum + object.bytes, 0);
  const { tasks, why } = sizeTasks({ bytes, chunks: chunks.length }, history);
  const size = `chunks of ${formatBytes(chunkBytes)} ${wanted === 'auto' ? 'by default' : 'as the spec says'}`;
  return { bytes, chunks, tasks, sizing: { chunkBytes, tasksTarget: tasks, why: `${size}; ${why}` } };
}

/** Nominal bytes of each task, in order. */
export function taskBytesOf({ chunks, tasks }: Pick<PlanDecision, 'chunks' | 'tasks'>): readonly number[] {
  const sizes = chunks.map(chunkBytesOf);
  const starts = packTasks(sizes, tasks);
  return starts.map((start, task) => sizes.slice(start, starts[task + 1]).reduce((sum, size) => sum + size, 0));
}
