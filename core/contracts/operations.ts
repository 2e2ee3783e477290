import { z } from 'zod';
import { Pins } from './plan';
import { JobConfig, ObjectRef } from './run';

/** What people and the scheduled steps ask of a run beside its normal course. */

const count = z.number().int().nonnegative();
const time = z.iso.datetime();

/** `runs/<id>/drive-<n>.json`, created once: who has taken a run that had ended. */
export const Drive = z.discriminatedUnion('kind', [
  z.object({
    schema: z.literal('drive.v1'),
    kind: z.literal('redrive'),
    drive: z.number().int().positive(),
    at: time,
    /** What this drive obeys: the config of its day, with the types that were inferred for the chunks that are committed. */
    config: JobConfig,
    pins: Pins,
    /** The drive whose plan this one goes on with; its own number where nothing is committed and it plans anew. */
    plannedIn: count.default(0),
  }),
  /** Its uploads are being forgotten, so it can only be run anew. */
  z.object({ schema: z.literal('drive.v1'), kind: z.literal('collect'), drive: z.number().int().positive(), at: time }),
]);
export type Drive = z.infer<typeof Drive>;
export type Redrive = Extract<Drive, { kind: 'redrive' }>;

/** `abort.json`, created once. */
export const AbortRequest = z.object({ schema: z.literal('abort.v1'), at: time, reason: z.string() });
export type AbortRequest = z.infer<typeof AbortRequest>;

/** What an execution of the state machine is started with. */
export const ExecutionInput = z.object({
  runId: z.string(),
  job: z.string(),
  /** 0 for the first one; each redrive counts one up. */
  drive: count.optional(),
  /** Where to begin in place of Plan. */
  begin: z.enum(['redrive', 'commit']).optional(),
  /** Of an execution that only commits and reports: how many were started for the drive before it. */
  closing: count.optional(),
  failure: z.object({ class: z.literal('CANCELLED'), message: z.string(), hint: z.string() }).optional(),
});
export type ExecutionInput = z.infer<typeof ExecutionInput>;

/** `open/<execution>.json` */
export const OpenMark = z.object({ schema: z.literal('open.v1'), execution: z.string(), input: ExecutionInput, at: time });
export type OpenMark = z.infer<typeof OpenMark>;

/** One thing that a sweep did or found. */
export const SweepFinding = z.object({
  runId: z.string(),
  did: z.enum(['started', 'woke', 'closed', 'resumed', 'reported stuck']),
  why: z.string(),
});
export type SweepFinding = z.infer<typeof SweepFinding>;

/** `sweeps/<countdown>-<id>.json` */
export const SweepRecord = z.object({ schema: z.literal('sweep.v1'), at: time, looked: count, findings: z.array(SweepFinding) });
export type SweepRecord = z.infer<typeof SweepRecord>;

/** `jobs.json`: the jobs of the last deployment. */
export const DeployedJobs = z.object({ schema: z.literal('jobs.v1'), jobs: z.array(z.object({ name: z.string(), prefix: z.string() })) });
export type DeployedJobs = z.infer<typeof DeployedJobs>;

/** `unclaimed/<day>/<folder>/<hash>.json`: a file in the input bucket that no job takes. */
export const Unclaimed = z.object({ schema: z.literal('unclaimed.v1'), at: time, object: ObjectRef });
export type Unclaimed = z.infer<typeof Unclaimed>;
