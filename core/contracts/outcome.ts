import { z } from 'zod';
import { FailureClass } from '../failures';
import { FaultClass } from '../fault';
import { Listing, Pins, PlannedObject, RoundRef } from './plan';
import { Checksum } from './run';

/** How a run ends: assessed, decided, delivered. */

const count = z.number().int().nonnegative();

/**
 * All but `rows` count input records: `written` are those that made at least one row. `rows` are what they made, and is
 * there only where the two may differ.
 */
export const Counts = z.object({ read: count, written: count, filtered: count, quarantined: count, rows: count.optional() });
export type Counts = z.infer<typeof Counts>;

/** Rows that the records written made: as many as there are records, unless the counts say otherwise. */
export const rowsOf = ({ rows, written }: Counts): number => rows ?? written;

/** What a processor counted, by names of its own. */
export const Metrics = z.record(z.string(), z.number());
export type Metrics = z.infer<typeof Metrics>;

/** A failure as a person should read it: what class, what happened, what to do. */
export const Failure = z.object({
  class: FailureClass,
  message: z.string(),
  hint: z.string(),
  /** No other attempt can end otherwise, so there is none. */
  final: z.boolean().optional(),
});
export type Failure = z.infer<typeof Failure>;

/** Assess's answer, read by the Choice state. */
export const Assessment = z.discriminatedUnion('next', [
  z.object({ next: z.literal('round'), round: RoundRef }),
  z.object({ next: z.literal('commit') }),
  z.object({ next: z.literal('stop'), failure: Failure }),
]);
export type Assessment = z.infer<typeof Assessment>;

export const Check = z.object({
  name: z.string(),
  ok: z.boolean(),
  expected: z.string(),
  actual: z.string(),
  /** A check that only warns fails no run. */
  severity: z.literal('warn').optional(),
});
export type Check = z.infer<typeof Check>;

export const Reconciliation = z.object({ verdict: z.enum(['BALANCED', 'MISMATCH', 'UNVERIFIED']), checks: z.array(Check) });
export type Reconciliation = z.infer<typeof Reconciliation>;

/** The list of what a decision rests on, see `core/commit/frozen-work.ts`: chunks that count, with their markers. */
export const FrozenList = z.object({
  key: z.string(),
  /** SHA-256 of the list's text, in hex. */
  sha256: z.string(),
  chunks: count,
  parts: count,
});
export type FrozenList = z.infer<typeof FrozenList>;

/** Why no redrive can go on from a run that was not published: it was aborted, its chunks do not add up, or their uploads are gone. */
export const FinalCause = z.enum(['aborted', 'unbalanced', 'lost']);
export type FinalCause = z.infer<typeof FinalCause>;

/** `commit.json`: written once. Any process that finds it rolls it forward, from the list that it names and from nothing newer. */
export const Decision = z.object({
  schema: z.literal('decision.v1'),
  decision: z.enum(['publish', 'discard']),
  failure: Failure.optional(),
  final: FinalCause.optional(),
  frozen: FrozenList,
  /** Rounds that were written down by then; a redrive goes on from these. */
  rounds: count,
  reconciliation: Reconciliation,
  chunks: count,
  records: Counts,
  bytes: z.object({ read: count, written: count }),
});
export type Decision = z.infer<typeof Decision>;

/** What is wrong with some records: how many of each class, and the most frequent reasons. */
export const Faults = z.object({
  classes: z.partialRecord(FaultClass, count).optional(),
  reasons: z.array(z.object({ class: FaultClass, reason: z.string(), records: count })).optional(),
});
export type Faults = z.infer<typeof Faults>;

/** `quarantine.json`: where the bad records of the chunks that count lie; what replaced chunks left behind is not among them. */
export const QuarantineIndex = Faults.extend({
  schema: z.literal('quarantine-index.v1'),
  objects: z.array(z.object({ chunk: z.string(), key: z.string(), records: count, checksum: Checksum.optional() })),
});
export type QuarantineIndex = z.infer<typeof QuarantineIndex>;

/** `delivery.json`: what was found in the output bucket once the uploads were completed; written once. */
export const Delivery = z.object({
  schema: z.literal('delivery.v1'),
  checks: z.array(Check),
  failure: Failure.optional(),
});
export type Delivery = z.infer<typeof Delivery>;

/** `delivered/<n>.json`: one batch of a large run's parts, completed and looked at; a later call of Commit goes on behind it. */
export const DeliveredBatch = z.object({
  schema: z.literal('delivered.v1'),
  batch: count,
  /** In record order. */
  parts: z.array(z.object({ key: z.string(), versionId: z.string() })),
});
export type DeliveredBatch = z.infer<typeof DeliveredBatch>;

/** One entry of `_manifest.json`'s parts, in record order. */
export const ManifestPart = z.object({
  key: z.string(),
  chunk: z.string(),
  rows: count,
  bytes: count,
  checksum: Checksum,
  /** The version that was looked at: what is read of it is what was checked. */
  versionId: z.string().optional(),
  /** The values of the columns that became folders; an empty text is null too. */
  partition: z.record(z.string(), z.string().nullable()).optional(),
});

/** What a run over a listing was over: `list` is the chunk list, whose ranges name every object that is not empty. */
export const ListedInput = Listing.omit({ header: true }).extend({ bytes: count, list: z.string() });
export type ListedInput = z.infer<typeof ListedInput>;

/** `_manifest.json`: what readers may trust. */
export const Manifest = z.object({
  schema: z.literal('manifest.v1'),
  runId: z.string(),
  job: z.string(),
  format: z.string(),
  /** The columns that became folders, in their order. */
  partitionBy: z.array(z.string()).optional(),
  parts: z.array(ManifestPart),
  rows: count,
  bytes: count,
  records: Counts,
  /** Empty where there are too many objects to name: `listing` then says where they stand. */
  input: z.array(PlannedObject.omit({ etag: true, header: true })),
  listing: ListedInput.optional(),
  pins: Pins,
});
export type Manifest = z.infer<typeof Manifest>;
