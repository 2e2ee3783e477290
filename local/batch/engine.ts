import { randomUUID } from 'node:crypto';
import type { Outcome, RunningAttempt } from './attempt';
import type { Herald } from './herald';
import { faultOf, type Launch, type Launcher, logStreamName, orderedTask } from './launcher';
import type { Ledger } from './ledger';
import { type Change, type CurrentAttempt, type Ending, isOver, isParent, type Job, type Order } from './model';
import type { Slices } from './slices';
import type { Slots } from './slots';
import { HOST_LOST, judge } from './verdict';

export interface EngineParts {
  readonly ledger: Ledger;
  readonly herald: Herald;
  readonly slots: Slots;
  readonly launcher: Launcher;
  readonly slices: Slices;
  readonly now: () => number;
  readonly log: (line: string) => void;
}

type Attempted = Job & { readonly current: CurrentAttempt };

const isAttempted = (job: Job | undefined): job is Attempted => job !== undefined && job.current !== null;

/** Moves jobs through their states: every change is in the ledger before anything follows from it. */
export class Engine {
  private readonly running = new Map<string, { readonly attempt: RunningAttempt; readonly done: Promise<void> }>();
  private stopped = false;

  constructor(private readonly parts: EngineParts) {}

  /** Takes a job in; it starts to move after this call. */
  submit(order: Order, tags: Job['tags']): void {
    this.parts.ledger.submit(order, tags);
    this.promote(order);
  }

  /** Makes a new job or array runnable, as far as it is not yet. */
  promote(order: Order): void {
    const { ledger, slices } = this.parts;
    const root = ledger.job(order.id);
    if (!root) return;
    if (order.size === undefined) {
      slices.run([root.id], (ids) => this.makeRunnable(ids));
      return;
    }
    // A parent waits as long as its children are about.
    if (root.status === 'SUBMITTED') slices.run([root.id], (ids) => this.commit(ids.map((id) => ({ id, set: { status: 'PENDING' } }))));
    slices.run(
      ledger.children(order).map(({ id }) => id),
      (ids) => this.makeRunnable(ids),
    );
  }

  /** Cancels or terminates a job; for an array, all its children. */
  end(job: Job, ending: Ending): void {
    // Cancelling leaves alone what has started.
    if (isOver(job.status) || (ending.kind === 'cancel' && job.current)) return;
    this.parts.ledger.change([{ id: job.id, set: { ending } }]);
    this.carryOut(job, ending);
  }

  /** Carries out what somebody asked for, now or in a former life. */
  carryOut(job: Job, ending: Ending): void {
    const { ledger, slices } = this.parts;
    const order = ledger.order(job);
    const ids = isParent(order, job) ? ledger.children(order).map(({ id }) => id) : [job.id];
    slices.run(ids, (slice) => {
      for (const id of slice) this.endOne(id, ending);
      this.dispatch();
    });
  }

  /** Takes the host away from a running job, as Spot does; false when the job does not run. */
  reclaim(jobId: string): boolean {
    const found = this.running.get(jobId);
    found?.attempt.end('reclaimed');
    return found !== undefined;
  }

  /** An attempt of a former life is over, whatever its process did since. */
  lose(id: string): void {
    const job = this.parts.ledger.job(id);
    if (isAttempted(job)) this.conclude(job, HOST_LOST);
  }

  enqueue(order: Order, job: Job, where: 'front' | 'back'): void {
    const { vcpu } = orderedTask(order);
    this.parts.slots.enqueue(order.queueArn, { id: job.id, ordinal: order.ordinal, vcpu }, where);
  }

  /** Starts whatever fits. */
  dispatch(): void {
    const { ledger, slots } = this.parts;
    const waits = (id: string) => ledger.job(id)?.status === 'RUNNABLE';
    for (let ticket = slots.take(waits); ticket && !this.stopped; ticket = slots.take(waits)) this.launch(ticket.id);
  }

  /** A parent ends when all its children have. */
  settle(order: Order): void {
    const { ledger, now } = this.parts;
    const parent = ledger.job(order.id);
    const { SUCCEEDED = 0, FAILED = 0 } = ledger.summary(order.id);
    if (order.size === undefined || !parent || isOver(parent.status) || SUCCEEDED + FAILED < order.size) return;
    const reason = parent.ending?.reason ?? 'Array Child Job failed';
    const outcome = FAILED > 0 ? ({ status: 'FAILED', statusReason: reason } as const) : ({ status: 'SUCCEEDED' } as const);
    this.commit([{ id: order.id, set: { ...outcome, stoppedAt: now() } }]);
  }

