import type { Complaint, Failure, Marker } from '../contracts';
import { ExitCode } from '../exit-codes';
import { classify, type Evidence, endedInOrder, type FailureClass } from '../failures';
import { groupBy } from '../group-by';

/** What went wrong with a chunk in the round just over. */
export interface ChunkFailure {
  readonly chunk: string;
  readonly class: FailureClass;
  /** How many attempts, each in a process of its own. @default 1 */
  readonly times?: number;
  /** The worker's own words; without them it died over the chunk. */
  readonly failure?: Failure;
  readonly blame?: Complaint['blame'];
}

/** A task that Batch gave up on. */
export interface FailedTask {
  readonly jobId: string;
  /** The task's chunks, in the order in which it does them. */
  readonly chunks: readonly string[];
  /** How each attempt ended, the last one last. */
  readonly attempts: readonly Evidence[];
}

export interface RoundOutcome {
  readonly round: number;
  readonly tasks: readonly FailedTask[];
  readonly complaints: readonly Complaint[];
  readonly markers: ReadonlyMap<string, Marker>;
}

export interface Charges {
  readonly failures: readonly ChunkFailure[];
  /** Chunks of failed tasks whose turn had not come, which is not held against them. */
  readonly spared: ReadonlySet<string>;
}

/**
 * Whom a round's failures are charged to. A chunk that the worker complained of is charged with that, once for every
 * attempt; a task that was cut short is charged to the chunk under way, and to no other.
 */
export function chargesOf(outcome: RoundOutcome): Charges {
  const complained = outcome.complaints.filter(({ chunk }) => !outcome.markers.has(chunk));
  const cut = outcome.tasks.flatMap((task) => cutShort(task, outcome));
  const failures = [...complaintCharges(complained), ...cut];
  const charged = new Set(failures.map(({ chunk }) => chunk));
  const spared = outcome.tasks.flatMap(({ chunks }) => chunks).filter((id) => !charged.has(id) && !outcome.markers.has(id));
  return { failures, spared: new Set(spared) };
}

/** One charge for a chunk and a class, with the last words said. */
function complaintCharges(complaints: readonly Complaint[]): readonly ChunkFailure[] {
  const groups = groupBy(complaints, ({ chunk, failure }) => `${chunk} ${failure.class}`).values();
  return [...groups].flatMap((group) => {
    const last = group.at(-1);
    if (!last) return [];
    const { chunk, failure, blame } = last;
    const times = new Set(group.map(({ attempt }) => `${attempt.jobId} ${attempt.attempt}`)).size;
    return [{ chunk, class: failure.class, times, failure, ...(blame && { blame }) }];
  });
}

/** The charge for the chunk that a task was at when it ended; none where the worker ended in order and has said all. */
function cutShort(task: FailedTask, { complaints, markers, round }: RoundOutcome): readonly ChunkFailure[] {
  const last = task.attempts.at(-1) ?? {};
  const said = new Set(complaints.filter((complaint) => isOf(complaint, task)).map(({ chunk }) => chunk));
  const underWay = task.chunks.find((id) => !markers.has(id) && !said.has(id));
  if (underWay === undefined) return [];
  if (endedInOrder(last) && (said.size > 0 || ranOutOfTime(last, progressOf(task, { markers, round })))) return [];
  const cause = classify(last);
  const times = cause === 'SPOT' ? task.attempts.filter((attempt) => classify(attempt) === 'SPOT').length : 1;
  return [{ chunk: underWay, class: cause, times: Math.max(1, times) }];
}

const isOf = ({ attempt }: Complaint, { jobId, attempts }: FailedTask): boolean =>
  attempt.jobId === jobId && attempt.attempt === Math.max(1, attempts.length);

/** A worker that has done something and asks for another attempt ran into its own deadline, which is no failure. */
const ranOutOfTime = ({ exitCode }: Evidence, progress: number): boolean => exitCode === ExitCode.TryAgain && progress > 0;

const progressOf = ({ chunks }: FailedTask, { markers, round }: Pick<RoundOutcome, 'markers' | 'round'>): number =>
  chunks.filter((id) => markers.get(id)?.attempt.round === round).length;
