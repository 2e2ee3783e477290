import { z } from 'zod';
import { FailureClass } from './failures';
import { JobSpec } from './spec/schema';

/**
 * What crosses a process boundary, in flow order. Every record names its schema and version,
 * and is parsed, never cast, by whoever reads it. Sizes are bytes, times are ISO 8601 UTC.
 */

const count = z.number().int().nonnegative();
const time = z.iso.datetime();

/** S3's checksum of a whole object, base64 as S3 returns it. */
export const Checksum = z.object({ algorithm: z.enum(['CRC32', 'CRC32C', 'CRC64NVME']), value: z.string() });
export type Checksum = z.infer<typeof Checksum>;

export const ObjectRef = z.object({ bucket: z.string(), key: z.string(), versionId: z.string() });
export type ObjectRef = z.infer<typeof ObjectRef>;

/** Intake's message: rules put the job's name beside the event. `objects` is a request by hand, `object` a dropped file. */
export const IntakeMessage = z.union([
  z.object({
    job: z.string(),
    detail: z.object({
      bucket: z.object({ name: z.string() }),
      object: z.object({ key: z.string(), 'version-id': z.string(), size: count.default(0) }),
    }),
  }),
  z.object({
    job: z.string(),
    detail: z.object({ job: z.string(), objects: z.array(ObjectRef).min(1), nonce: z.string().optional() }),
  }),
]);
export type IntakeMessage = z.infer<typeof IntakeMessage>;

/** The state machine's input, and the input of most of its steps. */
export const RunRef = z.object({ runId: z.string().regex(/^[0-9A-Za-z_-]{1,80}$/), job: z.string() });
export type RunRef = z.infer<typeof RunRef>;

/** `claims/<job>/<hash>.json` */
export const Claim = z.object({ schema: z.literal('claim.v1'), runId: z.string(), object: ObjectRef });

/** `runs/<id>/input.json`: what the run is over, fixed before it starts. */
export const RunInput = z.object({
  schema: z.literal('input.v1'),
  runId: z.string(),
  job: z.string(),
  objects: z.array(ObjectRef).min(1),
  nonce: z.string().optional(),
});
export type RunInput = z.infer<typeof RunInput>;

/** What a task may use: a legal Fargate pair. */
export const Profile = z.object({ vcpu: z.number().positive(), memoryMiB: count });
export type Profile = z.infer<typeof Profile>;

/** `config/<job>.json`: a job as deployed. The object's version id is the run's config pin. */
export const JobConfig = z.object({
  schema: z.literal('config.v1'),
  spec: JobSpec,
  /** The JSON Schemas that the spec names, inlined. */
  schemas: z.object({ input: z.record(z.string(), z.unknown()).optional(), output: z.record(z.string(), z.unknown()).optional() }),
  worker: z.object({
    /** ARN with revision. */
    jobDefinition: z.string(),
    image: z.string(),
    architecture: z.enum(['arm64', 'x86_64']),
    profile: Profile,
  }),
});
export type JobConfig = z.infer<typeof JobConfig>;

/** A stretch of one object: bytes [start, end). Parquet counts row groups [first, last) instead of bytes. */
export const Range = z.object({
  /** Index into the plan's objects. */
  object: count,
  start: count,
  end: count,
  rowGroups: z.tuple([count, count]).optional(),
});
export type Range = z.infer<typeof Range>;

/** One line of `chunks.jsonl`. `proven` says that `start` is known to begin a record, so nothing is guessed. */
export const Chunk = z.object({
  id: z.string(),
  ranges: z.array(Range).min(1),
  proven: z.boolean().optional(),
  /** The chunk that this one stands in for; a replaced chunk's marker no longer counts and its uploads are aborted. */
  replaces: z.string().optional(),
  /** How often it failed so far, by class. */
  failures: z.partialRecord(FailureClass, count).optional(),
});
export type Chunk = z.infer<typeof Chunk>;

