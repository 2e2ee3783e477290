import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import type { Kernel, LogSink } from '../kernel/types';
import { type Cause, type Outcome, RunningAttempt } from './attempt';
import { commandLine } from './command-line';
import { Sweeper } from './container-processes';
import { readDockerfile } from './dockerfile';
import { environmentOf } from './environment';
import type { MemoryGuard } from './memory-guard';
import type { CurrentAttempt, Job, Order } from './model';
import { type Task, taskOf } from './task';

const DEFAULT_LOG_GROUP = '/aws/batch/job';

/** The image's folder or Dockerfile is not there; named as ECS names it, so that retry rules match. */
class CannotPullError extends Error {
  override readonly name = 'CannotPullContainerError';
}

/** Why nothing could be started, as ECS names it. */
export const faultOf = (thrown: unknown): string =>
  thrown instanceof CannotPullError ? `${thrown.name}: ${thrown.message}` : `CannotStartContainerError: ${String(thrown)}`;

export const orderedTask = (order: Order): Task => taskOf({ containerProperties: order.container, ecsProperties: order.ecsProperties });

/** `<prefix>/<container>/<task>`, as the awslogs driver names streams. */
export function logStreamName(order: Order, taskId: string): string {
  const { name, logOptions } = orderedTask(order);
  const definition = order.definitionArn.slice(order.definitionArn.lastIndexOf('/') + 1).split(':')[0];
  return `${logOptions['awslogs-stream-prefix'] ?? definition}/${name}/${taskId}`;
}

/** Starts attempts as processes, each with a temporary folder of its own. */
export class Launcher {
  private readonly temporaries: string;
  private readonly sweeper = new Sweeper();

  constructor(
    private readonly kernel: Kernel,
    private readonly logs: LogSink,
    private readonly guard: MemoryGuard,
  ) {
    this.temporaries = path.join(kernel.stateDir, 'batch', 'tmp');
  }

  /** Removes what attempts of a former life left. */
  clean(): void {
    rmSync(this.temporaries, { recursive: true, force: true });
  }

  /** Ends whatever outlived its attempt; nothing is launched any more. */
  stop(): void {
    this.sweeper.sweep();
  }

  /** Throws when there is nothing to start. */
  launch(order: Order, job: Job, current: CurrentAttempt): RunningAttempt {
    const { folder } = order;
    const dockerfile = path.join(folder, 'Dockerfile');
    const task = orderedTask(order);
    if (!existsSync(dockerfile)) throw new CannotPullError(`no Dockerfile in ${folder}, the local folder of ${task.image}`);
    const image = readDockerfile(readFileSync(dockerfile, 'utf8'));
    const [program = '', ...args] = commandLine({ image, folder, command: task.command, parameters: order.parameters });
    const temporary = path.join(this.temporaries, current.taskId);
    const credentials = task.jobRoleArn === undefined ? {} : this.kernel.environmentFor(task.jobRoleArn);
    const environment = environmentOf({ order, job, current, task, image: image.environment, credentials, temporary });
    mkdirSync(temporary, { recursive: true });
    const { memoryMiB, stopSeconds } = task;
    const { timeoutSeconds } = order;
    const log = this.logTo(task, current);
    const ended = (cause?: Cause) => this.sweeper.after({ jobId: job.id, attempt: current.number }, cause !== undefined);
    return new RunningAttempt({ program, args, folder, environment, memoryMiB, timeoutSeconds, stopSeconds, log, ended }, this.guard);
  }

  /** The attempt's outcome, once its folder is gone too. */
  async outcome(attempt: RunningAttempt, { taskId }: CurrentAttempt): Promise<Outcome> {
    const outcome = await attempt.finished;
    try {
      await rm(path.join(this.temporaries, taskId), { recursive: true, force: true, maxRetries: 3 });
    } catch (thrown) {
      this.kernel.log(`batch: the temporary folder of task ${taskId} is left until the next start: ${thrown}`);
    }
    return outcome;
  }

  private logTo({ logOptions }: Task, { logStreamName: stream }: CurrentAttempt): (line: string) => void {
    const group = logOptions['awslogs-group'] ?? DEFAULT_LOG_GROUP;
    return (line) => {
      try {
        this.logs.write(group, stream, line);
      } catch (thrown) {
        this.kernel.log(`batch: a line for ${group}/${stream} is lost: ${thrown}`);
      }
    };
  }
}
