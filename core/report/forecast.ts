import type { Plan, Preflight, Profile } from '../contracts';
import { DEFAULT_BYTES_PER_SECOND } from '../plan/packing';
import { controlUsd, START_UP_SECONDS, taskUsd } from './cost';

/** Throughput may be this many times lower or higher than assumed until there is history. */
const UNCERTAINTY = 3;

/** vCPUs that a queue may use at once unless a deployment says otherwise. */
export const DEFAULT_MAX_VCPUS = 256;

export interface ForecastInput {
  readonly plan: Pick<Plan, 'bytes' | 'chunks' | 'tasks' | 'config'>;
  readonly profile: Profile;
  /** Ceiling of the compute environment. */
  readonly maxVcpus: number;
}

/** How long and how dear the run will be, before anything is submitted. */
export function forecast({ plan, profile, maxVcpus }: ForecastInput): Preflight {
  const wanted = plan.tasks * profile.vcpu;
  const atOnce = Math.max(1, Math.min(plan.tasks, Math.floor(maxVcpus / profile.vcpu)));
  const waves = Math.ceil(plan.tasks / atOnce);
  const workPerTask = plan.tasks === 0 ? 0 : plan.bytes / plan.tasks / DEFAULT_BYTES_PER_SECOND;
  const seconds = (factor: number): number => waves * (START_UP_SECONDS + workPerTask * factor);
  const { capacity, architecture } = plan.config.spec.compute;
  const usd = (factor: number): number =>
    plan.tasks * taskUsd({ seconds: workPerTask * factor, capacity, profile, architecture, wasted: false }) +
    controlUsd({ arrays: 1, chunks: plan.chunks });
  const band = (of: (factor: number) => number) => ({ low: of(1 / UNCERTAINTY), expected: of(1), high: of(UNCERTAINTY) });
  return {
    schema: 'preflight.v1',
    chunks: plan.chunks,
    tasks: plan.tasks,
    seconds: plan.tasks === 0 ? { low: 0, expected: 0, high: 0 } : band(seconds),
    usd: band(usd),
    vcpu: { wanted, allowed: maxVcpus },
    assumptions: [
      `${Math.round(DEFAULT_BYTES_PER_SECOND / 1e6)} MB/s per task, ${UNCERTAINTY} times more or less`,
      `${START_UP_SECONDS} s of start-up per task`,
      'list prices, Spot at its usual share',
    ],
  };
}
