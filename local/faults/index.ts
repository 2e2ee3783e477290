import { randomUUID } from 'node:crypto';
import type { EventFaults } from '../eventbridge/bus';
import type { Intercept } from '../gateway/gateway';
import type { InvocationFaults } from '../kernel/disturbances';
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
}

/** Builds what a plan does to a cloud; what it did is kept in the state folder. */
export function disturbances(plan: FaultPlan, stateDir: string): Disturbances {
  const faults = new Faults(plan, stateDir);
  const moments = new Moments();
  return {
    wire: wireFaults(faults, moments),
    events: eventFaults(faults, randomUUID),
    functions: functionFaults(faults, moments),
  };
}
