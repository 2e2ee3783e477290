import type { PlatformEvent } from '../kernel/types';
import { ACCOUNT, REGION } from '../kernel/types';
import { arnOf } from '../messaging/names';
import type { Move } from './ledger';
import { type Attempt, isParent, JOB_STATUSES, type Job, type Order } from './model';
import { taskOf } from './task';

export const jobArn = (id: string): string => arnOf('batch', `job/${id}`);

const taskArn = (taskId: string): string => `arn:aws:ecs:${REGION}:${ACCOUNT}:task/local/${taskId}`;

type Summary = Readonly<Record<string, number>>;

/** Null stands for what a job does not have; the API leaves it out. */
const given = <T>(value: T | null): T | undefined => value ?? undefined;

const statusSummary = (summary: Summary) => Object.fromEntries(JOB_STATUSES.map((status) => [status, summary[status] ?? 0]));

function arrayOf(order: Order, job: Job, summary: Summary) {
  if (isParent(order, job)) return { size: order.size, statusSummary: statusSummary(summary) };
  return job.index === undefined ? undefined : { index: job.index, statusSummary: {} };
}

const ended = ({ exitCode, reason, logStreamName }: Pick<Attempt, 'exitCode' | 'reason' | 'logStreamName'>) => ({
  exitCode,
  reason,
  logStreamName,
  networkInterfaces: [],
});

/** What is known of the attempt under way or, when there is none, of the last. */
function latest(job: Job) {
  const last = job.current ?? job.attempts.at(-1);
  return last && { taskArn: taskArn(last.taskId), ...ended(last as Attempt) };
}

function attemptOf(order: Order, attempt: Attempt) {
  const { startedAt, stoppedAt, statusReason } = attempt;
  const times = { startedAt, stoppedAt, statusReason };
  if (!order.ecsProperties) return { ...times, container: { taskArn: taskArn(attempt.taskId), ...ended(attempt) } };
  const { name } = taskOf({ ecsProperties: order.ecsProperties });
  return { ...times, taskProperties: [{ taskArn: taskArn(attempt.taskId), containers: [{ name, ...ended(attempt) }] }] };
}

function containerOf({ container, ecsProperties }: Order, job: Job) {
  if (container) return { container: { volumes: [], mountPoints: [], ulimits: [], secrets: [], ...container, ...latest(job) } };
  if (!ecsProperties) return {};
  const [task] = ecsProperties.taskProperties;
  const { taskArn: arn, ...own } = latest(job) ?? {};
  return { ecsProperties: { taskProperties: [{ ...task, taskArn: arn, containers: [{ ...task.containers[0], ...own }] }] } };
}

const endingOf = ({ ending }: Job) => ({ isCancelled: ending?.kind === 'cancel', isTerminated: ending?.kind === 'terminate' });

/** A job as DescribeJobs answers it. */
export function jobDetail(order: Order, job: Job, summary: Summary) {
  return {
    jobArn: jobArn(job.id),
    jobName: order.name,
    jobId: job.id,
    jobQueue: order.queueArn,
    status: job.status,
    attempts: job.attempts.map((attempt) => attemptOf(order, attempt)),
    statusReason: given(job.statusReason),
    createdAt: job.createdAt,
    startedAt: given(job.startedAt),
    stoppedAt: given(job.stoppedAt),
    retryStrategy: order.retryStrategy,
    dependsOn: [],
    jobDefinition: order.definitionArn,
    parameters: order.parameters,
    ...containerOf(order, job),
    arrayProperties: arrayOf(order, job, summary),
    timeout: order.timeoutSeconds === undefined ? undefined : { attemptDurationSeconds: order.timeoutSeconds },
    tags: job.tags,
    propagateTags: order.propagateTags,
    platformCapabilities: order.platformCapabilities,
    ...endingOf(job),
  };
}

/** A job as ListJobs answers it. */
export function jobSummary(order: Order, job: Job, summary: Summary) {
  const { exitCode, reason } = job.attempts.at(-1) ?? {};
  const container = exitCode === undefined && reason === undefined ? undefined : { exitCode, reason };
  return {
    jobArn: jobArn(job.id),
    jobId: job.id,
    jobName: order.name,
    createdAt: job.createdAt,
    status: job.status,
    statusReason: given(job.statusReason),
    startedAt: given(job.startedAt),
    stoppedAt: given(job.stoppedAt),
    container,
    arrayProperties: arrayOf(order, job, summary),
    jobDefinition: order.definitionArn,
    ...endingOf(job),
  };
}

/** The event of a change of state; its tags name the job first, as Batch's do. */
export function stateChange({ order, job, summary }: Move): PlatformEvent {
  const { isCancelled, isTerminated, ...detail } = jobDetail(order, job, summary);
  return {
    source: 'aws.batch',
    detailType: 'Batch Job State Change',
    resources: [detail.jobArn],
    detail: { ...detail, tags: { resourceArn: detail.jobArn, ...detail.tags } },
  };
}
