import type { ExecutionInput } from '../../../core/contracts';
import { abortKey, configKey, decisionKey, jobIdKey } from '../../../core/keys';
import { intake } from '../../../lambda/intake';
import type { Deps } from '../../../lambda/runtime';
import { settle } from '../../../lambda/settle';
import { aWorld, type World } from '../../../test/support/world';
import type { TaskRef } from '../../../worker/task';
import { pick } from '../../random';
import { Actor, type Fate } from './actor';
import { ModelBatch } from './batch';
import { Clock, DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from './clock';
import { clearProcesses } from './deaths';
import { ModelExecutions } from './executions';
import { clearFiles } from './memory-fs';
import { People } from './people';
import { portsOf } from './ports';
import { idsFrom } from './random-ids';
import { Reader } from './reader';
import { configOf, recordsOf, type Scenario, scenarioOf, type Visit } from './scenario';
import { Scheduler } from './scheduler';
import type { ArrayRef, Stage } from './stage';

const JOB = 'orders';
/** As often as a queue or a rule delivers. */
const DELIVERIES = 4;
/** Beyond the days that a failed run's uploads are kept. */
const AHEAD_MS = 30 * DAY_MS;

/** Everything around one run: buckets, Batch, Step Functions, events, schedules, people, and one clock. */
export class ModelWorld implements Stage {
  readonly scheduler: Scheduler;
  readonly clock = new Clock();
  readonly world: World;
  readonly batch = new ModelBatch(() => this);
  readonly executions: ModelExecutions;
  readonly people: People;
  readonly records: readonly string[];
  reader: Reader | undefined;
  /** Drives that were aborted before their first Commit began. */
  readonly stopped = new Set<number>();
  private readonly committed = new Set<number>();
  private readonly scenario: Scenario;
  private actors = 0;
  private seen = 0;
  private visits: readonly Visit[];

  constructor(
    readonly random: () => number,
    traced: boolean,
  ) {
    this.scenario = scenarioOf(random);
    this.records = recordsOf(this.scenario);
    idsFrom(random);
    clearFiles();
    clearProcesses(this.scenario.mood);
    this.world = aWorld(configOf(this.scenario));
    const { faults, rate, outages, late, twoCommitters, visits } = this.scenario;
    this.scheduler = new Scheduler({ random, faults, outages, late, rate, traced, check: () => this.afterStep() });
    const portsFor = (actor: Actor) => this.portsOf(actor);
    const twice = (): boolean => twoCommitters && !this.scheduler.isCalm;
    const onCommit = (input: ExecutionInput): void => this.beginCommit(input);
    this.executions = new ModelExecutions({ clock: this.clock, portsOf: portsFor, onCommit, twoCommitters: twice, random });
    this.people = new People(portsFor);
    this.visits = visits.toSorted((a, b) => a.step - b.step);
  }

  get runId(): string | undefined {
    return this.executions.started.keys().next().value;
  }

  portsOf(actor: Actor, more: readonly Fate[] = []): Deps {
    const { batch, executions, random } = this;
    const { flips, fates } = this.scenario;
    const context = { actor, scheduler: this.scheduler, flips, fates: [...fates, ...more] };
    const now = this.scenario.hasty && actor.name.includes(':commit') ? this.hastyClock() : this.clock.now;
    return portsOf({ ...this.world.deps, batch, executions, random, now }, context);
  }

  /** Ten minutes pass between any two looks. */
  private hastyClock(): () => Date {
    let minutes = 0;
    return () => {
      minutes += 10;
      return new Date(this.clock.now().getTime() + minutes * MINUTE_MS);
    };
  }

  tellEnd(jobId: string, succeeded: boolean, { runId, round, array }: ArrayRef): void {
    const parameters = { runId, round, array };
    const event = { detail: { jobId, status: succeeded ? ('SUCCEEDED' as const) : ('FAILED' as const), parameters } };
    for (let i = this.scenario.events(); i > 0; i--) this.deliver('settle', (deps) => settle(event, deps));
  }

  isFencedOut({ runId, round, array, jobId }: TaskRef): boolean {
    const { state } = this.world;
    const key = jobIdKey(runId, round, array);
    return state.has(key) && (JSON.parse(state.text(key)) as { jobId: string }).jobId !== jobId.split(':')[0];
  }

  /** Drops the file, and answers what delivers its event once more. */
  drop(): () => void {
    const { text, checksummed, csv, namedTwice } = this.scenario;
    const stored = this.world.input.put(`incoming/orders/a.${csv ? 'csv' : 'jsonl'}`, text, checksummed ? {} : { checksum: null });
    const { key, versionId, bytes: size } = stored;
    const object = { bucket: 'input', key, versionId };
    const dropped = { bucket: { name: 'input' }, object: { key, 'version-id': versionId, size } };
    const detail = namedTwice ? { job: JOB, objects: [object, object] } : dropped;
    const message = { Records: [{ messageId: 'm', body: JSON.stringify({ job: JOB, detail }) }] };
    const arrive = (): void =>
      this.deliver('intake', async (deps) => {
        const { batchItemFailures } = await intake(message, deps);
        if (batchItemFailures.length > 0) throw new Error('delivered again');
      });
    for (let i = this.scenario.events(); i > 0; i--) arrive();
    return arrive;
  }

  /** The visitors that are left come one after the other, hours apart. */
  async receive(): Promise<void> {
    for (let next = this.visits[0]; next; next = this.visits[0]) {
      this.visits = this.visits.slice(1);
      this.pass(Math.floor(this.random() * 3) * HOUR_MS);
      this.visit(next);
      await this.scheduler.run();
    }
  }

  pass(ms: number): void {
    if (ms === 0) return;
    this.scheduler.note(() => `${ms / MINUTE_MS} minutes pass`);
    this.clock.advance(ms);
  }

  deploy(version: 'fixed' | 'other'): void {
    this.scheduler.note(() => `deployed: ${version}`);
    this.world.state.put(configKey(JOB), JSON.stringify(configOf(this.scenario, version)));
  }

  /** An event comes again until it was taken, a few times at most. */
  private deliver(name: string, step: (deps: Deps) => Promise<unknown>, attempt = 1): void {
    this.actors += 1;
    const actor = new Actor(`${name}-${this.actors}`);
    Promise.race([step(this.portsOf(actor)), actor.given]).catch(() => {
      if (attempt < DELIVERIES) this.deliver(name, step, attempt + 1);
    });
  }

  /** Of a drive's first Commit: whether it must find an abort. */
  private beginCommit({ runId, drive = 0 }: ExecutionInput): void {
    const { state } = this.world;
    if (this.committed.has(drive)) return;
    this.committed.add(drive);
    if (state.has(abortKey(runId, drive)) && !state.has(decisionKey(runId, drive))) this.stopped.add(drive);
  }

  private afterStep(): void {
    this.clock.advance(SECOND_MS);
    const { runId, world } = this;
    if (runId !== undefined && !this.reader) this.reader = new Reader(world, { job: JOB, runId }, this.records);
    if (this.seen !== world.output.changes) {
      this.seen = world.output.changes;
      this.reader?.look();
    }
    for (let next = this.visits[0]; next && next.step <= this.scheduler.step; next = this.visits[0]) {
      this.visits = this.visits.slice(1);
      this.visit(next);
    }
  }

  private visit({ who }: Visit): void {
    const { runId, people } = this;
    this.scheduler.note(() => who);
    if (who === 'collect') void people.collect(Math.floor(this.random() * 2) * AHEAD_MS);
    if (who === 'sweep') void people.sweep();
    if (who === 'deploy') this.deploy('fixed');
    if (who === 'wait') this.pass(pick(this.random, [1, 24]) * HOUR_MS);
    if (runId !== undefined) this.visitRun(who, runId);
  }

  private visitRun(who: Visit['who'], runId: string): void {
    if (who === 'abort') void this.people.abort(runId);
    if (who === 'redrive') void this.people.redrive(runId);
    if (who === 'mended') {
      this.deploy('fixed');
      void this.people.redrive(runId);
    }
    if (who !== 'stop') return;
    const status = pick(this.random, ['TIMED_OUT', 'ABORTED'] as const);
    this.executions.stop(pick(this.random, [...this.executions.running, runId]), status);
  }
}
