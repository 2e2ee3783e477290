import {
  BatchClient,
  DescribeJobsCommand,
  type JobDetail,
  type JobSummary,
  ListJobsCommand,
  type ListJobsCommandInput,
  SubmitJobCommand,
  TerminateJobCommand,
} from '@aws-sdk/client-batch';
import type { BatchEngine, FailedTask, JobOrder, JobProgress, JobStatus, TaskUsage } from '../ports';
import { clientOptions } from './client-options';

export type Queues = Readonly<Record<JobOrder['capacity'], string>>;

/** A listed job whose last attempt did not start has no times. */
function usageOf(summary: JobSummary, index: number): TaskUsage {
  const milliseconds = summary.startedAt && summary.stoppedAt ? summary.stoppedAt - summary.startedAt : 0;
  return { index, seconds: milliseconds / 1000, failed: summary.status === 'FAILED' };
}

const failedTask = (job: JobSummary, index: number): FailedTask => ({
  jobId: job.jobId ?? '',
  index,
  statusReason: job.statusReason,
  containerReason: job.container?.reason,
  exitCode: job.container?.exitCode,
});

const hasEnded = (status: JobStatus): boolean => status === 'SUCCEEDED' || status === 'FAILED';

/** An array's parent is PENDING while its children wait or run; only its summary tells which. */
function isWaiting({ status, arrayProperties }: JobDetail): boolean {
  const { statusSummary: children = {}, size } = arrayProperties ?? {};
  if (!size) return status === 'RUNNABLE';
  const waiting = (children.RUNNABLE ?? 0) > 0;
  return waiting && !children.RUNNING && !children.STARTING;
}

class AwsBatchEngine implements BatchEngine {
  constructor(
    private readonly queues: Queues,
    private readonly batch: BatchClient,
    private readonly submitter: BatchClient,
  ) {}

  async submit(order: JobOrder): Promise<string> {
    const { jobId } = await this.submitter.send(
      new SubmitJobCommand({
        jobName: order.name,
        jobQueue: this.queues[order.capacity],
        jobDefinition: order.jobDefinition,
        ...(order.tasks > 1 && { arrayProperties: { size: order.tasks } }),
        parameters: { ...order.parameters },
        containerOverrides: {
          environment: Object.entries(order.environment).map(([name, value]) => ({ name, value })),
          resourceRequirements: [
            { type: 'VCPU', value: String(order.profile.vcpu) },
            { type: 'MEMORY', value: String(order.profile.memoryMiB) },
          ],
        },
      }),
    );
    if (!jobId) throw new Error(`Batch gave no job id for ${order.name}`);
    return jobId;
  }

  async findByName(name: string): Promise<string | undefined> {
    const lists = await Promise.all(Object.values(this.queues).map((queue) => this.named(queue, name)));
    return lists.flat().toSorted((a, b) => (b.createdAt ?? 0) - (a.createdAt ?? 0))[0]?.jobId;
  }

  async status(jobId: string): Promise<JobStatus | undefined> {
    return (await this.describe(jobId))?.status;
  }

  async failedTasks(jobId: string): Promise<readonly FailedTask[]> {
    const job = await this.describe(jobId);
    if (!job?.arrayProperties?.size) return job?.status === 'FAILED' ? [failedTask(job as JobSummary, 0)] : [];
    const failed = await this.children(jobId, 'FAILED');
    return failed.map((child) => failedTask(child, child.arrayProperties?.index ?? 0));
  }

  async terminate(jobId: string, reason: string): Promise<boolean> {
    const status = await this.status(jobId);
    if (status === undefined || hasEnded(status)) return false;
    await this.batch.send(new TerminateJobCommand({ jobId, reason }));
    return true;
  }

  async progress(jobId: string): Promise<JobProgress | undefined> {
    const job = await this.describe(jobId);
    if (!job?.status) return undefined;
    return { status: job.status, waiting: isWaiting(job), submittedAt: new Date(job.createdAt ?? 0) };
  }

  async usage(jobId: string): Promise<readonly TaskUsage[]> {
    const job = await this.describe(jobId);
    if (!job) return [];
    if (!job.arrayProperties?.size) return [usageOf(job as JobSummary, 0)];
    const children = [...(await this.children(jobId, 'SUCCEEDED')), ...(await this.children(jobId, 'FAILED'))];
    return children.map((child) => usageOf(child, child.arrayProperties?.index ?? 0));
  }

  private async describe(jobId: string): Promise<JobDetail | undefined> {
    const { jobs } = await this.batch.send(new DescribeJobsCommand({ jobs: [jobId] }));
    return jobs?.[0];
  }

  private children(arrayJobId: string, jobStatus: 'SUCCEEDED' | 'FAILED'): Promise<JobSummary[]> {
    return this.all({ arrayJobId, jobStatus });
  }

  /** A filter by name ignores the status, so every state is listed. */
  private named(jobQueue: string, name: string): Promise<JobSummary[]> {
    return this.all({ jobQueue, filters: [{ name: 'JOB_NAME', values: [name] }] });
  }

  private async all(query: ListJobsCommandInput): Promise<JobSummary[]> {
    const jobs: JobSummary[] = [];
    let nextToken: string | undefined;
    do {
      const page = await this.batch.send(new ListJobsCommand({ ...query, nextToken }));
      jobs.push(...(page.jobSummaryList ?? []));
      nextToken = page.nextToken;
    } while (nextToken);
    return jobs;
  }
}

/** SubmitJob has no client token: a retry behind the caller's back could submit twice, so this client makes none. */
const submitter = (): BatchClient => new BatchClient({ ...clientOptions(), maxAttempts: 1 });

/** AWS Batch with one queue for each capacity. */
export const createBatchEngine = (queues: Queues, batch = new BatchClient(clientOptions())): BatchEngine =>
  new AwsBatchEngine(queues, batch, submitter());
