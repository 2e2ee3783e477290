import { allowObject, allowWrite } from './access';
import { type Bucket, newId } from './bucket';
import { bucketOf, type Call, header, parameter, quoted, type Reply } from './call';
import { DEFAULT_ALGORITHM, isCrc } from './checksums';
import { sourceOf, storeFrom } from './copy';
import { invalidArgument, invalidRequest, noSuchUpload } from './errors';
import { checksumHeader, type Expectations, expectationsOf, parseAlgorithm } from './expectations';
import type { ChecksumAlgorithm, ChecksumType, Upload, UploadPart, UploadStart } from './model';
import { refuseUnknownHeaders, storedHeaders } from './object-headers';
import { type Received, receive } from './receive';
import { checkKey, lastCheck } from './write';
import { document } from './xml';

const MAX_PART_NUMBER = 10_000;

/** The upload that a request names, which must be of the same key. */
export function uploadOf(call: Call, bucket: Bucket): Upload {
  const uploadId = parameter(call, 'uploadId') ?? '';
  const upload = bucket.state.uploads.get(uploadId);
  if (!upload || upload.key !== call.key) throw noSuchUpload(uploadId);
  return upload;
}

/** CRC64NVME is always of the whole object and hashes never are; the other CRCs may be either. */
function checksumType(algorithm: ChecksumAlgorithm, asked: string | undefined): ChecksumType {
  const natural = algorithm === 'CRC64NVME' ? 'FULL_OBJECT' : 'COMPOSITE';
  if (asked === undefined || asked === natural) return natural;
  if (asked === 'FULL_OBJECT' && isCrc(algorithm)) return 'FULL_OBJECT';
  throw invalidRequest(`The ${asked} checksum type cannot be used with the ${algorithm.toLowerCase()} checksum algorithm.`);
}

function checksumOf(call: Call): Pick<UploadStart, 'algorithm' | 'type' | 'chosen'> {
  const [algorithm, type] = [header(call, 'x-amz-checksum-algorithm'), header(call, 'x-amz-checksum-type')];
  if (algorithm !== undefined) {
    return { algorithm: parseAlgorithm(algorithm), type: checksumType(parseAlgorithm(algorithm), type), chosen: true };
  }
  if (type !== undefined) throw invalidRequest('The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header.');
  return { algorithm: DEFAULT_ALGORITHM, type: 'FULL_OBJECT', chosen: false };
}

export function createMultipartUpload(call: Call): Reply {
  const bucket = bucketOf(call);
  allowWrite(call, { creates: false });
  refuseUnknownHeaders(call);
  checkKey(call.key);
  const upload: UploadStart = {
    uploadId: newId(),
    key: call.key,
    initiatedMs: Date.now(),
    headers: storedHeaders(call),
    ...checksumOf(call),
  };
  bucket.commit({ t: 'begin', upload });
  return {
    headers: upload.chosen ? { 'x-amz-checksum-algorithm': upload.algorithm, 'x-amz-checksum-type': upload.type } : {},
    xml: document('InitiateMultipartUploadResult', { Bucket: call.bucketName, Key: call.key, UploadId: upload.uploadId }),
  };
}

function partNumberOf(call: Call): number {
  const text = parameter(call, 'partNumber') ?? '';
  const partNumber = /^\d{1,6}$/.test(text) ? Number(text) : 0;
  if (partNumber >= 1 && partNumber <= MAX_PART_NUMBER) return partNumber;
  throw invalidArgument(`Part number must be an integer between 1 and ${MAX_PART_NUMBER}, inclusive`, 'partNumber', text);
}

/** A part must be checked in its upload's algorithm; only a whole-object CRC may be left to S3. */
function checkPartAlgorithm(upload: Upload, expected: Expectations): void {
  const claimed = expected.checksum?.algorithm ?? expected.trailer;
  if (!upload.chosen || claimed === upload.algorithm) return;
  if (claimed === undefined && upload.type === 'FULL_OBJECT') return;
  throw invalidRequest(
    `Checksum Type mismatch occurred, expected checksum Type: ${upload.algorithm.toLowerCase()}, actual checksum Type: ${claimed?.toLowerCase() ?? 'null'}`,
  );
}

/** Takes a part into its upload, unless that was completed or aborted while the part was on its way. */
function addPart(call: Call, bucket: Bucket, received: Received): UploadPart {
  const part: UploadPart = { ...received, partNumber: partNumberOf(call), modifiedMs: Date.now() };
  lastCheck(bucket, part.blob, () => uploadOf(call, bucket));
  bucket.commit({ t: 'part', uploadId: uploadOf(call, bucket).uploadId, part });
  return part;
}

export async function uploadPart(call: Call): Promise<Reply> {
  const bucket = bucketOf(call);
  allowWrite(call, { creates: false });
  refuseUnknownHeaders(call);
  partNumberOf(call);
  const upload = uploadOf(call, bucket);
  const expected = expectationsOf(call);
  checkPartAlgorithm(upload, expected);
  const received = await receive(call.request.http, expected, { blobs: bucket.blobs, algorithm: upload.algorithm });
  const part = addPart(call, bucket, received);
  return {
    headers: {
      etag: quoted(part.etag),
      [checksumHeader(upload.algorithm)]: part.checksum,
      'x-amz-server-side-encryption': 'AES256',
    },
  };
}

/** The bytes of a source that a part copies: unlike a read's, the range must be whole and inside. */
function copySpan(call: Call, size: number): { readonly start: number; readonly length: number } {
  const text = header(call, 'x-amz-copy-source-range');
  if (text === undefined) return { start: 0, length: size };
  const match = /^bytes=(\d+)-(\d+)$/.exec(text);
  const [first, last] = [Number(match?.[1]), Number(match?.[2])];
  if (!match || first > last) {
    throw invalidArgument('The x-amz-copy-source-range value must be of the form bytes=first-last', 'x-amz-copy-source-range', text);
  }
  if (last >= size) {
    throw invalidArgument(`Range specified is not valid for source object of size: ${size}`, 'x-amz-copy-source-range', text);
  }
  return { start: first, length: last - first + 1 };
}

export async function uploadPartCopy(call: Call): Promise<Reply> {
  const bucket = bucketOf(call);
  allowWrite(call, { creates: false });
  partNumberOf(call);
  const { algorithm } = uploadOf(call, bucket);
  const source = sourceOf(call);
  const received = await storeFrom(source, { bucket, algorithm, ...copySpan(call, source.version.size) });
  const part = addPart(call, bucket, received);
  return {
    headers: source.version.versionId === 'null' ? {} : { 'x-amz-copy-source-version-id': source.version.versionId },
    xml: document('CopyPartResult', {
      ETag: quoted(part.etag),
      LastModified: new Date(part.modifiedMs).toISOString(),
      [`Checksum${algorithm}`]: part.checksum,
    }),
  };
}

export function abortMultipartUpload(call: Call): Reply {
  const bucket = bucketOf(call);
  allowObject(call, 's3:AbortMultipartUpload');
  bucket.commit({ t: 'abort', uploadId: uploadOf(call, bucket).uploadId });
  return { status: 204 };
}