export const PlannedObject = ObjectRef.extend({
  bytes: count,
  etag: z.string(),
  checksum: Checksum.optional(),
  /** Column names of a delimited file, read once by Plan. */
  header: z.array(z.string()).optional(),
});
export type PlannedObject = z.infer<typeof PlannedObject>;

export const Pins = z.object({
  jobDefinition: z.string(),
  image: z.string(),
  /** Version id of the config object. */
  config: z.string(),
  /** ARN of the state machine. */
  stateMachine: z.string(),
});
export type Pins = z.infer<typeof Pins>;

/** `runs/<id>/plan.json` */
export const Plan = z.object({
  schema: z.literal('plan.v1'),
  runId: z.string(),
  job: z.string(),
  objects: z.array(PlannedObject).min(1),
  bytes: count,
  chunks: count,
  tasks: count,
  /** Pinned: the config that every later step and worker of the run obeys. */
  config: JobConfig,
  pins: Pins,
  output: z.object({ bucket: z.string(), prefix: z.string() }),
  /** Why the chunk and task sizes are what they are, for people. */
  sizing: z.object({ chunkBytes: count, tasksTarget: count, why: z.string() }),
});
export type Plan = z.infer<typeof Plan>;

/** Lowest and highest expected value. */
const band = z.object({ low: z.number().nonnegative(), expected: z.number().nonnegative(), high: z.number().nonnegative() });

/** `runs/<id>/preflight.json`: the forecast made before anything is submitted. */
export const Preflight = z.object({
  schema: z.literal('preflight.v1'),
  chunks: count,
  tasks: count,
  seconds: band,
  usd: band,
  /** vCPU wanted at once against the compute environment's ceiling. */
  vcpu: z.object({ wanted: z.number(), allowed: z.number() }),
  assumptions: z.array(z.string()),
});
export type Preflight = z.infer<typeof Preflight>;

/** One Batch submission of a round: tasks [firstTask, firstTask + tasks) of the round's index. */
export const ArrayJob = z.object({
  array: count,
  firstTask: count,
  tasks: z.number().int().positive(),
  capacity: z.enum(['spot', 'on-demand']),
  profile: Profile,
});
export type ArrayJob = z.infer<typeof ArrayJob>;

/** `runs/<id>/rounds/<n>.json` */
export const Round = z.object({
  schema: z.literal('round.v1'),
  round: count,
  arrays: z.array(ArrayJob),
  chunks: count,
  tasks: count,
});
export type Round = z.infer<typeof Round>;

/** What a step hands to the Map state: references only. */
export const RoundRef = z.object({ round: count, arrays: z.array(z.object({ array: count })), waitSeconds: count });
export type RoundRef = z.infer<typeof RoundRef>;

/** `rounds/<n>/array-<k>.json`: the intent, written before SubmitJob. A worker whose job is not the fenced one stands down. */
export const Fence = z.object({
  schema: z.literal('fence.v1'),
  runId: z.string(),
  job: z.string(),
  round: count,
  array: ArrayJob,
  jobName: z.string(),
  jobDefinition: z.string(),
});
export type Fence = z.infer<typeof Fence>;

/** `rounds/<n>/array-<k>.job.json`: the job that SubmitJob answered with. */
export const SubmittedJob = z.object({ schema: z.literal('job.v1'), jobId: z.string(), jobName: z.string() });
export const TaskToken = z.object({ schema: z.literal('token.v1'), token: z.string() });

/** SubmitJob parameters; Batch repeats them in its state-change events, so Settle needs no look-up. */
export const JobParameters = z.object({ runId: z.string(), round: z.coerce.number().int(), array: z.coerce.number().int() });

export const Counts = z.object({ read: count, written: count, filtered: count, quarantined: count });
export type Counts = z.infer<typeof Counts>;

/** An output file whose multipart upload waits for Commit. */
export const PendingPart = z.object({
  bucket: z.string(),
  key: z.string(),
  uploadId: z.string(),
  pieces: z.array(z.object({ partNumber: z.number().int(), etag: z.string(), checksum: z.string() })),
  bytes: count,
  rows: count,
  /** CRC32 of the whole file. */
  checksum: Checksum,
});
export type PendingPart = z.infer<typeof PendingPart>;

