import { jobIdKey } from '../../../core/keys';
import { collect } from '../../../lambda/collect';
import { intake } from '../../../lambda/intake';
import type { Deps } from '../../../lambda/runtime';
import { settle } from '../../../lambda/settle';
import { aWorld, type World } from '../../../test/support/world';
import type { TaskRef } from '../../../worker/task';
import { randomOf } from '../../random';
import { ModelBatch } from './batch';
import { Execution } from './execution';
import { clearFiles } from './memory-fs';
import { portsOf } from './ports';
import { assertDecided, assertIntact, assertOneArray, ledgerOf } from './promises';
import { idsFrom } from './random-ids';
import { type Reader, readerOf, Violation } from './reader';
import { configOf, expectedRows, type Scenario, scenarioOf } from './scenario';
import { Actor, type Fate, Scheduler } from './scheduler';
import type { Stage } from './stage';

/** How a schedule went. */
export interface Schedule {
  readonly seed: number;
  readonly outcome: 'published' | 'failed' | 'never began';
  readonly violation?: string;
  readonly hit: Partial<Record<Fate, number>>;
  /** Every step taken, in order, where it was to be written down. */
  readonly trace: readonly string[];
}

const JOB = 'orders';
const DAY_MS = 86_400_000;
const BEGIN_MS = Date.parse('2026-01-01T00:01:00.000Z');
/** About as many as a run has before it is committed. */
const STEPS = 100;

/** Ten minutes pass between any two looks. */
function fastClock(): () => Date {
  let minutes = 0;
  return () => {
    minutes += 10;
    return new Date(BEGIN_MS + minutes * 60_000);
  };
}

/** One run under one order of steps and one set of faults. */
class ScheduledRun implements Stage {
  readonly scheduler: Scheduler;
  readonly outcomes: string[] = [];
  private readonly world: World;
  private readonly scenario: Scenario;
  private readonly batch = new ModelBatch(() => this);
  private readonly tokens = new Map<string, (value: unknown) => void>();
  private reader: Reader | undefined;
  private actors = 0;
  private step = 0;
  /** At which steps a collector sets out. */
  private collectAt: readonly number[] = [];

  constructor(
    private readonly random: () => number,
    traced: boolean,
  ) {
    this.scenario = scenarioOf(random);
    idsFrom(random);
    clearFiles();
    this.world = aWorld(configOf(this.scenario));
    this.scheduler = new Scheduler({ random, faults: this.scenario.faults, rate: 0.06, traced, check: () => this.afterStep() });
  }

  portsOf(actor: Actor, changes: Partial<Deps> = {}): Deps {
    const { deps, started } = this.world;
    const { batch } = this;
    const executions: Deps['executions'] = {
      ...deps.executions,
      start: async (name, input) => {
        const isNew = await deps.executions.start(name, input);
        if (isNew) void this.execute(name);
        return isNew;
      },
      status: async (name) => (started.has(name) ? 'RUNNING' : undefined),
      succeed: async (token, value) => {
        const wake = this.tokens.get(token);
        this.tokens.delete(token);
        wake?.(value);
        return wake !== undefined;
      },
    };
    const context = { actor, scheduler: this.scheduler, flips: this.scenario.flips };
    return portsOf({ ...deps, batch, executions, random: this.random, ...changes }, context);
  }

  tellEnd(jobId: string, succeeded: boolean, array: Parameters<Stage['tellEnd']>[2]): void {
    const parameters = { runId: array.BATCHWRIGHT_RUN_ID, round: Number(array.BATCHWRIGHT_ROUND), array: Number(array.BATCHWRIGHT_ARRAY) };
    const event = { detail: { jobId, status: succeeded ? ('SUCCEEDED' as const) : ('FAILED' as const), parameters } };
    for (let i = 0; i < this.scenario.events; i++) this.deliver('settle', (deps) => settle(event, deps));
  }

