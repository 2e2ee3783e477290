import type { BatchEngine, Executions, ObjectStore, OpenRuns, VersionListing } from '../../adapters/ports';
import type { Counts, ObjectRef, RunSource, SweepRecord } from '../../core/contracts';
import type { Report } from '../../core/report/report-contract';
import type { FaultPlan } from '../../local/faults/plan';

/** What the commands ask of a cloud, in their own words; `open.ts` brings up the local one, tests bring a small one. */
export interface Cloud {
  readonly buckets: { readonly input: string; readonly output: string; readonly state: string };
  /** `http://127.0.0.1:<port>` */
  readonly endpoint: string;
  /** AWS_* variables that point the AWS CLI and every SDK here. */
  readonly environment: Readonly<Record<string, string>>;
  /** Puts a file into the input bucket, unless the newest version of the key is this very file. */
  put(key: string, file: string, options: { readonly again: boolean }): Promise<PutFile>;
  /** The version that a request would be over; undefined when there is no such object. */
  find(object: { readonly bucket: string; readonly key: string }): Promise<ObjectRef | undefined>;
  /** A bucket as the steps see it. */
  store(bucket: string): ObjectStore;
  /** What a bucket holds; every request that this takes is told. */
  listing(bucket: string, onRequest?: () => void): VersionListing;
  /** Asks for one run over several objects, or over all that a source holds. */
  request(request: RunRequest): Promise<void>;
  /** What acts on runs beside their normal course. */
  readonly control: Control;
  /** Where a drive of a run stands, the first one by default; undefined when it does not exist (yet). */
  look(runId: string, drive?: number, execution?: string): Promise<RunState | undefined>;
  /** The report of a drive that has ended. */
  report(runId: string, drive?: number): Promise<Report | undefined>;
  /** Has runs looked after whose events were lost; what was done. */
  sweep(): Promise<SweepRecord>;
  /** Permissions that roles hold and that no run in this state folder has needed. */
  unusedPermissions(): readonly UnusedPermission[];
  /** Stops everything; what was under way goes on with the next start. */
  stop(): Promise<void>;
}

interface NamedObjects {
  readonly objects: readonly ObjectRef[];
  /** The run whose quarantined records the objects hold. @default - not a replay */
  readonly replayOf?: string;
}

export type RunRequest = { readonly job: string; readonly nonce?: string } & (
  | NamedObjects
  | { readonly source: RunSource; readonly fingerprint: string }
);

/** The ledger and the engines, for what people ask of a run. */
export interface Control {
  readonly state: ObjectStore;
  readonly batch: BatchEngine;
  readonly executions: Executions;
  readonly open: OpenRuns;
}

export interface UnusedPermission {
  readonly role: string;
  readonly action: string;
  readonly resources: readonly string[];
}

export interface PutFile {
  readonly object: ObjectRef;
  /** False when the same content was there already. */
  readonly uploaded: boolean;
}

export interface RunState {
  readonly status: 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'ABORTED';
  /** The state machine's state, e.g. `Round`. */
  readonly state?: string;
  /** Why the execution itself failed, if it did. */
  readonly cause?: string;
  /** Known once planned. */
  readonly planned?: number;
  readonly committed: number;
  readonly records: Counts;
}

export interface CloudOptions {
  readonly jobsDir: string;
  readonly stateDir: string;
  readonly port?: number;
  /** What should go wrong. @default - nothing */
  readonly faults?: FaultPlan;
  readonly log: (line: string) => void;
}

export type OpenCloud = (options: CloudOptions) => Promise<Cloud>;
