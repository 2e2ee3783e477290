import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import type { AttemptFaults, StartingAttempt } from '../kernel/disturbances';
import type { Kernel, LogSink } from '../kernel/types';
import { type AttemptPlan, type Cause, type Outcome, RunningAttempt } from './attempt';
import { commandLine } from './command-line';
import { endProcess, processesOf, Sweeper } from './container-processes';
import { mountDisk, unmountDisk, unmountDisks } from './disks';
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

/** Something else than this machine is to blame that nothing starts; the message is ECS's own. */
class RefusedError extends Error {
  override readonly name = 'RefusedError';
}

/** Why nothing could be started, as ECS names it. */
export function faultOf(thrown: unknown): string {
  if (thrown instanceof RefusedError) return thrown.message;
  return thrown instanceof CannotPullError ? `${thrown.name}: ${thrown.message}` : `CannotStartContainerError: ${String(thrown)}`;
}

const UNDISTURBED: AttemptFaults = { starting: () => ({}), started: () => undefined, ended: () => undefined };

export const orderedTask = (order: Order): Task => taskOf({ containerProperties: order.container, ecsProperties: order.ecsProperties });

/** `<prefix>/<container>/<task>`, as the awslogs driver names streams. */
export function logStreamName(order: Order, taskId: string): string {
  const { name, logOptions } = orderedTask(order);
  const definition = order.definitionArn.slice(order.definitionArn.lastIndexOf('/') + 1).split(':')[0];
  return `${logOptions['awslogs-stream-prefix'] ?? definition}/${name}/${taskId}`;
}

/** An attempt, and what it is one of. */
export interface Launch {
  readonly order: Order;
  readonly job: Job;
  readonly current: CurrentAttempt;
}

const startingAttempt = ({ name: jobName, queueArn }: Order, { id: jobId }: Job, { number: attempt, taskId }: CurrentAttempt) => ({
  jobId,
  jobName,
  queueArn,
  attempt,
  taskId,
});

/** Starts attempts as processes, each with a temporary folder of its own. */
export class Launcher {
  private readonly temporaries: string;
  private readonly sweeper = new Sweeper();
  /** Attempts whose processes are not gone, Batch knowing of them or not. */
  private readonly alive = new Set<RunningAttempt>();

  constructor(
    private readonly kernel: Kernel,
    private readonly logs: LogSink,
    private readonly guard: MemoryGuard,
    private readonly faults: AttemptFaults = UNDISTURBED,
  ) {
    this.temporaries = path.join(kernel.stateDir, 'batch', 'tmp');
  }

  /** Removes what attempts of a former life left. */
  clean(): void {
    for (const pid of processesOf(({ temporary }) => temporary.startsWith(this.temporaries))) endProcess(pid);
    unmountDisks(this.temporaries);
    rmSync(this.temporaries, { recursive: true, force: true });
  }

  /** Ends whatever outlived its attempt; nothing is launched any more. */
  stop(): void {
    for (const attempt of this.alive) attempt.kill();
    this.sweeper.sweep();
  }

  /** Throws when there is nothing to start. */
  launch(order: Order, job: Job, current: CurrentAttempt): RunningAttempt {
    const starting = startingAttempt(order, job, current);
    const attempt = new RunningAttempt(this.plan({ order, job, current, starting }), this.guard);
    this.alive.add(attempt);
    void attempt.gone.then(() => this.alive.delete(attempt));
    this.faults.started(starting, {
      reclaim: () => attempt.end('reclaimed'),
      kill: () => attempt.kill(),
      freeze: () => attempt.freeze(),
      thaw: () => attempt.thaw(),
    });
    return attempt;
  }

  /** The attempt's outcome, once its folder is gone too; a lost host keeps it as long as it lives. */
  async outcome(attempt: RunningAttempt, { order, job, current }: Launch): Promise<Outcome> {
    const outcome = await attempt.finished;
    const removed = attempt.gone.then(() => this.remove(current.taskId));
    if (!outcome.lost) await removed;
    this.faults.ended(startingAttempt(order, job, current));
    return outcome;
  }

  private plan({ order, job, current, starting }: Launch & { readonly starting: StartingAttempt }): AttemptPlan {
    const { folder, timeoutSeconds } = order;
    const dockerfile = path.join(folder, 'Dockerfile');
    const task = orderedTask(order);
    if (!existsSync(dockerfile)) throw new CannotPullError(`no Dockerfile in ${folder}, the local folder of ${task.image}`);
    const changes = this.faults.starting(starting);
    if (changes.refusal !== undefined) throw new RefusedError(changes.refusal);
    const image = readDockerfile(readFileSync(dockerfile, 'utf8'));
    const [program = '', ...args] = commandLine({ image, folder, command: task.command, parameters: order.parameters });
    const temporary = path.join(this.temporaries, current.taskId);
    const credentials = task.jobRoleArn === undefined ? {} : this.kernel.environmentFor(task.jobRoleArn);
    const environment = environmentOf({ order, job, current, task, image: image.environment, credentials, temporary });
    mkdirSync(temporary, { recursive: true });
    if (changes.diskKiB !== undefined) mountDisk(temporary, changes.diskKiB);
    const log = this.logTo(task, current);
    const ended = (cause?: Cause) => this.sweeper.after({ jobId: job.id, attempt: current.number }, cause !== undefined);
    const { memoryMiB, stopSeconds } = { ...task, ...changes };
    const { memoryExitCode } = changes;
    return { program, args, folder, environment, memoryMiB, memoryExitCode, timeoutSeconds, stopSeconds, log, ended };
  }

  private async remove(taskId: string): Promise<void> {
    const temporary = path.join(this.temporaries, taskId);
    try {
      unmountDisk(temporary);
      await rm(temporary, { recursive: true, force: true, maxRetries: 3 });
    } catch (thrown) {
      this.kernel.log(`batch: the temporary folder of task ${taskId} is left until the next start: ${thrown}`);
    }
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
