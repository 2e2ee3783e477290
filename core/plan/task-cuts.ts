import type { ByteRange } from '../values';
import { type Marks, type MarksState, markList } from './marks';

/**
 * Cutting a row of chunks into tasks: consecutive chunks, the longest task as short as consecutive chunks allow, the
 * others near the mean. Work is counted in whole units.
 */

/** Work done up to and including each chunk, ascending. */
type Sums = ArrayLike<number>;

const before = (sums: Sums, chunk: number): number => (chunk === 0 ? 0 : (sums[chunk - 1] as number));
const totalOf = (sums: Sums): number => before(sums, sums.length);

/** The first index in [low, high) of which something is true that is true of all later ones too; `high` if there is none. */
function firstIndex(low: number, high: number, isTrue: (index: number) => boolean): number {
  let [from, to] = [low, high];
  while (from < to) {
    const middle = (from + to) >>> 1;
    if (isTrue(middle)) to = middle;
    else from = middle + 1;
  }
  return from;
}

/** Where a task that begins at `from` and takes at most `most` work must end. */
const reach = (sums: Sums, from: number, most: number): number =>
  firstIndex(from, sums.length, (i) => (sums[i] as number) > before(sums, from) + most);

/** The earliest beginning of a task that ends before `end`, holds a chunk, and takes at most `most` work. */
const reachBack = (sums: Sums, end: number, most: number): number =>
  firstIndex(0, end - 1, (i) => before(sums, i) >= before(sums, end) - most);

function fits(sums: Sums, tasks: number, most: number): boolean {
  let at = 0;
  for (let task = 0; task < tasks; task++) at = reach(sums, at, most);
  return at === sums.length;
}

/** The least work that the longest of so many tasks must take: halving over whole numbers finds it exactly. */
function leastLongest(sums: Sums, tasks: number): number {
  let [low, high] = [Math.ceil(totalOf(sums) / tasks), totalOf(sums)];
  while (low < high) {
    const middle = Math.floor(low + (high - low) / 2);
    if (fits(sums, tasks, middle)) high = middle;
    else low = middle + 1;
  }
  return high;
}

/** For each task the first chunk at which it may begin, so that it and its followers can still hold all that is behind. */
function earliestStarts(sums: Sums, tasks: number, most: number): Int32Array {
  const starts = new Int32Array(tasks + 1);
  starts[tasks] = sums.length;
  for (let task = tasks - 1; task > 0; task--) starts[task] = Math.max(task, reachBack(sums, starts[task + 1] as number, most));
  return starts;
}

/** The chunk before which the work done is nearest to an amount. */
function nearestStart(sums: Sums, work: number): number {
  const over = reach(sums, 0, work);
  return (sums[over] ?? Number.POSITIVE_INFINITY) - work < work - before(sums, over) ? over + 1 : over;
}

const evenStarts = (chunks: number, tasks: number): number[] =>
  Array.from({ length: tasks }, (_, task) => Math.floor((chunks * task) / tasks));

/** Index of the first chunk of each task; as many tasks as asked for, but never more than chunks. */
export function cutEvenly(sums: Sums, wanted: number): readonly number[] {
  const tasks = Math.min(wanted, sums.length);
  if (tasks === 0 || totalOf(sums) === 0) return evenStarts(sums.length, tasks);
  const most = leastLongest(sums, tasks);
  const earliest = earliestStarts(sums, tasks, most);
  const starts = [0];
  for (let task = 1; task < tasks; task++) {
    const previous = starts[task - 1] as number;
    const low = Math.max(earliest[task] as number, previous + 1);
    const high = Math.min(reach(sums, previous, most), sums.length - (tasks - task));
    starts.push(Math.min(high, Math.max(low, nearestStart(sums, (totalOf(sums) * task) / tasks))));
  }
  return starts;
}

/** One task: which bytes of the chunk list hold its lines, and its estimated work. */
export interface TaskCut extends ByteRange {
  readonly work: number;
}

/** Takes chunks one by one, as they are written down, and cuts them into tasks when all are known. */
export interface TaskCutter {
  /** `bytes` is the length of the chunk's line. */
  add(chunk: { readonly work: number; readonly bytes: number }): void;
  readonly totals: { readonly chunks: number; readonly work: number; readonly bytes: number };
  cut(tasks: number): readonly TaskCut[];
  state(): MarksState;
}

/** Boundaries remembered at most: 16 MB. With more chunks, tasks begin only where a two-millionth of the work is done. */
const MAX_MARKS = 2 ** 20;

/** Its memory is bounded; rebuilt from its state it goes on as if it had never stopped. */
export function createTaskCutter(state?: MarksState, maxMarks = MAX_MARKS): TaskCutter {
  const marks = markList(maxMarks, state);
  return {
    add: ({ work, bytes }) => marks.add(work, bytes),
    get totals() {
      return marks.totals;
    },
    cut: (tasks) => cutMarks(marks.all(), tasks),
    state: () => marks.state(),
  };
}

function cutMarks({ sums, offsets }: Marks, tasks: number): readonly TaskCut[] {
  const starts = cutEvenly(sums, tasks);
  return starts.map((start, task) => {
    const end = starts[task + 1] ?? sums.length;
    return { start: before(offsets, start), end: before(offsets, end), work: before(sums, end) - before(sums, start) };
  });
}
