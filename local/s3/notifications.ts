import { ACCOUNT, type PlatformEvent } from '../kernel/types';
import type { ObjectVersion } from './model';
import { NULL_VERSION } from './model';

/** Who caused a change, for the event. */
export interface Origin {
  readonly requestId: string;
  readonly sourceIp: string;
  readonly reason: 'PutObject' | 'CopyObject' | 'CompleteMultipartUpload' | 'DeleteObject';
}

const EMPTY_MD5 = 'd41d8cd98f00b204e9800998ecf8427e';
/** Events of one key are ordered by comparing their sequencers as hex of equal length. */
const SEQUENCER_DIGITS = 18;
/** Room for this many events in a millisecond. */
const PER_MILLISECOND = 4096n;

/** A number greater than `last`, near the clock's, even when the clock steps back. */
export function nextSequencer(last: string, nowMs: number): string {
  const byClock = BigInt(nowMs) * PER_MILLISECOND;
  const byLast = last === '' ? 0n : BigInt(`0x${last}`) + 1n;
  const next = byClock > byLast ? byClock : byLast;
  return next.toString(16).toUpperCase().padStart(SEQUENCER_DIGITS, '0');
}

interface Change {
  readonly bucket: string;
  readonly key: string;
  readonly version: ObjectVersion;
  readonly sequencer: string;
  readonly origin: Origin;
}

const versionField = (versionId: string): Record<string, string> => (versionId === NULL_VERSION ? {} : { 'version-id': versionId });

function event(detailType: string, change: Change, object: Record<string, unknown>, more: Record<string, string> = {}): PlatformEvent {
  const { bucket, key, version, sequencer, origin } = change;
  return {
    source: 'aws.s3',
    detailType,
    resources: [`arn:aws:s3:::${bucket}`],
    detail: {
      version: '0',
      bucket: { name: bucket },
      // Raw, not URL-encoded as in S3's other notifications.
      object: { key, ...object, ...versionField(version.versionId), sequencer },
      'request-id': origin.requestId,
      requester: ACCOUNT,
      'source-ip-address': origin.sourceIp,
      reason: origin.reason,
      ...more,
    },
  };
}

export const objectCreated = (change: Change): PlatformEvent =>
  event('Object Created', change, { size: change.version.size, etag: change.version.etag });

/** For a version that is gone, or for the delete marker that hides the versions below it. */
export const objectDeleted = (change: Change): PlatformEvent =>
  event(
    'Object Deleted',
    change,
    { etag: change.version.deleteMarker ? EMPTY_MD5 : change.version.etag },
    {
      'deletion-type': change.version.deleteMarker ? 'Delete Marker Created' : 'Permanently Deleted',
    },
  );