  /** Ends all processes at once and changes nothing any more; the next life finds the jobs as lost. */
  async stop(): Promise<void> {
    this.stopped = true;
    for (const { attempt } of this.running.values()) attempt.kill();
    await Promise.all([...this.running.values()].map(({ done }) => done));
  }

  private commit(changes: readonly Change[]): void {
    this.parts.ledger.change(changes);
    this.parts.herald.tell();
  }

  private makeRunnable(ids: readonly string[]): void {
    const { ledger } = this.parts;
    const waiting = ids.flatMap((id) => ledger.job(id) ?? []).filter(({ status }) => status === 'PENDING' || status === 'SUBMITTED');
    this.commit(waiting.map(({ id }) => ({ id, set: { status: 'RUNNABLE' } })));
    for (const job of waiting) this.enqueue(ledger.order(job), job, 'back');
    this.dispatch();
  }

  private endOne(id: string, ending: Ending): void {
    const { ledger, now } = this.parts;
    const job = ledger.job(id);
    if (!job || isOver(job.status)) return;
    if (job.current) {
      if (ending.kind === 'cancel') return;
      ledger.change([{ id, set: { ending } }]);
      this.running.get(id)?.attempt.end('ended');
      return;
    }
    this.commit([{ id, set: { status: 'FAILED', statusReason: ending.reason, stoppedAt: now(), ending } }]);
    this.settle(ledger.order(job));
  }

  private launch(id: string): void {
    const { ledger, now } = this.parts;
    const before = ledger.job(id);
    if (!before) return;
    const order = ledger.order(before);
    const taskId = randomUUID().replaceAll('-', '');
    const current = { number: before.attempts.length + 1, taskId, logStreamName: logStreamName(order, taskId) };
    this.commit([{ id, set: { status: 'STARTING', current } }]);
    const attempt = this.started(order, before, current);
    if (!attempt) return;
    const followed = this.follow(id, attempt, { order, job: before, current });
    const done = followed.catch((thrown) => this.parts.log(`batch: job ${id} cannot go on: ${thrown}`));
    this.running.set(id, { attempt, done });
    if (attempt.pid === undefined) return;
    this.commit([{ id, set: { status: 'RUNNING', startedAt: now(), current: { ...current, pid: attempt.pid } } }]);
  }

  /** The attempt's process; when there is nothing to start, the attempt fails in a moment. */
  private started(order: Order, job: Job, current: CurrentAttempt): RunningAttempt | undefined {
    try {
      return this.parts.launcher.launch(order, job, current);
    } catch (thrown) {
      this.parts.slices.run([job.id], () => this.finish(job.id, { fault: faultOf(thrown) }));
      return undefined;
    }
  }

  private async follow(id: string, attempt: RunningAttempt, attempted: Launch): Promise<void> {
    const outcome = await this.parts.launcher.outcome(attempt, attempted);
    this.running.delete(id);
    this.finish(id, outcome);
  }

  private finish(id: string, outcome: Outcome): void {
    const job = this.parts.ledger.job(id);
    if (this.stopped || !isAttempted(job)) return;
    this.parts.slots.release(id);
    this.conclude(job, outcome);
    this.dispatch();
  }

  private conclude(job: Attempted, outcome: Outcome): void {
    const { ledger, now } = this.parts;
    const order = ledger.order(job);
    const at = now();
    const ending = job.ending ?? ledger.job(order.id)?.ending ?? null;
    const { attempt, next } = judge(order, { ...job, ending }, { ...outcome, at });
    const attempts = [...job.attempts, attempt];
    if (next === 'RUNNABLE') {
      this.commit([{ id: job.id, set: { status: next, attempts, current: null, startedAt: null } }]);
      this.enqueue(order, job, 'front');
      return;
    }
    this.commit([{ id: job.id, set: { status: next, statusReason: attempt.statusReason, attempts, current: null, stoppedAt: at } }]);
    this.settle(order);
  }
}
