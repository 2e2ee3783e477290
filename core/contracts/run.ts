import { z } from 'zod';
import { FailureClass } from '../failures';
import { QueryVerdict } from '../query/verdict';
import { JobSpec } from '../spec/schema';

/** What a run is over and how it is cut: from the event to the chunk. */

const count = z.number().int().nonnegative();

/** S3's checksum of a whole object, base64 as S3 returns it. */
export const Checksum = z.object({ algorithm: z.enum(['CRC32', 'CRC32C', 'CRC64NVME']), value: z.string() });
export type Checksum = z.infer<typeof Checksum>;

export const ObjectRef = z.object({ bucket: z.string().min(1), key: z.string().min(1), versionId: z.string().min(1) });
export type ObjectRef = z.infer<typeof ObjectRef>;

/**
 * What a run is over where nobody names its objects: everything below a prefix as S3 lists it, or as an S3 Inventory
 * has it. A listing is pinned by its fingerprint: another listing of the same object versions has the same one.
 */
export const RunSource = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('prefix'), bucket: z.string(), prefix: z.string() }),
  z.object({
    kind: z.literal('inventory'),
    /** The bucket that the inventory was delivered to. */
    bucket: z.string(),
    /** Key of its `manifest.json`. */
    manifest: z.string(),
    versionId: z.string().optional(),
    /** Of the objects that the run is over; absent, it is the job's own `input.prefix`. */
    prefix: z.string().optional(),
  }),
]);
export type RunSource = z.infer<typeof RunSource>;

/** The run whose quarantined records are replayed. Its inferred column types are used again, because bad records alone suggest other ones. */
const replayOf = z.string().regex(/^[0-9A-Za-z_-]{1,80}$/);

/** `requests/<job>/<name>.json`: a run over objects by name, which may be more than an event holds. */
export const RunRequest = z.object({
  schema: z.literal('request.v1'),
  job: z.string(),
  objects: z.array(ObjectRef).min(1),
  /** Forces a run of its own. */
  nonce: z.string().optional(),
  replayOf: replayOf.optional(),
});
export type RunRequest = z.infer<typeof RunRequest>;

/**
 * Intake's message: rules put the job's name beside the event. `request`, `objects` and `source` are requests by hand,
 * `object` is a dropped file. `request` names a `RunRequest` of the state bucket; `objects` says a few right here. Whoever
 * has listed the source may say its fingerprint, which spares intake the listing.
 */
export const IntakeMessage = z.union([
  z.object({
    job: z.string(),
    detail: z.object({
      bucket: z.object({ name: z.string() }),
      object: z.object({ key: z.string(), 'version-id': z.string(), size: count.optional() }),
    }),
  }),
  z.object({
    job: z.string(),
    detail: z.object({ job: z.string(), objects: z.array(ObjectRef).min(1), nonce: z.string().optional(), replayOf: replayOf.optional() }),
  }),
  z.object({
    job: z.string(),
    detail: z.object({ job: z.string(), request: z.string().regex(/^[0-9A-Za-z_-]{1,128}$/) }),
  }),
  z.object({
    job: z.string(),
    detail: z.object({ job: z.string(), source: RunSource, fingerprint: z.string().optional(), nonce: z.string().optional() }),
  }),
]);
export type IntakeMessage = z.infer<typeof IntakeMessage>;

/** The state machine's input, and the input of most of its steps. */
export const RunRef = z.object({
  runId: z.string().regex(/^[0-9A-Za-z_-]{1,80}$/),
  job: z.string(),
  /** Which drive of the run this is: 0 for the first, one more for each redrive. */
  drive: count.optional(),
});
export type RunRef = z.infer<typeof RunRef>;

/** `claims/<job>/<hash>.json` */
export const Claim = z.object({ schema: z.literal('claim.v1'), runId: z.string(), object: ObjectRef });

/** `runs/<id>/input.json`: what the run is over, fixed before it starts: objects by name, or a source and its fingerprint. */
export const RunInput = z.object({
  schema: z.literal('input.v1'),
  runId: z.string(),
  job: z.string(),
  objects: z.array(ObjectRef),
  source: RunSource.optional(),
  fingerprint: z.string().optional(),
  nonce: z.string().optional(),
  replayOf: replayOf.optional(),
});
export type RunInput = z.infer<typeof RunInput>;

/** The columns of parts. Parts of one run must have the same, or readers would take the values of one for those of another. */
export const PartColumns = z.object({
  /** Of all names and types. */
  digest: z.string(),
  /** The first of them, for people. */
  shown: z.string(),
});
export type PartColumns = z.infer<typeof PartColumns>;

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
  /** Digest of the module, the programs or the lookup files that the spec's process is made of. */
  code: z.string().optional(),
  /** What the check at deploy said about its queries; absent where it has none. */
  query: QueryVerdict.optional(),
});
export type JobConfig = z.infer<typeof JobConfig>;

/** How an object must be expanded before it is read. */
export const Compression = z.enum(['gzip', 'zstd', 'bzip2']);
export type Compression = z.infer<typeof Compression>;

/** An object as a listing shows it, with what Plan learnt of it where it looked at it. */
export const ListedRef = z.object({
  key: z.string(),
  versionId: z.string(),
  bytes: count,
  /** Only where the version does not pin the content: in a bucket without versions. */
  etag: z.string().optional(),
  /** Plan has looked at it: the header is then the listing's own where none is given here. Others are looked at when they are read. */
  seen: z.boolean().optional(),
  checksum: Checksum.optional(),
  header: z.array(z.string()).optional(),
  compression: Compression.optional(),
});
export type ListedRef = z.infer<typeof ListedRef>;

/** A stretch of one object: bytes [start, end). Parquet counts row groups [first, last) instead of bytes. */
export const Range = z.object({
  /** Index into the plan's objects, or the place in the listing where the plan holds none: one number is one object of the run. */
  object: count,
  start: count,
  end: count,
  rowGroups: z.tuple([count, count]).optional(),
  /** The object itself, where the plan holds no list; `core/plan/source-objects.ts` answers it for both kinds of run. */
  ref: ListedRef.optional(),
  /** Of the records that it holds only [first, last), counted from 0: for what cannot be cut between its bytes. */
  window: z.tuple([count, count]).optional(),
});
export type Range = z.infer<typeof Range>;

/**
 * One line of `chunks.jsonl`. `proven` says that `start` is known to begin a record, so nothing is guessed. A start that
 * lies at or past the end says that a record which began before covers the whole range.
 */
export const Chunk = z.object({
  id: z.string(),
  ranges: z.array(Range).min(1),
  proven: z.boolean().optional(),
  /** `start` is to be taken as it is, but rests on a neighbour that may itself be wrong, so it proves nothing. */
  given: z.boolean().optional(),
  /** The chunks that this one stands in for; a replaced chunk's marker no longer counts and its uploads are aborted. */
  replaces: z.union([z.string(), z.array(z.string())]).optional(),
  /** How often it failed so far, by class. */
  failures: z.partialRecord(FailureClass, count).optional(),
  /** How many times it was cut out of a larger chunk that kept failing. */
  level: count.optional(),
  /** It took its whole task down before, so it gets a task of its own. */
  alone: z.boolean().optional(),
  /** Its records are to be set aside unread: the failure that came of them every time. */
  suspect: z.object({ class: FailureClass, message: z.string() }).optional(),
});
export type Chunk = z.infer<typeof Chunk>;