  /** Everything that happens to one dropped file. */
  async run(): Promise<void> {
    const { input } = this.world;
    const { text, checksummed, events, collections, csv } = this.scenario;
    const stored = input.put(`incoming/orders/a.${csv ? 'csv' : 'jsonl'}`, text, checksummed ? {} : { checksum: null });
    const detail = { bucket: { name: 'input' }, object: { key: stored.key, 'version-id': stored.versionId, size: stored.bytes } };
    const message = { Records: [{ messageId: 'm', body: JSON.stringify({ job: JOB, detail }) }] };
    for (let i = 0; i < events; i++) {
      this.deliver('intake', async (deps) => {
        const { batchItemFailures } = await intake(message, deps);
        if (batchItemFailures.length > 0) throw new Error('delivered again');
      });
    }
    this.collectAt = Array.from({ length: collections }, () => Math.floor(this.random() * STEPS));
    await this.scheduler.run();
  }

  /** An event comes again until it was taken, a few times at most. */
  private deliver(name: string, step: (deps: Deps) => Promise<unknown>, attempt = 1): void {
    this.actors += 1;
    const actor = new Actor(`${name}-${this.actors}`);
    Promise.race([step(this.portsOf(actor)), actor.given]).catch(() => {
      if (attempt < 4) this.deliver(name, step, attempt + 1);
    });
  }

  private afterStep(): void {
    this.reader?.look();
    this.step += 1;
    for (const at of this.collectAt) if (at === this.step) this.collect(at);
  }

  /** A clock that jumps by a month must not make the collector take what is in use. */
  private collect(n: number): void {
    const now = () => new Date(BEGIN_MS + Math.floor(this.random() * 2) * 30 * DAY_MS);
    const actor = new Actor(`collect-${n}`);
    collect({}, this.portsOf(actor, { now })).catch(() => undefined);
  }

  private async execute(runId: string): Promise<void> {
    const run = { runId, job: JOB };
    this.reader = readerOf(this.world.output, run, expectedRows(this.scenario));
    const waitFor = (token: string) => new Promise((resolve) => this.tokens.set(token, resolve));
    const { twoCommitters, reported, hasty } = this.scenario;
    const portsFor = (actor: Actor) => this.portsOf(actor, hasty ? { now: fastClock() } : {});
    const execution = new Execution({ run, portsOf: portsFor, waitFor, twoCommitters, reported, random: this.random });
    this.outcomes.push(await execution.run().catch((thrown: Error) => `FAILED ${thrown.name}`));
  }

  /** What must hold when nobody has a step left to take. */
  conclude(): Schedule['outcome'] {
    this.reader?.look();
    const [runId] = this.world.started.keys();
    if (runId === undefined) return 'never began';
    if (this.world.started.size > 1) throw new Violation(`one file began ${this.world.started.size} runs`);
    if (this.outcomes.length === 0) throw new Violation('the run never ended');
    const published = this.reader?.published ?? false;
    const ledger = ledgerOf(this.world.state, runId);
    assertOneArray(ledger, this.batch.strangers);
    if (!this.scheduler.hit.flip) assertIntact(ledger);
    if (published) assertDecided(ledger);
    if (this.scenario.reported && this.outcomes.includes('SUCCEEDED') !== published)
      throw new Violation(`reported as ${this.outcomes}, published: ${published}`);
    return published ? 'published' : 'failed';
  }

  isFencedOut({ runId, round, array, jobId }: TaskRef): boolean {
    const { state } = this.world;
    const key = jobIdKey(runId, round, array);
    const isNamed = state.keys(key).includes(key);
    return isNamed && (JSON.parse(state.text(key)) as { jobId: string }).jobId !== jobId.split(':')[0];
  }
}

/** Runs one schedule; the same seed is the same schedule. */
export async function runSchedule(seed: number, traced = false): Promise<Schedule> {
  const run = new ScheduledRun(randomOf(seed), traced);
  const { scheduler } = run;
  const shared = () => ({ seed, hit: scheduler.hit, trace: scheduler.trace });
  try {
    await run.run();
    return { outcome: run.conclude(), ...shared() };
  } catch (thrown) {
    if (!(thrown instanceof Violation)) throw thrown;
    return { outcome: 'failed', violation: thrown.message, ...shared() };
  }
}
