import { FakeBatch } from '../../../test/support/world';
import { runTask, type TaskRef } from '../../../worker/task';
import { Actor } from './scheduler';
import type { Stage } from './stage';

/** As the job definition says; AWS Batch retries a lost host by itself. */
const ATTEMPTS = 5;

interface JobEnvironment {
  readonly BATCHWRIGHT_RUN_ID: string;
  readonly BATCHWRIGHT_ROUND: string;
  readonly BATCHWRIGHT_ARRAY: string;
}

/** A Batch whose tasks are real: each attempt is an actor that runs the worker's own code. */
export class ModelBatch extends FakeBatch {
  /** Attempts that began when the ledger already named another job for their array: `job#attempt`. */
  readonly strangers = new Set<string>();

  constructor(private readonly stage: () => Stage) {
    super();
  }

  override async submit(order: Parameters<FakeBatch['submit']>[0]): Promise<string> {
    const jobId = await super.submit(order);
    const environment = order.environment as unknown as JobEnvironment;
    void this.work(jobId, order.tasks, environment);
    return jobId;
  }

  /** All tasks at once; when the last one has ended, so has the job, and the world is told. */
  private async work(jobId: string, tasks: number, environment: JobEnvironment): Promise<void> {
    const codes = await Promise.all(
      Array.from({ length: tasks }, (_, index) =>
        this.task({ jobId: tasks > 1 ? `${jobId}:${index}` : jobId, index, ...refOf(environment) }),
      ),
    );
    const failed = codes.flatMap((exitCode, index) =>
      exitCode === 0 ? [] : [{ index, exitCode, statusReason: 'Essential container in task exited' }],
    );
    this.end(jobId, failed);
    this.stage().tellEnd(jobId, failed.length === 0, environment);
  }

  /** The exit code of the last attempt; a lost one is followed by another, whether it is dead or not. */
  private async task(ref: Omit<TaskRef, 'attempt'>): Promise<number> {
    for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
      const actor = new Actor(`${ref.jobId}#${attempt}`);
      try {
        return await Promise.race([this.attempt({ ...ref, attempt }, actor), actor.given]);
      } catch (thrown) {
        if ((thrown as Error).name !== 'Runtime.ExitError') return 75;
      }
    }
    return 137;
  }

  private attempt(ref: TaskRef, actor: Actor): Promise<number> {
    if (this.stage().isFencedOut(ref)) this.strangers.add(actor.name);
    const { state, input, uploads } = this.stage().portsOf(actor);
    return runTask(ref, {
      state,
      input,
      output: uploads,
      log: () => undefined,
      signal: new AbortController().signal,
      scratch: `/model/${actor.name}`,
      jobsFolder: '/model/jobs',
      childEnvironment: {},
      now: () => new Date('2026-01-01T00:00:30.000Z'),
    });
  }
}

const refOf = ({ BATCHWRIGHT_RUN_ID: runId, BATCHWRIGHT_ROUND, BATCHWRIGHT_ARRAY }: JobEnvironment) => ({
  runId,
  round: Number(BATCHWRIGHT_ROUND),
  array: Number(BATCHWRIGHT_ARRAY),
});
