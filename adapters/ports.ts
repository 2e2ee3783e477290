import type { Checksum, OpenMark } from '../core/contracts';
import type { ExecutionStatus } from '../core/operate/sweep';
import type { ByteRange } from '../core/values';

export type { BatchEngine, FailedTask, JobOrder, JobProgress, JobStatus, TaskEnding, TaskUsage } from './batch-port';

/** Small interfaces in our own words; `adapters/aws/` implements them, tests use `test/support/memory-*.ts`. */

export interface StoredObject {
  readonly key: string;
  readonly versionId: string;
  readonly bytes: number;
  readonly etag: string;
  readonly checksum?: Checksum;
}

export interface ReadOptions {
  readonly versionId?: string;
  readonly range?: ByteRange;
  /** Aborted when the bytes are wanted no more. */
  readonly signal?: AbortSignal;
  /** Where a range goes: memory for so many bytes. @default - new memory */
  readonly memory?: (bytes: number) => Buffer;
}

/** One bucket. */
export interface ObjectStore {
  readonly bucket: string;
  /** What is stored, with its full-object checksum where S3 has one; undefined when there is no such object or version. */
  head(key: string, versionId?: string): Promise<StoredObject | undefined>;
  /** The object's bytes; `ObjectNotFoundError` when it does not exist. A range past the end is cut to it. */
  read(key: string, options?: ReadOptions): Promise<Buffer>;
  /** Writes only if the key is new; returns whether this call created it. A retry that meets its own write counts as created. */
  createOnce(key: string, body: string | Buffer): Promise<boolean>;
  /** Keys below a prefix in UTF-8 order. */
  list(prefix: string): AsyncIterable<{ readonly key: string; readonly bytes: number }>;
}

/** The latest version of a key, as a listing shows it. */
export interface ListedVersion {
  readonly key: string;
  readonly versionId: string;
  readonly bytes: number;
  readonly etag: string;
  /** Which file of an inventory tells of it. */
  readonly file?: number;
}

/** Where an earlier listing was left: the last object that it handed over. */
export interface ListingPlace {
  readonly after?: string | undefined;
  /** The object's `file`, where it has one: it spares reading those before. */
  readonly file?: number | undefined;
}

/** What a bucket holds, or held when its inventory was taken. */
export interface VersionListing {
  /**
   * Pages of the latest versions below a prefix, deleted keys left out, from a place of an earlier listing on or from the
   * beginning. How the objects fall into pages may differ from time to time, their sequence does not.
   */
  listVersions(prefix: string, place?: ListingPlace): AsyncIterable<readonly ListedVersion[]>;
}

/** A piece of a pending upload. */
export interface UploadedPiece {
  readonly partNumber: number;
  readonly etag: string;
  readonly checksum: string;
}

export interface PieceUpload {
  readonly key: string;
  readonly uploadId: string;
  readonly partNumber: number;
  readonly body: Buffer;
  readonly checksum: string;
  /** Aborted when the upload is given up. */
  readonly signal?: AbortSignal;
}

/** Uploads that become visible only when completed. */
export interface PendingUploads {
  readonly bucket: string;
  begin(key: string, contentType: string): Promise<string>;
  /** `checksum` is the base64 CRC32 of the body. */
  uploadPiece(upload: PieceUpload): Promise<UploadedPiece>;
  /**
   * Makes the file visible once; repeating it after success is harmless. `checksum` is the base64 CRC32 of the whole
   * file. With `once` a file that is there already stays, and unless it is the same the call fails. `DamagedUploadError`
   * when no repetition can help: the upload is gone, or holds other pieces.
   */
  complete(upload: { key: string; uploadId: string; pieces: readonly UploadedPiece[]; checksum: string; once?: boolean }): Promise<void>;
  /** Forgets an upload; harmless when it is gone. */
  abort(upload: { key: string; uploadId: string }): Promise<void>;
  /** Takes a completed file back: removes exactly this version. */
  withdraw(key: string, versionId: string): Promise<void>;
  /** Uploads not yet completed or aborted below a prefix. */
  pending(prefix: string): AsyncIterable<{ readonly key: string; readonly uploadId: string }>;
}

export interface Executions {
  /** ARN of the state machine whose executions these are. */
  readonly stateMachine: string;
  /** Starts a run under its own name; returns false when that name was used before. */
  start(runId: string, input: unknown): Promise<boolean>;
  /** How an execution of this name stands; undefined where there is none. */
  status(name: string): Promise<ExecutionStatus | undefined>;
  /** Wakes a waiting state; false when the token is spent or unknown. */
  succeed(token: string, output: unknown): Promise<boolean>;
  /** Seconds that an execution has spent in each of its states so far. */
  secondsByState(executionArn: string): Promise<Readonly<Record<string, number>>>;
}

/** Executions that were opened and whose end was not seen yet: what a sweep looks at. Losing a mark loses no data. */
export interface OpenRuns {
  add(mark: OpenMark): Promise<void>;
  list(): AsyncIterable<OpenMark>;
  forget(execution: string): Promise<void>;
}

/** Revisions of job definitions. */
export interface JobRevisions {
  /** The active ones whose names start with the deployment's. */
  list(): AsyncIterable<{ readonly arn: string; readonly name: string; readonly revision: number }>;
  deregister(arn: string): Promise<void>;
}

/** "Run finished", for dependent jobs and people. */
export interface RunEvents {
  publish(detailType: string, detail: unknown): Promise<void>;
}

/** A short message to whoever subscribed. */
export interface Notices {
  send(subject: string, text: string): Promise<void>;
}
