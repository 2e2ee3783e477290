import {
  type AttemptDetail,
  type BatchClient,
  DescribeJobsCommand,
  type JobDetail,
  type JobSummary,
  ListJobsCommand,
  type ListJobsCommandInput,
} from '@aws-sdk/client-batch';
import { mapConcurrently } from '../concurrency';
import type { FailedTask, TaskEnding, TaskUsage } from '../ports';

/** DescribeJobs takes so many ids at once. */
const DESCRIBED_AT_ONCE = 100;
/** Far below what an account may ask Batch in a second. */
const CALLS_AT_ONCE = 4;

const secondsOf = ({ startedAt, stoppedAt }: Pick<AttemptDetail, 'startedAt' | 'stoppedAt'>): number =>
  startedAt && stoppedAt ? (stoppedAt - startedAt) / 1000 : 0;

const said = (job: JobDetail): Omit<TaskEnding, 'seconds'> => ({
  statusReason: job.statusReason,
  containerReason: job.container?.reason,
  exitCode: job.container?.exitCode,
});

const earlier = (attempt: AttemptDetail): TaskEnding => ({
  statusReason: attempt.statusReason,
  containerReason: attempt.container?.reason,
  exitCode: attempt.container?.exitCode,
  seconds: secondsOf(attempt),
});

const indexOf = (job: JobDetail): number => job.arrayProperties?.index ?? 0;

/** The job speaks for its own last attempt; a job that never started has none. */
export const failedTask = (job: JobDetail): FailedTask => ({
  jobId: job.jobId ?? '',
  index: indexOf(job),
  ...said(job),
  attempts: [...(job.attempts ?? []).slice(0, -1).map(earlier), { ...said(job), seconds: secondsOf(job) }],
});

export const usageOf = (job: JobDetail): TaskUsage => ({
  index: indexOf(job),
  seconds: secondsOf(job),
  failed: job.status === 'FAILED',
  lost: (job.attempts ?? []).slice(0, -1).map(earlier),
});

/** Jobs by their ids, as many at once as Batch describes. */
export async function describeAll(batch: BatchClient, ids: readonly string[]): Promise<readonly JobDetail[]> {
  const pages = Array.from({ length: Math.ceil(ids.length / DESCRIBED_AT_ONCE) }, (_, i) =>
    ids.slice(i * DESCRIBED_AT_ONCE, (i + 1) * DESCRIBED_AT_ONCE),
  );
  const answers = await mapConcurrently(pages, CALLS_AT_ONCE, async (jobs) => {
    const { jobs: found = [] } = await batch.send(new DescribeJobsCommand({ jobs }));
    return found;
  });
  return answers.flat();
}

/** Every page of a listing. */
export async function listAll(batch: BatchClient, query: ListJobsCommandInput): Promise<readonly JobSummary[]> {
  const jobs: JobSummary[] = [];
  let nextToken: string | undefined;
  do {
    const page = await batch.send(new ListJobsCommand({ ...query, nextToken }));
    jobs.push(...(page.jobSummaryList ?? []));
    nextToken = page.nextToken;
  } while (nextToken);
  return jobs;
}

/** The children of an array that ended in one of these ways, or a plain job that did. */
export async function endedTasks(
  batch: BatchClient,
  jobId: string,
  statuses: readonly ('SUCCEEDED' | 'FAILED')[],
): Promise<readonly JobDetail[]> {
  const [job] = await describeAll(batch, [jobId]);
  if (!job) return [];
  if (!job.arrayProperties?.size) return statuses.some((status) => status === job.status) ? [job] : [];
  const lists = await mapConcurrently(statuses, CALLS_AT_ONCE, (jobStatus) => listAll(batch, { arrayJobId: jobId, jobStatus }));
  return describeAll(
    batch,
    lists.flat().flatMap((child) => child.jobId ?? []),
  );
}
