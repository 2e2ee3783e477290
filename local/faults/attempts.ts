import type { AttemptChanges, AttemptFaults, AttemptHandle, StartingAttempt } from '../kernel/disturbances';
import type { Faults, Strike } from './faults';
import { type Moments, trapOf } from './moments';

const CHANGE_KINDS = ['task-memory', 'task-disk-full', 'task-start-failure', 'task-reclaim', 'task-kill', 'task-zombie'] as const;
type TaskStrike = Strike<(typeof CHANGE_KINDS)[number]>;

/** What a strike changes before the container starts. */
function changesOf({ rule, hit }: TaskStrike): AttemptChanges {
  switch (rule.kind) {
    case 'task-memory':
      hit();
      return { memoryMiB: rule.mib, memoryExitCode: rule.exitCode };
    case 'task-disk-full':
      hit();
      return { diskKiB: rule.kib };
    case 'task-start-failure':
      hit();
      return { refusal: rule.reason };
    case 'task-reclaim':
      return { stopSeconds: rule.graceSeconds };
    default:
      return {};
  }
}

/** Attempts that are held for lost and are not dead. */
class Zombies {
  private readonly frozen = new Map<string, { readonly attempt: number; thaw(): void }>();

  freeze({ jobId, attempt }: StartingAttempt, handle: AttemptHandle, ms: number): void {
    const timer = setTimeout(() => this.thaw(jobId), ms);
    timer.unref();
    this.frozen.set(jobId, {
      attempt,
      thaw: () => {
        clearTimeout(timer);
        handle.thaw();
      },
    });
    handle.freeze();
  }

  /** Another attempt of the same job has done the work: the worst moment to come back. */
  rise({ jobId, attempt }: StartingAttempt): void {
    const zombie = this.frozen.get(jobId);
    if (zombie && zombie.attempt < attempt) this.thaw(jobId);
  }

  private thaw(jobId: string): void {
    this.frozen.get(jobId)?.thaw();
    this.frozen.delete(jobId);
  }
}

/** Attempts that have a while to live. */
class Sentences {
  private readonly timers = new Map<string, NodeJS.Timeout>();

  pass(taskId: string, [low, high]: readonly [number, number], { drawn, hit }: TaskStrike, act: () => void): void {
    const ms = low + drawn('ms') * (high - low);
    const carryOut = (): void => {
      hit();
      act();
    };
    this.timers.set(taskId, setTimeout(carryOut, ms).unref());
  }

  /** It has ended by itself. */
  lift(taskId: string): void {
    clearTimeout(this.timers.get(taskId));
    this.timers.delete(taskId);
  }
}

/** Faults of Batch's attempts: never started, short of memory or disk, or struck at one of their own calls. */
export function attemptFaults(faults: Faults, moments: Moments): AttemptFaults {
  const strikes = new Map<string, TaskStrike>();
  const zombies = new Zombies();
  const sentences = new Sentences();
  return {
    starting: (attempt) => {
      const { jobName: target, queueArn: caller } = attempt;
      const strike = faults.draw(CHANGE_KINDS, { service: 'batch', operation: 'Attempt', target, caller });
      if (!strike) return {};
      if (strike.rule.kind !== 'task-start-failure') strikes.set(attempt.taskId, strike);
      return changesOf(strike);
    },
    started: (attempt, handle) => {
      const strike = strikes.get(attempt.taskId);
      strikes.delete(attempt.taskId);
      const arm = (cuts: boolean, act: () => void): void =>
        moments.arm(attempt.taskId, trapOf(strike as Parameters<typeof trapOf>[0], cuts, act));
      const { rule } = strike ?? {};
      if (rule?.kind === 'task-reclaim' && !rule.afterMs) arm(false, handle.reclaim);
      if (strike && rule?.kind === 'task-reclaim' && rule.afterMs) sentences.pass(attempt.taskId, rule.afterMs, strike, handle.reclaim);
      if (rule?.kind === 'task-kill') arm(true, handle.kill);
      if (rule?.kind === 'task-zombie') arm(true, () => zombies.freeze(attempt, handle, rule.ms));
    },
    ended: (attempt) => {
      moments.disarm(attempt.taskId);
      sentences.lift(attempt.taskId);
      zombies.rise(attempt);
    },
  };
}
