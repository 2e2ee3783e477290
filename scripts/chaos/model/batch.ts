import { FakeBatch } from '../../../test/support/world';
import { runTask, type TaskRef } from '../../../worker/task';
import { Actor } from './actor';
import { addProcess, type Ending, folderOf } from './deaths';
import type { ArrayRef, Stage } from './stage';

/** As the job definition says; AWS Batch retries a lost host by itself. */
const ATTEMPTS = 5;
const LOST: Ending = { exitCode: 137, statusReason: 'Host EC2 (instance i-0) terminated.' };
const EXITED = 'Essential container in task exited';

interface JobEnvironment {
  readonly BATCHWRIGHT_RUN_ID: string;
  readonly BATCHWRIGHT_ROUND: string;
  readonly BATCHWRIGHT_ARRAY: string;
}

/** A Batch whose tasks are real: each attempt is an actor that runs the worker's own code. */
export class ModelBatch extends FakeBatch {
  /** Attempts that began when the ledger already named another job for their array: `job#attempt`. */
  readonly strangers = new Set<string>();
  private readonly arrays = new Map<string, ArrayRef>();
  private readonly actors = new Map<string, Actor[]>();

  constructor(private readonly stage: () => Stage) {
    super();
  }

  /** Jobs that have not ended. */
  get alive(): readonly string[] {
    return [...this.arrays.keys()].filter((jobId) => !this.ended.has(jobId));
  }

  override async submit(order: Parameters<FakeBatch['submit']>[0]): Promise<string> {
    const jobId = await super.submit(order);
    this.arrays.set(jobId, refOf(order.environment as unknown as JobEnvironment));
    void this.work(jobId, order.tasks);
    return jobId;
  }

  /** Tasks are stopped at once, or go on for a while on hosts that nobody hears of. */
  override async terminate(jobId: string): Promise<boolean> {
    const isEnded = await super.terminate(jobId);
    if (!isEnded) return false;
    for (const actor of this.actors.get(jobId) ?? []) {
      if (this.stage().random() < 0.5) actor.die();
      else actor.abandon();
    }
    this.tell(jobId, false);
    return true;
  }

  /** All tasks at once; when the last one has ended, so has the job, and the world is told. */
  private async work(jobId: string, tasks: number): Promise<void> {
    const endings = await Promise.all(
      Array.from({ length: tasks }, (_, index) => this.task(jobId, { jobId: tasks > 1 ? `${jobId}:${index}` : jobId, index })),
    );
    if (this.ended.has(jobId)) return;
    const failed = endings.flatMap((ending, index) => (ending.exitCode === 0 ? [] : [{ index, ...ending }]));
    this.end(jobId, failed);
    this.tell(jobId, failed.length === 0);
  }

  private tell(jobId: string, succeeded: boolean): void {
    const array = this.arrays.get(jobId);
    if (array) this.stage().tellEnd(jobId, succeeded, array);
  }

  /** How the last attempt ended; a lost one is followed by another, whether it is dead or not. */
  private async task(job: string, { jobId, index }: { readonly jobId: string; readonly index: number }): Promise<Ending> {
    const array = this.arrays.get(job);
    for (let attempt = 1; array && attempt <= ATTEMPTS && !this.ended.has(job); attempt++) {
      const actor = new Actor(`${jobId}#${attempt}`);
      this.actors.set(job, [...(this.actors.get(job) ?? []), actor]);
      try {
        const exitCode = await Promise.race([this.attempt({ ...array, jobId, index, attempt }, actor), actor.given]);
        return { exitCode, statusReason: EXITED };
      } catch (thrown) {
        const { name, ending } = thrown as Error & { readonly ending?: Ending };
        if (ending) return ending;
        if (name !== 'Runtime.ExitError') return { exitCode: 75, statusReason: EXITED };
      }
    }
    return LOST;
  }

  private attempt(ref: TaskRef, actor: Actor): Promise<number> {
    if (this.stage().isFencedOut(ref)) this.strangers.add(actor.name);
    addProcess(actor.name, (ending) => actor.die(ending));
    const { state, input, uploads, now } = this.stage().portsOf(actor, ['stalls']);
    return runTask(ref, {
      state,
      input,
      output: uploads,
      log: () => undefined,
      signal: new AbortController().signal,
      scratch: folderOf(actor.name),
      jobsFolder: '/model/jobs',
      childEnvironment: {},
      now,
    });
  }
}

const refOf = ({ BATCHWRIGHT_RUN_ID: runId, BATCHWRIGHT_ROUND, BATCHWRIGHT_ARRAY }: JobEnvironment): ArrayRef => ({
  runId,
  round: Number(BATCHWRIGHT_ROUND),
  array: Number(BATCHWRIGHT_ARRAY),
});
