import { allowObject, allowOther, allowWrite } from './access';
import type { Bucket, Draft, Removal } from './bucket';
import { bucketOf, type Call, originOf, type Reply } from './call';
import { DEFAULT_ALGORITHM } from './checksums';
import { checkWrite } from './conditions';
import { invalidRequest, malformedXml, S3Error } from './errors';
import { expectationsOf } from './expectations';
import { refuseUnknownHeaders, storedHeaders, versionHeader, writtenHeaders } from './object-headers';
import { versionIdOf } from './read';
import { receive, receiveText } from './receive';
import { document, elements, items, parseXml, textOf, type Xml } from './xml';

/** S3 refuses longer keys, counted in UTF-8. */
const MAX_KEY_BYTES = 1024;
const MAX_DELETES = 1000;

export function checkKey(key: string): void {
  if (Buffer.byteLength(key) <= MAX_KEY_BYTES) return;
  throw new S3Error('KeyTooLongError', 'Your key is too long', {
    fields: { Size: String(Buffer.byteLength(key)), MaxSizeAllowed: String(MAX_KEY_BYTES) },
  });
}

/** A last check between a blob's arrival and its being named; when it fails the blob is not left behind. */
export function lastCheck(bucket: Bucket, blob: string, check: () => void): void {
  try {
    check();
  } catch (error) {
    bucket.blobs.discard(blob);
    throw error;
  }
}

export async function putObject(call: Call): Promise<Reply> {
  const bucket = bucketOf(call);
  allowWrite(call, { creates: true });
  refuseUnknownHeaders(call);
  checkKey(call.key);
  const expected = expectationsOf(call);
  // Asked before a long body is read, and once more when nothing can come between.
  checkWrite(call, bucket.state.latest(call.key));
  const algorithm = expected.checksum?.algorithm ?? expected.trailer ?? DEFAULT_ALGORITHM;
  const { blob, size, etag, checksum } = await receive(call.request.http, expected, { blobs: bucket.blobs, algorithm });
  const draft: Draft = { blob, size, etag, checksum: { algorithm, type: 'FULL_OBJECT', value: checksum }, headers: storedHeaders(call) };
  lastCheck(bucket, blob, () => checkWrite(call, bucket.state.latest(call.key)));
  const version = bucket.put(call.key, draft, originOf(call, 'PutObject'));
  return { headers: writtenHeaders(version) };
}

const removalHeaders = (removal: Removal | undefined, asked: string | undefined): Record<string, string> => ({
  ...(removal?.deleteMarker && { 'x-amz-delete-marker': 'true' }),
  ...versionHeader(removal?.versionId ?? asked ?? 'null'),
});

const deleteAction = (versionId: string | undefined): string => (versionId === undefined ? 's3:DeleteObject' : 's3:DeleteObjectVersion');

export function deleteObject(call: Call): Reply {
  const versionId = versionIdOf(call);
  const bucket = bucketOf(call);
  allowObject(call, deleteAction(versionId));
  if (call.request.http.headers['if-match'] !== undefined) checkWrite(call, bucket.state.latest(call.key));
  const removal = bucket.remove(call.key, versionId, originOf(call, 'DeleteObject'));
  return { status: 204, headers: removalHeaders(removal, versionId) };
}

interface Target {
  readonly key: string;
  readonly versionId: string | undefined;
}

function targetsOf(body: Readonly<Record<string, unknown>>): readonly Target[] {
  const targets = items(body, 'Object').map((object) => {
    const key = textOf(object, 'Key');
    if (key === undefined || key === '') throw malformedXml();
    if (textOf(object, 'ETag') !== undefined) throw invalidRequest('conditional deletes of several objects are not emulated');
    return { key, versionId: textOf(object, 'VersionId') || undefined };
  });
  if (targets.length > MAX_DELETES) throw malformedXml();
  return targets;
}

/** Deletes one of many; what goes wrong with it is part of the answer. */
function deleteOne(call: Call, bucket: Bucket, { key, versionId }: Target): { readonly deleted: Xml } | { readonly failed: Xml } {
  try {
    allowOther(call, deleteAction(versionId), { bucket: bucket.name, key, versionId });
    const removal = bucket.remove(key, versionId, originOf(call, 'DeleteObject'));
    const marker = removal?.deleteMarker ? { DeleteMarker: true, DeleteMarkerVersionId: removal.versionId } : {};
    return { deleted: elements({ Key: key, VersionId: versionId, ...marker }) };
  } catch (error) {
    if (!(error instanceof S3Error)) throw error;
    return { failed: elements({ Key: key, VersionId: versionId, Code: error.code, Message: error.message }) };
  }
}

export async function deleteObjects(call: Call): Promise<Reply> {
  const bucket = bucketOf(call);
  const expected = expectationsOf(call);
  if (expected.md5 === undefined && expected.checksum === undefined && expected.trailer === undefined) {
    throw invalidRequest('Missing required header for this request: Content-MD5');
  }
  const body = parseXml(await receiveText(call.request.http, expected), 'Delete');
  const results = targetsOf(body).map((target) => deleteOne(call, bucket, target));
  const quiet = textOf(body, 'Quiet') === 'true';
  return {
    xml: document('DeleteResult', {
      Deleted: quiet ? [] : results.flatMap((result) => ('deleted' in result ? [result.deleted] : [])),
      Error: results.flatMap((result) => ('failed' in result ? [result.failed] : [])),
    }),
  };
}
