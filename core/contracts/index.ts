/**
 * What crosses a process boundary, in flow order. Every record names its schema and version,
 * and is parsed, never cast, by whoever reads it. Sizes are bytes, times are ISO 8601 UTC.
 */

export { CheckpointHead } from './checkpoint';
export {
  AbortRequest,
  DeployedJobs,
  Drive,
  ExecutionInput,
  OpenMark,
  type Redrive,
  SweepFinding,
  SweepRecord,
  Unclaimed,
} from './operations';
export {
  Assessment,
  Check,
  Counts,
  Decision,
  DeliveredBatch,
  Delivery,
  Failure,
  Faults,
  FinalCause,
  FrozenList,
  ListedInput,
  Manifest,
  ManifestPart,
  Metrics,
  QuarantineIndex,
  Reconciliation,
  rowsOf,
} from './outcome';
export { Listing, PinnedLookup, Pins, Plan, Planned, PlannedObject, PlanPins, Preflight, RoundRef } from './plan';
export { lineBreakOf, QuarantinedRecord, rawBytesOf } from './quarantine';
export {
  Checksum,
  Chunk,
  Claim,
  Compression,
  IntakeMessage,
  JobConfig,
  ListedRef,
  ObjectRef,
  PartColumns,
  Profile,
  Range,
  RunInput,
  RunRef,
  RunRequest,
  RunSource,
} from './run';
export {
  ArrayJob,
  Complaint,
  Fence,
  JobParameters,
  Marker,
  Measures,
  Outline,
  PendingPart,
  Piece,
  QualityFinding,
  ReadRange,
  Round,
  RoundLists,
  StageName,
  SubmittedJob,
  TaskToken,
} from './work';
