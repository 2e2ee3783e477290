import { randomOf } from '../../random';
import type { Fate } from './actor';
import { type Ending, Life } from './life';
import { ModelWorld } from './model-world';
import { Violation } from './reader';

/** How a schedule went. */
export interface Schedule {
  readonly seed: number;
  readonly outcome: Ending;
  readonly violation?: string;
  readonly hit: Partial<Record<Fate, number>>;
  /** Every step taken, in order, where it was to be written down. */
  readonly trace: readonly string[];
}

/** Runs one schedule; the same seed is the same schedule. */
export async function runSchedule(seed: number, traced = false): Promise<Schedule> {
  const world = new ModelWorld(randomOf(seed), traced);
  const { scheduler } = world;
  const shared = () => ({ seed, hit: scheduler.hit, trace: scheduler.trace });
  try {
    return { outcome: await new Life(world).live(), ...shared() };
  } catch (thrown) {
    if (!(thrown instanceof Violation)) throw thrown;
    return { outcome: 'failed', violation: thrown.message, ...shared() };
  }
}
