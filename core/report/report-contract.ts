import { z } from 'zod';
import { Checksum, Counts, Failure, Faults, ListedInput, Metrics, ObjectRef, Pins, Reconciliation, Round } from '../contracts';
import { FailureClass } from '../failures';
import { WorkerEffort } from './worker-effort';

const count = z.number().int().nonnegative();
const positive = z.number().nonnegative();

/** `runs/<id>/report.json`, and what `run`, `start` and `show` print with `--json`. Fields are added, never changed. */
export const Report = z.object({
  schema: z.literal('report.v1'),
  runId: z.string(),
  job: z.string(),
  status: z.enum(['SUCCEEDED', 'FAILED', 'ABORTED']),
  failure: Failure.optional(),
  startedAt: z.iso.datetime(),
  endedAt: z.iso.datetime(),
  records: Counts,
  /** What the job's processor counted, summed over the chunks. */
  metrics: Metrics.optional(),
  bytes: z.object({ read: count, written: count }),
  reconciliation: Reconciliation,
  /** Empty where there are too many objects to name: `listing` then says where they stand. */
  input: z.array(ObjectRef.extend({ bytes: count, checksum: Checksum.optional() })),
  listing: ListedInput.optional(),
  /** `localPath` is added by the command line where the output bucket is a folder of this machine. */
  output: z.object({ uri: z.string(), parts: count, manifest: z.string().optional(), localPath: z.string().optional() }),
  /** `uri` is the list of the objects that hold the bad records. */
  quarantine: Faults.extend({ uri: z.string(), records: count }).optional(),
  /** `redone` were read again because their start had been guessed wrong, which is nobody's failure. */
  chunks: z.object({ planned: count, committed: count, redone: count, bisected: count }),
  tasks: count,
  /**
   * `failures` are tasks that Batch gave up on, `retried` attempts that it made good itself, `attempts` all together.
   * `because` is why the round had to be: the failures of the one before, as chunks were charged with them.
   */
  rounds: z.array(
    z.object({
      round: count,
      tasks: count,
      chunks: count,
      failures: z.partialRecord(FailureClass, count),
      retried: z.partialRecord(FailureClass, count).optional(),
      attempts: count.optional(),
      waitSeconds: count.optional(),
      because: Round.shape.because,
      cost: z.object({ usd: positive, wastedUsd: positive }).optional(),
    }),
  ),
  /** `work` is the sum of all tasks' run times, failed ones included. */
  seconds: z.object({ total: positive, byState: z.record(z.string(), positive), work: positive.optional() }),
  /** By the workers' own measures. */
  worker: WorkerEffort.optional(),
  throughput: z.object({ recordsPerSecond: positive, bytesPerSecond: positive }),
  cost: z.object({ usd: positive, wastedUsd: positive, assumptions: z.array(z.string()) }),
  pins: Pins.optional(),
  /** Each time that the run was started again from what was not committed, and what it obeyed then; absent where it never was. */
  drives: z.array(z.object({ drive: count, at: z.iso.datetime(), pins: Pins })).optional(),
});
export type Report = z.infer<typeof Report>;
