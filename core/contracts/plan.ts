import { z } from 'zod';
import { Checksum, Compression, JobConfig, ObjectRef, PartColumns, RunSource } from './run';

/** What Plan writes down and answers. */

const count = z.number().int().nonnegative();

export const PlannedObject = ObjectRef.extend({
  bytes: count,
  etag: z.string(),
  checksum: Checksum.optional(),
  /** Column names of a delimited file, read once by Plan. */
  header: z.array(z.string()).optional(),
  /** Absent where the object is read as it is. */
  compression: Compression.optional(),
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

/** A lookup in S3 as it was when the run was planned. */
export const PinnedLookup = ObjectRef.extend({ name: z.string(), bytes: count });
export type PinnedLookup = z.infer<typeof PinnedLookup>;

/** `runs/<id>/pins.json`: written first, so that whoever goes on with a plan makes it of the same config. A redrive's is in its record. */
export const PlanPins = z.object({
  schema: z.literal('pins.v1'),
  /** Version id of the config object. */
  config: z.string(),
});
export type PlanPins = z.infer<typeof PlanPins>;

/** What a run over a source found: the objects themselves stand in the chunk list, but for the empty ones. */
export const Listing = z.object({
  source: RunSource,
  /** Of the objects. */
  bucket: z.string(),
  fingerprint: z.string(),
  /** All that were found, empty ones included. */
  objects: count,
  empty: count,
  /** Column names that objects have in common. */
  header: z.array(z.string()).optional(),
});
export type Listing = z.infer<typeof Listing>;

/** `runs/<id>/plan.json`, and `drives/<n>/plan.json` of each redrive: its own, or the earlier one that it goes on with. */
export const Plan = z.object({
  schema: z.literal('plan.v1'),
  runId: z.string(),
  job: z.string(),
  /** Empty where the run is over a listing. */
  objects: z.array(PlannedObject),
  listing: Listing.optional(),
  bytes: count,
  chunks: count,
  tasks: count,
  /** Pinned: the config that every later step and worker of the run obeys. */
  config: JobConfig,
  pins: Pins,
  /** The drive whose Plan cut the chunks, where that was a redrive. */
  plannedIn: count.optional(),
  /** What the parts of committed chunks hold, which those of the others must hold too; only in the plan of a redrive. */
  columns: PartColumns.optional(),
  /** Those of the job's lookups that are objects; the others travel with the image. */
  lookups: z.array(PinnedLookup).optional(),
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

/** What a step hands to the Map state: references only. */
export const RoundRef = z.object({ round: count, arrays: z.array(z.object({ array: count })), waitSeconds: count });
export type RoundRef = z.infer<typeof RoundRef>;

/** Plan's answer: it goes on in another call, or its chunks are worked, or there are none. */
export const Planned = z.discriminatedUnion('next', [
  z.object({ next: z.literal('plan') }),
  RoundRef.extend({ next: z.literal('round') }),
  z.object({ next: z.literal('commit') }),
]);
export type Planned = z.infer<typeof Planned>;
