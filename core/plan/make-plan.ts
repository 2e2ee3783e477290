import type { Chunk, JobConfig, Plan } from '../contracts';
import { formatBytes } from '../units';
import { type ChunkRule, chunkRuleOf } from './chunk-rule';
import { chunkBytesOf, type Divisible, planChunks } from './chunking';
import { packTasks } from './packing';
import { type HistoryRecord, sizeTasks } from './sizing';

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
  const chunks = planChunks(divisibles, chunkRuleOf(spec));
  const bytes = divisibles.reduce((sum, object) => sum + object.bytes, 0);
  return { bytes, chunks, ...decideTasks(spec, { bytes, chunks: chunks.length }, history) };
}

/** How many tasks the chunks are for, and why sizes are what they are. */
export function decideTasks(
  spec: JobConfig['spec'],
  work: { readonly bytes: number; readonly chunks: number },
  history: readonly HistoryRecord[],
): Pick<Plan, 'tasks' | 'sizing'> {
  const rule = chunkRuleOf(spec);
  const { tasks, why } = sizeTasks(work, history);
  return { tasks, sizing: { chunkBytes: rule.bytes, tasksTarget: tasks, why: `${sizeOf(rule, spec)}; ${why}` } };
}

/** For people: how large a chunk is, and who said so. */
function sizeOf({ bytes, files, whole }: ChunkRule, { chunk }: JobConfig['spec']): string {
  const said = (isSaid: boolean): string => (isSaid ? 'as the spec says' : 'by default');
  const size = `chunks of ${formatBytes(bytes)} ${said(chunk.bytes !== 'auto')}`;
  return whole ? `${size} and ${files} files ${said(chunk.files !== undefined)}` : size;
}

/** Nominal bytes of each task, in order. */
export function taskBytesOf({ chunks, tasks }: Pick<PlanDecision, 'chunks' | 'tasks'>): readonly number[] {
  const sizes = chunks.map(chunkBytesOf);
  const starts = packTasks(sizes, tasks);
  return starts.map((start, task) => sizes.slice(start, starts[task + 1]).reduce((sum, size) => sum + size, 0));
}
