import { z } from 'zod';
import { FailureClass } from '../failures';
import { Counts, Failure, Faults, Metrics } from './outcome';
import { Checksum, PartColumns, Profile, Range } from './run';

/** Rounds of work: what is submitted, and what a worker leaves behind. */

const count = z.number().int().nonnegative();
const time = z.iso.datetime();

/** One Batch submission of a round: tasks [firstTask, firstTask + tasks) of the round's index. */
export const ArrayJob = z.object({
  array: count,
  firstTask: count,
  tasks: z.number().int().positive(),
  capacity: z.enum(['spot', 'on-demand']),
  profile: Profile,
});
export type ArrayJob = z.infer<typeof ArrayJob>;

/** Where a round's chunk list and the index of its tasks are stored. */
export const RoundLists = z.object({ chunks: z.string(), tasks: z.string() });
export type RoundLists = z.infer<typeof RoundLists>;

/** `runs/<id>/rounds/<n>.json` */
export const Round = z.object({
  schema: z.literal('round.v1'),
  round: count,
  /** The drive that wrote it. @default 0 */
  drive: count.optional(),
  /** In the first round of a redrive: the rounds before this number are those that it goes on from. */
  base: count.optional(),
  /** Keys of the lists that this record is about; a writer that came second leaves others, which nobody reads. @default - the keys of round 0 */
  lists: RoundLists.optional(),
  /** In the rounds of a plan that a redrive made: the drive, beside whose plan the markers are. @default 0 */
  plannedIn: count.optional(),
  arrays: z.array(ArrayJob),
  chunks: count,
  tasks: count,
  /** Why there had to be this round: failures of the one before, by class, with the first words said. */
  because: z.array(z.object({ class: FailureClass, chunks: count, message: z.string().optional() })).optional(),
  /** The pause before it. */
  waitSeconds: count.optional(),
});
export type Round = z.infer<typeof Round>;

/** `rounds/<n>/array-<k>.json`: the intent, written before SubmitJob. A worker whose job is not the fenced one stands down. */
export const Fence = z.object({
  schema: z.literal('fence.v1'),
  runId: z.string(),
  job: z.string(),
  round: count,
  array: ArrayJob,
  jobName: z.string(),
  jobDefinition: z.string(),
  /** Whose config and pins the array obeys. */
  drive: count.optional(),
  /** The round's lists. @default - the keys of round 0 */
  lists: RoundLists.optional(),
  /** Where the tasks' lines lie in the round's chunk list, see `TaskLines`; absent, the round's index tells. */
  lines: z.object({ start: count, lengths: z.string() }).optional(),
});
export type Fence = z.infer<typeof Fence>;

/** `rounds/<n>/array-<k>.job.json`: the job that SubmitJob answered with. */
export const SubmittedJob = z.object({ schema: z.literal('job.v1'), jobId: z.string(), jobName: z.string() });
export const TaskToken = z.object({ schema: z.literal('token.v1'), token: z.string() });

/** SubmitJob parameters; Batch repeats them in its state-change events, so Settle needs no look-up. */
export const JobParameters = z.object({ runId: z.string(), round: z.coerce.number().int(), array: z.coerce.number().int() });

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
export const ReadRange = Range.omit({ ref: true }).extend({
  /** First byte after the last record. The next range must start exactly here. */
  records: count,
  /** CRC of bytes [start, end) in the algorithm of the source object's checksum; absent where the object has none. */
  checksum: Checksum.optional(),
  /** S3's checksum of the whole object, where the worker was the first to look at it. */
  stored: Checksum.optional(),
  /** Records of the whole range, where only a window of them was read. */
  of: count.optional(),
});
export type ReadRange = z.infer<typeof ReadRange>;

/** What a stage of a chunk took and moved; `records` and `bytes` are absent where a stage does not tell. */
const StageMeasure = z.object({ seconds: z.number().nonnegative(), records: count.optional(), bytes: count.optional() });
export const StageName = z.enum(['fetch', 'parse', 'process', 'write', 'upload', 'checksum']);
export type StageName = z.infer<typeof StageName>;

/** How a chunk was done, measured by its worker. Stages of neighbouring chunks overlap, so their seconds add up to more than the task's. */
export const Measures = z.object({
  stages: z.partialRecord(StageName, StageMeasure),
  /** Of the worker's own process from the end of the chunk before to the end of this one's processing. */
  cpuSeconds: z.number().nonnegative(),
  /** Of programs that it started for the chunk; absent where the platform does not tell. */
  childCpuSeconds: z.number().nonnegative().optional(),
  /** Highest memory seen while the chunk was processed, neighbours' buffers included. */
  peakRssBytes: count,
  /** Requests to S3 that had to be sent again, and bodies that had to be resumed. */
  retries: count,
  /** Versions by engine, such as `node` and `duckdb`. */
  engine: z.record(z.string(), z.string()),
});
export type Measures = z.infer<typeof Measures>;

/** What a quality rule found in the rows of one chunk; `rule` is its place in the spec. */
export const QualityFinding = z.object({
  rule: count,
  rows: count,
  /** Rows that break it; for unique keys, rows that repeat a key of this chunk. */
  violations: count.optional(),
  /** The worst value, where that says more than a count. */
  example: z.string().optional(),
  /** The answer of a query. */
  value: z.number().optional(),
  /** The keys of the chunk, to be compared with those of the others. */
  keys: z.object({ key: z.string(), count }).optional(),
});
export type QualityFinding = z.infer<typeof QualityFinding>;

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
  /** Whether a query's rows carried the numbers of their records, or could only be counted. */
  identity: z.enum(['observed', 'computed']).optional(),
  metrics: Metrics.optional(),
  bytes: z.object({ read: count, written: count }),
  parts: z.array(PendingPart),
  /** What the parts hold, as it was written; absent where there is none, or where nobody knows the columns. */
  columns: PartColumns.optional(),
  quality: z.array(QualityFinding).optional(),
  quarantine: Faults.extend({ key: z.string(), records: count, checksum: Checksum.optional() }).optional(),
  seconds: z.object({ fetch: z.number(), process: z.number(), upload: z.number(), total: z.number() }),
  /** Of the worker's process so far. */
  peakRssBytes: count,
  measures: Measures.optional(),
  finishedAt: time,
});
export type Marker = z.infer<typeof Marker>;

/** A stretch of a chunk that can be done by itself. */
export const Piece = z.object({ ranges: z.array(Range).min(1), records: count });
export type Piece = z.infer<typeof Piece>;

/**
 * `rounds/<n>/outlines/<chunk>.<writer>.json`: where a chunk that failed before can be cut. A worker leaves it before it
 * touches the records again, so that it is there even if they kill it.
 */
export const Outline = z.object({
  schema: z.literal('outline.v1'),
  chunk: z.string(),
  attempt: Marker.shape.attempt,
  records: count,
  pieces: z.array(Piece),
});
export type Outline = z.infer<typeof Outline>;

/** `rounds/<n>/complaints/<chunk>.<writer>.json`: why a worker gave up on a chunk. */
export const Complaint = z.object({
  schema: z.literal('complaint.v1'),
  chunk: z.string(),
  attempt: Marker.shape.attempt,
  failure: Failure,
  /** The record that a program had answered last: its place in its object, and its number within the chunk from 0. */
  lastOffset: count.optional(),
  lastRecord: count.optional(),
  /** Where the worker knew the record: the chunk cut around it, and which of the pieces it is, if that is certain. */
  blame: z.object({ pieces: z.array(Piece), at: count.optional() }).optional(),
});
export type Complaint = z.infer<typeof Complaint>;
