import {
  BatchClient,
  BatchServiceException,
  type JobDetail,
  type JobSummary,
  SubmitJobCommand,
  type SubmitJobCommandOutput,
  TerminateJobCommand,
} from '@aws-sdk/client-batch';
import { cutText } from '../../core/cut-text';
import { REASON_CHARACTERS } from '../../core/limits';
import { NotSubmittedError } from '../errors';
import type { BatchEngine, FailedTask, JobOrder, JobProgress, JobStatus, TaskUsage } from '../ports';
import { describeAll, endedTasks, failedTask, listAll, usageOf } from './batch-jobs';
import { clientOptions } from './client-options';

export type Queues = Readonly<Record<JobOrder['capacity'], string>>;

/** Batch and the gateway before it ask for patience under these names. */
const THROTTLING: ReadonlySet<string> = new Set(['TooManyRequestsException', 'ThrottlingException', 'Throttling', 'RequestLimitExceeded']);

const hasEnded = (status: JobStatus): boolean => status === 'SUCCEEDED' || status === 'FAILED';

/** An array's parent is PENDING while its children wait or run; only its summary tells which. */
function isWaiting({ status, arrayProperties }: JobDetail): boolean {
  const { statusSummary: children = {}, size } = arrayProperties ?? {};
  if (!size) return status === 'RUNNABLE';
  const waiting = (children.RUNNABLE ?? 0) > 0;
  return waiting && !children.RUNNING && !children.STARTING;
}

/** What an answer says of a submission that was not taken; undefined where it leaves that open, as no answer and server errors do. */
function notSubmitted(thrown: unknown): NotSubmittedError | undefined {
  if (!(thrown instanceof BatchServiceException)) return undefined;
  const { name, message, $metadata } = thrown;
  const status = $metadata.httpStatusCode ?? 0;
  if (status === 429 || THROTTLING.has(name)) return new NotSubmittedError('throttled', `${name}: ${message}`);
  return status >= 400 && status < 500 ? new NotSubmittedError('refused', `${name}: ${message}`) : undefined;
}

class AwsBatchEngine implements BatchEngine {
  constructor(
    private readonly queues: Queues,
    private readonly batch: BatchClient,
    private readonly submitter: BatchClient,
  ) {}

  async submit(order: JobOrder): Promise<string> {
    const { jobId } = await this.send(this.commandOf(order));
    if (!jobId) throw new Error(`Batch gave no job id for ${order.name}`);
    return jobId;
  }

  private commandOf(order: JobOrder): SubmitJobCommand {
    return new SubmitJobCommand({
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
    });
  }

  private async send(command: SubmitJobCommand): Promise<SubmitJobCommandOutput> {
    try {
      return await this.submitter.send(command);
    } catch (thrown) {
      throw notSubmitted(thrown) ?? thrown;
    }
  }

  async findByName(name: string): Promise<string | undefined> {
    const lists = await Promise.all(Object.values(this.queues).map((queue) => this.named(queue, name)));
    // The filter knows no case.
    const exact = lists.flat().filter(({ jobName }) => jobName === name);
    return exact.toSorted((a, b) => (b.createdAt ?? 0) - (a.createdAt ?? 0))[0]?.jobId;
  }

  async status(jobId: string): Promise<JobStatus | undefined> {
    return (await describeAll(this.batch, [jobId]))[0]?.status;
  }

  async failedTasks(jobId: string): Promise<readonly FailedTask[]> {
    return (await endedTasks(this.batch, jobId, ['FAILED'])).map(failedTask);
  }

  async terminate(jobId: string, reason: string): Promise<boolean> {
    const status = await this.status(jobId);
    if (status === undefined || hasEnded(status)) return false;
    const stated = cutText(reason, { bytes: REASON_CHARACTERS }) || 'no reason given';
    await this.batch.send(new TerminateJobCommand({ jobId, reason: stated }));
    return true;
  }

  async progress(jobId: string): Promise<JobProgress | undefined> {
    const [job] = await describeAll(this.batch, [jobId]);
    if (!job?.status) return undefined;
    return { status: job.status, waiting: isWaiting(job), submittedAt: new Date(job.createdAt ?? 0) };
  }

  async usage(jobId: string): Promise<readonly TaskUsage[]> {
    return (await endedTasks(this.batch, jobId, ['SUCCEEDED', 'FAILED'])).map(usageOf);
  }

  /** A filter by name ignores the status, so every state is listed. */
  private named(jobQueue: string, name: string): Promise<readonly JobSummary[]> {
    return listAll(this.batch, { jobQueue, filters: [{ name: 'JOB_NAME', values: [name] }] });
  }
}

/** SubmitJob has no client token: a retry behind the caller's back could submit twice, so this client makes none. */
const submitter = (): BatchClient => new BatchClient({ ...clientOptions(), maxAttempts: 1 });

/** AWS Batch with one queue for each capacity. */
export const createBatchEngine = (queues: Queues, batch = new BatchClient(clientOptions())): BatchEngine =>
  new AwsBatchEngine(queues, batch, submitter());
