import type { ContainerShape, EcsShape, JobRetry } from './shapes';

/** What the local Batch remembers; everything here is written to the journal as it stands. */

export const JOB_STATUSES = ['SUBMITTED', 'PENDING', 'RUNNABLE', 'STARTING', 'RUNNING', 'SUCCEEDED', 'FAILED'] as const;
export type JobStatus = (typeof JOB_STATUSES)[number];

export const isOver = (status: JobStatus): boolean => status === 'SUCCEEDED' || status === 'FAILED';

/** A job as it was submitted, with the definition and its overrides merged; the children of an array share their parent's. */
export interface Order {
  readonly id: string;
  /** Counts submissions; the order of a queue. */
  readonly ordinal: number;
  readonly name: string;
  readonly queueArn: string;
  readonly definitionArn: string;
  /** Size of an array; absent for a plain job. */
  readonly size?: number;
  readonly parameters: Readonly<Record<string, string>>;
  readonly retryStrategy: JobRetry;
  readonly timeoutSeconds?: number;
  readonly propagateTags: boolean;
  readonly platformCapabilities: readonly string[];
  readonly container?: ContainerShape;
  readonly ecsProperties?: EcsShape;
  /** Local folder of the image. */
  readonly folder: string;
  readonly createdAt: number;
}

/** One finished attempt, as DescribeJobs tells it. */
export interface Attempt {
  readonly taskId: string;
  readonly logStreamName?: string;
  readonly exitCode?: number;
  readonly reason?: string;
  readonly startedAt?: number;
  readonly stoppedAt: number;
  readonly statusReason: string;
}

/** The attempt under way. */
export interface CurrentAttempt {
  readonly number: number;
  readonly taskId: string;
  readonly logStreamName: string;
  readonly pid?: number;
}

/** Somebody's wish that a job end; kept so that a restart still grants it. */
export interface Ending {
  readonly kind: 'cancel' | 'terminate';
  readonly reason: string;
}

/** Null rather than undefined where a change takes a value back: JSON keeps it. */
export interface Job {
  readonly id: string;
  /** The array's job id for a child, else its own. */
  readonly rootId: string;
  /** Array index of a child. */
  readonly index?: number;
  readonly status: JobStatus;
  readonly statusReason: string | null;
  readonly createdAt: number;
  readonly startedAt: number | null;
  readonly stoppedAt: number | null;
  readonly attempts: readonly Attempt[];
  readonly current: CurrentAttempt | null;
  readonly ending: Ending | null;
  readonly tags: Readonly<Record<string, string>>;
}

/** What becomes of a job; with a status it is an event too. */
export interface Change {
  readonly id: string;
  readonly set: Partial<Omit<Job, 'id' | 'rootId' | 'index'>>;
}

export const isParent = (order: Order, job: Job): boolean => order.size !== undefined && job.id === order.id;

export const childId = (rootId: string, index: number): string => `${rootId}:${index}`;

const newborn = (order: Order, tags: Job['tags']): Job => ({
  id: order.id,
  rootId: order.id,
  status: 'SUBMITTED',
  statusReason: null,
  createdAt: order.createdAt,
  startedAt: null,
  stoppedAt: null,
  attempts: [],
  current: null,
  ending: null,
  tags,
});

/** The job itself and, for an array, its children, which are born waiting. */
export function jobsOf(order: Order, tags: Job['tags']): readonly Job[] {
  const root = newborn(order, tags);
  const children = Array.from(
    { length: order.size ?? 0 },
    (_, index): Job => ({ ...root, id: childId(order.id, index), index, status: 'PENDING' }),
  );
  return [root, ...children];
}
