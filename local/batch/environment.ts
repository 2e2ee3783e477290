import { existsSync } from 'node:fs';
import path from 'node:path';
import { parseReference } from './definitions';
import type { CurrentAttempt, Job, Order } from './model';
import type { Task } from './task';

/** Where programs usually lie; an image's own PATH would name its own folders. */
const PROGRAM_FOLDERS = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin', '/opt/homebrew/bin'];

const SYSTEM_PATH = [path.dirname(process.execPath), ...PROGRAM_FOLDERS].join(':');

/** Packages that an image would install are this repository's own. */
function nearestModules(folder: string): string {
  const modules = path.join(folder, 'node_modules');
  const parent = path.dirname(folder);
  return existsSync(modules) || parent === folder ? modules : nearestModules(parent);
}

const NODE_PATH = nearestModules(__dirname);

export interface Surroundings {
  readonly order: Order;
  readonly job: Job;
  readonly current: CurrentAttempt;
  readonly task: Task;
  /** From the image. */
  readonly image: Readonly<Record<string, string>>;
  /** Of the job's role. */
  readonly credentials: Readonly<Record<string, string>>;
  /** A folder for this attempt alone. */
  readonly temporary: string;
}

/** What a container would find in its environment, and nothing of this process's own. */
export function environmentOf(surroundings: Surroundings): Readonly<Record<string, string>> {
  const { order, job, current, task, image, credentials, temporary } = surroundings;
  return {
    PATH: SYSTEM_PATH,
    HOME: temporary,
    ...image,
    ...Object.fromEntries(task.environment.map(({ name, value }) => [name, value])),
    ...credentials,
    TMPDIR: temporary,
    NODE_PATH,
    // The SDK tells it with every call.
    AWS_SDK_UA_APP_ID: current.taskId,
    AWS_BATCH_JOB_ID: job.id,
    AWS_BATCH_JOB_ATTEMPT: String(current.number),
    AWS_BATCH_JQ_NAME: parseReference(order.queueArn).name,
    AWS_BATCH_CE_NAME: 'local',
    ...(job.index !== undefined && { AWS_BATCH_JOB_ARRAY_INDEX: String(job.index) }),
  };
}
