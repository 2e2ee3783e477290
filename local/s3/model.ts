import type { PlatformEvent } from '../kernel/types';

/** What a bucket remembers: versions of objects, pending uploads, and events not yet handed over. */

export const CHECKSUM_ALGORITHMS = ['CRC32', 'CRC32C', 'CRC64NVME', 'SHA1', 'SHA256'] as const;
export type ChecksumAlgorithm = (typeof CHECKSUM_ALGORITHMS)[number];
export type ChecksumType = 'FULL_OBJECT' | 'COMPOSITE';

/** A checksum as S3 stores and shows it; base64, with `-<parts>` appended when composite. */
export interface StoredChecksum {
  readonly algorithm: ChecksumAlgorithm;
  readonly type: ChecksumType;
  readonly value: string;
}

/** The version id of what is written to a bucket without versioning. */
export const NULL_VERSION = 'null';

/** Headers that come back with the object: content-type, content-encoding, x-amz-meta-… */
export type StoredHeaders = Readonly<Record<string, string>>;

/** One version of one key; a delete marker has neither bytes nor headers. */
export interface ObjectVersion {
  readonly versionId: string;
  readonly modifiedMs: number;
  readonly deleteMarker?: true;
  readonly size: number;
  /** Without quotes. */
  readonly etag: string;
  readonly blob?: string;
  readonly checksum?: StoredChecksum;
  readonly headers?: StoredHeaders;
  /** Sizes and checksums of the parts of a multipart object, for GetObjectAttributes. */
  readonly parts?: readonly PartSummary[];
}

export interface PartSummary {
  readonly partNumber: number;
  readonly size: number;
  readonly checksum: string;
}

/** One uploaded part; its checksum is in the upload's algorithm. */
export interface UploadPart {
  readonly partNumber: number;
  readonly size: number;
  readonly etag: string;
  readonly checksum: string;
  readonly blob: string;
  readonly modifiedMs: number;
}

/** A multipart upload as it was begun. */
export interface UploadStart {
  readonly uploadId: string;
  readonly key: string;
  readonly initiatedMs: number;
  readonly headers: StoredHeaders;
  readonly algorithm: ChecksumAlgorithm;
  readonly type: ChecksumType;
  /** Whether the client chose the algorithm; otherwise it is S3's default and parts may carry any. */
  readonly chosen: boolean;
}

export interface Upload extends UploadStart {
  readonly parts: Map<number, UploadPart>;
}

/** An upload that was completed: repeating the same request is answered like the first. */
export interface CompletedUpload {
  readonly uploadId: string;
  readonly key: string;
  readonly versionId: string;
  /** Part numbers and etags as completed. */
  readonly signature: string;
}

/** An event and the number under which its hand-over is recorded. */
export interface PendingEvent {
  readonly id: string;
  readonly event: PlatformEvent;
}

/** One line of a bucket's log; replaying all lines gives the bucket. */
export type Entry =
  | { readonly t: 'bucket'; readonly createdMs: number }
  | {
      readonly t: 'put';
      readonly key: string;
      readonly version: ObjectVersion;
      readonly pending?: PendingEvent;
      readonly completes?: CompletedUpload;
    }
  | { readonly t: 'drop'; readonly key: string; readonly versionId: string; readonly pending?: PendingEvent }
  | { readonly t: 'sent'; readonly id: string }
  | { readonly t: 'begin'; readonly upload: UploadStart }
  | { readonly t: 'part'; readonly uploadId: string; readonly part: UploadPart }
  | { readonly t: 'abort'; readonly uploadId: string }
  | { readonly t: 'completed'; readonly completed: CompletedUpload }
  | { readonly t: 'pending'; readonly pending: PendingEvent };

/** The blob that an entry names for the first time. */
export function incomingBlob(entry: Entry): string | undefined {
  if (entry.t === 'put') return entry.version.blob;
  return entry.t === 'part' ? entry.part.blob : undefined;
}
