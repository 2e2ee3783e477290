import { createReadStream } from 'node:fs';
import { allowOther, allowWrite } from './access';
import type { Bucket } from './bucket';
import { bucketOf, type Call, header, originOf, quoted, type Reply } from './call';
import { createHasher, DEFAULT_ALGORITHM, md5Hasher } from './checksums';
import { checkSource, checkWrite } from './conditions';
import { invalidArgument, invalidRequest } from './errors';
import { parseAlgorithm } from './expectations';
import type { ChecksumAlgorithm, ObjectVersion, StoredHeaders } from './model';
import { refuseUnknownHeaders, storedHeaders, versionHeader } from './object-headers';
import { findVersion } from './read';
import { type Received, store } from './receive';
import { checkKey, lastCheck } from './write';
import { document } from './xml';

/** A larger object is copied part by part. */
const MAX_COPY_BYTES = 5 * 1024 ** 3;
const READ_BYTES = 1024 * 1024;

export interface Source {
  readonly bucket: Bucket;
  readonly key: string;
  readonly version: ObjectVersion;
}

function locate(call: Call): { readonly bucket: string; readonly key: string; readonly versionId: string | undefined } {
  const text = header(call, 'x-amz-copy-source') ?? '';
  const match = /^\/?([^/?]+)\/(.+?)(?:\?versionId=([^&]+))?$/s.exec(text);
  if (!match) throw invalidArgument('Invalid copy source object key', 'x-amz-copy-source', text);
  try {
    return { bucket: match[1] ?? '', key: decodeURIComponent(match[2] ?? ''), versionId: match[3] };
  } catch {
    throw invalidArgument('Invalid copy source encoding', 'x-amz-copy-source', text);
  }
}

/** What a copy reads, once its caller may read it and it is as the request wants it. */
export function sourceOf(call: Call): Source {
  const { bucket, key, versionId } = locate(call);
  const source = bucketOf(call, bucket);
  allowOther(call, versionId === undefined ? 's3:GetObject' : 's3:GetObjectVersion', { bucket, key, versionId });
  const version = findVersion(call, { bucket, key, versionId });
  checkSource(call, version);
  return { bucket: source, key, version };
}

export const sourcePath = ({ bucket, version }: Source): string => bucket.blobs.path(version.blob ?? '');

/** Bytes [start, start + length) of a source as a new blob of another bucket. */
export async function storeFrom(
  source: Source,
  into: { readonly bucket: Bucket; readonly algorithm: ChecksumAlgorithm; readonly start: number; readonly length: number },
): Promise<Received> {
  const { start, length } = into;
  const body: AsyncIterable<Buffer> =
    length === 0
      ? (async function* () {})()
      : createReadStream(sourcePath(source), { start, end: start + length - 1, highWaterMark: READ_BYTES });
  return store(into.bucket.blobs, body, { md5: md5Hasher(), stored: await createHasher(into.algorithm) });
}

/** The copy's bytes: another name for the same file when nothing about them has to be computed anew. */
async function copyBytes(source: Source, bucket: Bucket, algorithm: ChecksumAlgorithm): Promise<Received> {
  const { size, etag, checksum } = source.version;
  const asIs = !etag.includes('-') && checksum?.type === 'FULL_OBJECT' && checksum.algorithm === algorithm;
  if (!asIs) return storeFrom(source, { bucket, algorithm, start: 0, length: size });
  return { blob: bucket.blobs.duplicate(sourcePath(source)), size, etag, checksum: checksum.value };
}

function copiedHeaders(call: Call, { version }: Source): StoredHeaders {
  const directive = header(call, 'x-amz-metadata-directive') ?? 'COPY';
  if (directive !== 'COPY' && directive !== 'REPLACE') {
    throw invalidArgument('Unknown metadata directive.', 'x-amz-metadata-directive', directive);
  }
  return directive === 'REPLACE' ? storedHeaders(call) : (version.headers ?? {});
}

function checkCopy(call: Call, { bucket, key, version }: Source): void {
  const inPlace = bucket.name === call.bucketName && key === call.key && version === bucket.state.latest(key);
  if (inPlace && header(call, 'x-amz-metadata-directive') !== 'REPLACE') {
    throw invalidRequest(
      "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes.",
    );
  }
  if (version.size > MAX_COPY_BYTES) {
    throw invalidRequest(`The specified copy source is larger than the maximum allowable size for a copy source: ${MAX_COPY_BYTES}`);
  }
}

export async function copyObject(call: Call): Promise<Reply> {
  const bucket = bucketOf(call);
  allowWrite(call, { creates: true });
  refuseUnknownHeaders(call);
  checkKey(call.key);
  const source = sourceOf(call);
  checkCopy(call, source);
  checkWrite(call, bucket.state.latest(call.key));
  const asked = header(call, 'x-amz-checksum-algorithm');
  const algorithm = asked === undefined ? (source.version.checksum?.algorithm ?? DEFAULT_ALGORITHM) : parseAlgorithm(asked);
  const headers = copiedHeaders(call, source);
  const { blob, size, etag, checksum } = await copyBytes(source, bucket, algorithm);
  lastCheck(bucket, blob, () => checkWrite(call, bucket.state.latest(call.key)));
  const draft = { blob, size, etag, checksum: { algorithm, type: 'FULL_OBJECT', value: checksum } as const, headers };
  const version = bucket.put(call.key, draft, originOf(call, 'CopyObject'));
  return {
    headers: {
      ...versionHeader(version.versionId),
      ...(source.version.versionId !== 'null' && { 'x-amz-copy-source-version-id': source.version.versionId }),
    },
    xml: document('CopyObjectResult', {
      ETag: quoted(version.etag),
      LastModified: new Date(version.modifiedMs).toISOString(),
      [`Checksum${algorithm}`]: checksum,
      ChecksumType: 'FULL_OBJECT',
    }),
  };
}
