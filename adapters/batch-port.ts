import type { Profile } from '../core/contracts';

/** What the product asks of AWS Batch; `adapters/aws/batch-engine.ts` implements it. */

export type JobStatus = 'SUBMITTED' | 'PENDING' | 'RUNNABLE' | 'STARTING' | 'RUNNING' | 'SUCCEEDED' | 'FAILED';

export interface JobOrder {
  readonly name: string;
  readonly capacity: 'spot' | 'on-demand';
  readonly jobDefinition: string;
  /** 1 submits a plain job, 2..10,000 an array. */
  readonly tasks: number;
  readonly profile: Profile;
  readonly environment: Readonly<Record<string, string>>;
  readonly parameters: Readonly<Record<string, string>>;
}

export interface FailedTask {
  readonly jobId: string;
  /** 0 for a plain job. */
  readonly index: number;
  readonly statusReason?: string;
  readonly containerReason?: string;
  readonly exitCode?: number;
  /** How each attempt ended, the last one last; one at least. */
  readonly attempts: readonly TaskEnding[];
}

/** What Batch says of an attempt that ended. */
export interface TaskEnding {
  readonly statusReason?: string;
  readonly containerReason?: string;
  readonly exitCode?: number;
  readonly seconds: number;
}

export interface BatchEngine {
  /**
   * Submits once and answers the job id. SubmitJob has no client token, so the caller fences: after a `NotSubmittedError`
   * there is no job, after any other error there may be one.
   */
  submit(order: JobOrder): Promise<string>;
  /** The newest job of this exact name, whatever its state. */
  findByName(name: string): Promise<string | undefined>;
  status(jobId: string): Promise<JobStatus | undefined>;
  /** Failed children of an array, or the plain job itself if it failed. */
  failedTasks(jobId: string): Promise<readonly FailedTask[]>;
  /** Ends a job and all its tasks; false when it had ended, or is not known. */
  terminate(jobId: string, reason: string): Promise<boolean>;
  /** How far a submitted job is; undefined once Batch has forgotten it. */
  progress(jobId: string): Promise<JobProgress | undefined>;
  /** How long every finished task of a job ran. */
  usage(jobId: string): Promise<readonly TaskUsage[]>;
}

export interface JobProgress {
  readonly status: JobStatus;
  /** Whether tasks wait for capacity while none runs or starts. */
  readonly waiting: boolean;
  readonly submittedAt: Date;
}

export interface TaskUsage {
  readonly index: number;
  /** Of the last attempt. */
  readonly seconds: number;
  readonly failed: boolean;
  /** The attempts before it, all of which failed. */
  readonly lost: readonly TaskEnding[];
}
