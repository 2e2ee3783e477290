import { arnOf } from '../messaging/names';

/** Where work may run, as its template says it. */
export interface ComputeEnvironment {
  readonly name: string;
  readonly arn: string;
  readonly capacity: 'FARGATE' | 'FARGATE_SPOT';
  readonly maxvCpus: number;
  readonly state: 'ENABLED' | 'DISABLED';
  readonly tags: Readonly<Record<string, string>>;
}

export interface JobQueue {
  readonly name: string;
  readonly arn: string;
  readonly priority: number;
  readonly state: 'ENABLED' | 'DISABLED';
  readonly computeEnvironmentOrder: readonly { readonly order: number; readonly computeEnvironment: string }[];
  readonly jobStateTimeLimitActions: readonly unknown[];
  readonly tags: Readonly<Record<string, string>>;
}

export const queueArn = (reference: string): string =>
  reference.startsWith('arn:') ? reference : arnOf('batch', `job-queue/${reference}`);

export const environmentArn = (reference: string): string =>
  reference.startsWith('arn:') ? reference : arnOf('batch', `compute-environment/${reference}`);

/** Compute environments and queues of the templates that are up. */
export class Catalog {
  readonly environments = new Map<string, ComputeEnvironment>();
  readonly queues = new Map<string, JobQueue>();

  /** vCPUs of a queue's compute environments together. */
  vcpuOf(queue: JobQueue): number {
    const vcpus = queue.computeEnvironmentOrder.map(({ computeEnvironment }) => this.environments.get(computeEnvironment)?.maxvCpus ?? 0);
    return vcpus.reduce((sum, one) => sum + one, 0);
  }
}
