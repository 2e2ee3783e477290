import { randomUUID } from 'node:crypto';
import { canMount } from '../batch/disks';
import type { EventFaults } from '../eventbridge/bus';
import type { Intercept } from '../gateway/gateway';
import type { AttemptFaults, InvocationFaults } from '../kernel/disturbances';
import { attemptFaults } from './attempts';
import { eventFaults } from './events';
import { Faults } from './faults';
import { functionFaults } from './functions';
import { Moments } from './moments';
import type { FaultPlan } from './plan';
import { wireFaults } from './wire';

/** A fault plan at work, as each part of the cloud takes it. */
export interface Disturbances {
  readonly wire: Intercept;
  readonly events: EventFaults;
  readonly functions: InvocationFaults;
  readonly attempts: AttemptFaults;
}

/** A disk that is full is a small one, and only root can mount it. */
function assertPossible({ rules }: FaultPlan): void {
  if (rules.some(({ kind }) => kind === 'task-disk-full') && !canMount()) {
    throw new RangeError('the fault task-disk-full mounts a small disk, which only root on Linux can do: leave it out of the plan');
  }
}

/** Builds what a plan does to a cloud; what it did is kept in the state folder. */
export function disturbances(plan: FaultPlan, stateDir: string): Disturbances {
  assertPossible(plan);
  const faults = new Faults(plan, stateDir);
  const moments = new Moments();
  return {
    wire: wireFaults(faults, moments),
    events: eventFaults(faults, randomUUID),
    functions: functionFaults(faults, moments),
    attempts: attemptFaults(faults, moments),
  };
}
