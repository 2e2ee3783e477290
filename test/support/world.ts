import type { BatchEngine, FailedTask, JobOrder, JobProgress, JobStatus, TaskUsage } from '../../adapters/ports';
import type { JobConfig, ObjectRef } from '../../core/contracts';
import { configKey } from '../../core/keys';
import type { Revision } from '../../core/operate/collect';
import type { ExecutionStatus } from '../../core/operate/sweep';
import type { Deps } from '../../lambda/runtime';
import { MemoryListing } from './memory-listing';
import { MemoryOpenRuns } from './memory-open-runs';
import { MemoryObjectStore } from './memory-store';
import { MemoryPendingUploads } from './memory-uploads';
import { aConfig } from './records';

/** A Batch that runs nothing: it remembers what was submitted, and a test says how it ended. */
export class FakeBatch implements BatchEngine {
  readonly orders: JobOrder[] = [];
  readonly ended = new Map<string, { status: JobStatus; failed: FailedTask[]; usage: TaskUsage[] }>();
  /** Set to lose the answer of the next submission after it went through. */
  loseNextAnswer = false;
  /** What the next submissions throw before they arrive. */
  readonly refusals: Error[] = [];
  /** How many listings to come do not show anything yet. */
  hideFromListings = 0;
  /** Listings so far. */
  looks = 0;
  /** Jobs whose tasks wait for capacity. */
  readonly waiting = new Set<string>();

  async submit(order: JobOrder): Promise<string> {
    const refusal = this.refusals.shift();
    if (refusal) throw refusal;
    this.orders.push(order);
    if (this.loseNextAnswer) {
      this.loseNextAnswer = false;
      throw new Error('socket hang up');
    }
    return `job-${this.orders.length}`;
  }

  async findByName(name: string): Promise<string | undefined> {
    this.looks += 1;
    if (this.hideFromListings > 0) {
      this.hideFromListings -= 1;
      return undefined;
    }
    const index = this.orders.findLastIndex((order) => order.name === name);
    return index < 0 ? undefined : `job-${index + 1}`;
  }

  async status(jobId: string): Promise<JobStatus | undefined> {
    return this.ended.get(jobId)?.status ?? 'RUNNING';
  }

  async failedTasks(jobId: string): Promise<readonly FailedTask[]> {
    return this.ended.get(jobId)?.failed ?? [];
  }

  async terminate(jobId: string): Promise<boolean> {
    if (this.ended.has(jobId)) return false;
    this.end(jobId, [{ statusReason: 'Terminated by user' }]);
    return true;
  }

  async progress(jobId: string): Promise<JobProgress | undefined> {
    const status = await this.status(jobId);
    return status && { status, waiting: this.waiting.has(jobId), submittedAt: new Date('2026-01-01T00:00:00.000Z') };
  }

  async usage(jobId: string): Promise<readonly TaskUsage[]> {
    return this.ended.get(jobId)?.usage ?? [];
  }

  end(jobId: string, failed: Partial<FailedTask>[] = [], usage: TaskUsage[] = []): void {
    this.ended.set(jobId, {
      status: failed.length > 0 ? 'FAILED' : 'SUCCEEDED',
      failed: failed.map(({ attempts, ...task }) => ({ jobId, index: 0, ...task, attempts: attempts ?? [{ ...task, seconds: 0 }] })),
      usage,
    });
  }
}

export interface World {
  readonly deps: Deps;
  readonly state: MemoryObjectStore;
  readonly input: MemoryObjectStore;
  readonly output: MemoryObjectStore;
  readonly uploads: MemoryPendingUploads;
  /** Of the state bucket. */
  readonly texts: MemoryPendingUploads;
  readonly batch: FakeBatch;
  /** Names of the executions started, with their input. */
  readonly started: Map<string, unknown>;
  /** How executions stand that are not simply running. */
  readonly statuses: Map<string, ExecutionStatus>;
  readonly open: MemoryOpenRuns;
  /** Active revisions of job definitions. */
  readonly revisions: Revision[];
  /** Tokens woken, with what they were told. */
  readonly woken: Map<string, unknown>;
  readonly published: unknown[];
  readonly metrics: Record<string, number>[];
  readonly notices: string[];
  /** Milliseconds that steps would have waited. */
  readonly pauses: number[];
  /** Drops a file as a user does. */
  drop(key: string, content: string | Buffer): ObjectRef;
}

/** Everything that the steps touch, in memory, with one job deployed. */
export function aWorld(config: JobConfig = aConfig()): World {
  const state = new MemoryObjectStore('state');
  const input = new MemoryObjectStore('input');
  const output = new MemoryObjectStore('output');
  const world = {
    state,
    input,
    output,
    uploads: new MemoryPendingUploads(output),
    texts: new MemoryPendingUploads(state),
    batch: new FakeBatch(),
    started: new Map<string, unknown>(),
    statuses: new Map<string, ExecutionStatus>(),
    open: new MemoryOpenRuns(),
    revisions: [] as Revision[],
    woken: new Map<string, unknown>(),
    published: [] as unknown[],
    metrics: [] as Record<string, number>[],
    notices: [] as string[],
    pauses: [] as number[],
    drop: (key: string, content: string | Buffer): ObjectRef => ({ bucket: 'input', key, versionId: input.put(key, content).versionId }),
  };
  state.put(configKey(config.spec.name), JSON.stringify(config));
  return { ...world, deps: depsOf(world) };
}

function depsOf(world: Omit<World, 'deps'>): Deps {
  return {
    ...world,
    executions: {
      stateMachine: 'arn:aws:states:us-east-1:000000000000:stateMachine:run',
      start: async (runId, given) => !world.started.has(runId) && Boolean(world.started.set(runId, given)),
      status: async (name) => world.statuses.get(name) ?? (world.started.has(name) ? 'RUNNING' : undefined),
      succeed: async (token, given) => !world.woken.has(token) && Boolean(world.woken.set(token, given)),
      secondsByState: async () => ({ Plan: 1, Round: 2 }),
    },
    revisions: {
      async *list() {
        yield* [...world.revisions];
      },
      deregister: async (arn) =>
        void world.revisions.splice(
          world.revisions.findIndex((one) => one.arn === arn),
          1,
        ),
    },
    events: { publish: async (detailType, detail) => void world.published.push({ detailType, detail }) },
    notices: { send: async (subject, text) => void world.notices.push(`${subject}: ${text}`) },
    metrics: { publish: (_job, values) => void world.metrics.push({ ...values }) },
    log: { info: () => undefined, error: () => undefined },
    listing: new MemoryListing(world.input),
    texts: world.texts,
    bucket: (name) => (name === 'state' ? world.state : name === 'output' ? world.output : world.input),
    remainingMs: () => Number.POSITIVE_INFINITY,
    maxVcpus: 256,
    now: () => new Date('2026-01-01T00:01:00.000Z'),
    random: () => 0.5,
    pause: async (milliseconds) => void world.pauses.push(milliseconds),
  };
}

/** The same world, whose dependencies are found by their names only, as a function's are: each is made when it is first used. */
export function asAtRunTime(world: World): World {
  const made = Object.entries(world.deps).map(([name, value]) => [name, { get: () => value }]);
  const deps = Object.create(Object.defineProperties({}, Object.fromEntries(made))) as Deps;
  return { ...world, deps };
}

/** A bucket as comparable text: every visible key with its content. */
export const contentsOf = (store: MemoryObjectStore): Record<string, string> =>
  Object.fromEntries(store.keys().map((key) => [key, store.text(key)]));