/** What was really read of one range: the records whose first byte lies in it. */
export const ReadRange = Range.extend({
  /** First byte after the last record. The next range must start exactly here. */
  records: count,
  /** CRC of bytes [start, end) in the algorithm of the source object's checksum; absent where the object has none. */
  checksum: Checksum.optional(),
});
export type ReadRange = z.infer<typeof ReadRange>;

/** `commits/<chunk>.json`: the first one written for a chunk wins. */
export const Marker = z.object({
  schema: z.literal('marker.v1'),
  runId: z.string(),
  chunk: z.string(),
  /** Random per attempt: tells whose marker it is when a create-once write answers 412. */
  writer: z.string(),
  attempt: z.object({ round: count, array: count, task: count, jobId: z.string(), attempt: count }),
  read: z.array(ReadRange),
  counts: Counts,
  bytes: z.object({ read: count, written: count }),
  parts: z.array(PendingPart),
  quarantine: z.object({ key: z.string(), records: count }).optional(),
  seconds: z.object({ fetch: z.number(), process: z.number(), upload: z.number(), total: z.number() }),
  peakRssBytes: count,
  finishedAt: time,
});
export type Marker = z.infer<typeof Marker>;

/** A failure as a person should read it: what class, what happened, what to do. */
export const Failure = z.object({ class: FailureClass, message: z.string(), hint: z.string() });
export type Failure = z.infer<typeof Failure>;

/** `rounds/<n>/complaints/<chunk>.<writer>.json`: why a worker gave up on a chunk. */
export const Complaint = z.object({
  schema: z.literal('complaint.v1'),
  chunk: z.string(),
  attempt: Marker.shape.attempt,
  failure: Failure,
});
export type Complaint = z.infer<typeof Complaint>;

/** Assess's answer, read by the Choice state. */
export const Assessment = z.discriminatedUnion('next', [
  z.object({ next: z.literal('round'), round: RoundRef }),
  z.object({ next: z.literal('commit') }),
  z.object({ next: z.literal('stop'), failure: Failure }),
]);
export type Assessment = z.infer<typeof Assessment>;

export const Check = z.object({ name: z.string(), ok: z.boolean(), expected: z.string(), actual: z.string() });
export type Check = z.infer<typeof Check>;

export const Reconciliation = z.object({ verdict: z.enum(['BALANCED', 'MISMATCH', 'UNVERIFIED']), checks: z.array(Check) });
export type Reconciliation = z.infer<typeof Reconciliation>;

/** `commit.json`: written once; whoever finds it rolls it forward. */
export const Decision = z.object({
  schema: z.literal('decision.v1'),
  decision: z.enum(['publish', 'discard']),
  failure: Failure.optional(),
  reconciliation: Reconciliation,
  chunks: count,
  records: Counts,
  bytes: z.object({ read: count, written: count }),
});
export type Decision = z.infer<typeof Decision>;

/** `delivery.json`: what was found in the output bucket once the uploads were completed; written once. */
export const Delivery = z.object({
  schema: z.literal('delivery.v1'),
  checks: z.array(Check),
  failure: Failure.optional(),
});
export type Delivery = z.infer<typeof Delivery>;

/** One entry of `_manifest.json`'s parts, in record order. */
export const ManifestPart = z.object({ key: z.string(), chunk: z.string(), rows: count, bytes: count, checksum: Checksum });

/** `_manifest.json`: what readers may trust. */
export const Manifest = z.object({
  schema: z.literal('manifest.v1'),
  runId: z.string(),
  job: z.string(),
  format: z.string(),
  parts: z.array(ManifestPart),
  rows: count,
  bytes: count,
  records: Counts,
  input: z.array(PlannedObject.omit({ etag: true, header: true })),
  pins: Pins,
});
export type Manifest = z.infer<typeof Manifest>;
