import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { allowWrite } from './access';
import { BLOB_MODE } from './blobs';
import type { Bucket, Draft } from './bucket';
import { bucketOf, type Call, header, originOf, parameter, quoted, type Reply } from './call';
import { compositeChecksum, fullObjectChecksum, isCrc, multipartEtag } from './checksums';
import { checkWrite } from './conditions';
import { badDigest, invalidRequest, malformedXml, noSuchUpload, S3Error } from './errors';
import { headerChecksum, plainExpectations } from './expectations';
import type { CompletedUpload, ObjectVersion, StoredChecksum, Upload, UploadPart } from './model';
import { uploadOf } from './multipart';
import { versionHeader } from './object-headers';
import { receiveText } from './receive';
import { lastCheck } from './write';
import { document, items, parseXml, textOf } from './xml';

/** S3 refuses smaller parts, except the last. */
const MIN_PART_BYTES = 5 * 1024 * 1024;
const READ_BYTES = 1024 * 1024;

/** A part as the client lists it. */
interface Listed {
  readonly partNumber: number;
  readonly etag: string;
  readonly checksums: Readonly<Record<string, string>>;
}

function listedParts(body: string): readonly Listed[] {
  return items(parseXml(body, 'CompleteMultipartUpload'), 'Part').map((part) => {
    const [number, etag] = [textOf(part, 'PartNumber') ?? '', textOf(part, 'ETag')];
    if (!/^\d{1,6}$/.test(number) || etag === undefined) throw malformedXml();
    const names = Object.keys(part).filter((name) => name.startsWith('Checksum'));
    const checksums = Object.fromEntries(names.map((name) => [name.slice('Checksum'.length), textOf(part, name) ?? '']));
    return { partNumber: Number(number), etag: etag.replaceAll('"', ''), checksums };
  });
}

const signatureOf = (listed: readonly Listed[]): string => listed.map(({ partNumber, etag }) => `${partNumber}:${etag}`).join(',');

function invalidPart(upload: Upload, listed: Listed): S3Error {
  return new S3Error(
    'InvalidPart',
    "One or more of the specified parts could not be found. The part may not have been uploaded, or the specified entity tag may not match the part's entity tag.",
    { fields: { UploadId: upload.uploadId, PartNumber: String(listed.partNumber), ETag: listed.etag } },
  );
}

/** The uploaded part that the client means, with the checksum it expects. */
function matchPart(upload: Upload, listed: Listed): UploadPart {
  const part = upload.parts.get(listed.partNumber);
  const checksum = listed.checksums[upload.algorithm];
  if (!part || part.etag !== listed.etag || (checksum !== undefined && checksum !== part.checksum)) throw invalidPart(upload, listed);
  if (upload.type === 'COMPOSITE' && checksum === undefined) {
    const algorithm = upload.algorithm.toLowerCase();
    throw invalidRequest(
      `The upload was created using a ${algorithm} checksum. The complete request must include the checksum for each part. It was missing for part ${listed.partNumber} in the request.`,
    );
  }
  return part;
}

function chosenParts(upload: Upload, listed: readonly Listed[]): readonly UploadPart[] {
  if (listed.length === 0) throw malformedXml();
  if (listed.some(({ partNumber }, index) => index > 0 && partNumber <= (listed[index - 1]?.partNumber ?? 0))) {
    throw new S3Error('InvalidPartOrder', 'The list of parts was not in ascending order. Parts must be ordered by part number.', {
      fields: { UploadId: upload.uploadId },
    });
  }
  const parts = listed.map((one) => matchPart(upload, one));
  const small = parts.slice(0, -1).find(({ size }) => size < MIN_PART_BYTES);
  if (!small) return parts;
  throw new S3Error('EntityTooSmall', 'Your proposed upload is smaller than the minimum allowed size', {
    fields: {
      ProposedSize: String(small.size),
      MinSizeAllowed: String(MIN_PART_BYTES),
      PartNumber: String(small.partNumber),
      ETag: small.etag,
    },
  });
}

async function wholeChecksum({ algorithm, type }: Upload, parts: readonly UploadPart[]): Promise<StoredChecksum> {
  const value =
    type === 'FULL_OBJECT' && isCrc(algorithm) ? fullObjectChecksum(algorithm, parts) : await compositeChecksum(algorithm, parts);
  return { algorithm, type, value };
}

/** Holds the finished object against what the client says about the whole. */
function verifyWhole(call: Call, checksum: StoredChecksum, size: number): void {
  const type = header(call, 'x-amz-checksum-type');
  if (type !== undefined && type !== checksum.type) {
    throw invalidRequest(
      `The upload was created using the ${checksum.type} checksum mode. The complete request must use the same checksum mode.`,
    );
  }
  const claimed = headerChecksum(call);
  if (claimed && claimed.algorithm !== checksum.algorithm) {
    throw invalidRequest(
      `Checksum Type mismatch occurred, expected checksum Type: ${checksum.algorithm.toLowerCase()}, actual checksum Type: ${claimed.algorithm.toLowerCase()}`,
    );
  }
  if (claimed && claimed.value !== checksum.value) throw badDigest(checksum.algorithm);
  const objectSize = header(call, 'x-amz-mp-object-size');
  if (objectSize !== undefined && objectSize !== String(size)) {
    throw invalidRequest(`The provided 'x-amz-mp-object-size' header value ${objectSize} does not match what was computed: ${size}`);
  }
}

/** The parts' bytes as one blob; a single part is the object already. */
async function assemble({ blobs }: Bucket, parts: readonly UploadPart[]): Promise<string> {
  const [only] = parts;
  if (parts.length === 1 && only) return only.blob;
  const blob = blobs.newId();
  const out = await open(blobs.incomingPath(blob), 'wx', BLOB_MODE);
  try {
    for (const part of parts) {
      for await (const piece of createReadStream(blobs.path(part.blob), { highWaterMark: READ_BYTES }))
        await out.writeFile(piece as Buffer);
    }
  } catch (error) {
    blobs.discard(blob);
    throw error;
  } finally {
    await out.close();
  }
  return blob;
}

async function complete(call: Call, bucket: Bucket, listed: readonly Listed[]): Promise<ObjectVersion> {
  const upload = uploadOf(call, bucket);
  const parts = chosenParts(upload, listed);
  const size = parts.reduce((sum, part) => sum + part.size, 0);
  const checksum = await wholeChecksum(upload, parts);
  verifyWhole(call, checksum, size);
  checkWrite(call, bucket.state.latest(call.key));
  const blob = await assemble(bucket, parts);
  lastCheck(bucket, blob, () => {
    uploadOf(call, bucket);
    checkWrite(call, bucket.state.latest(call.key));
  });
  const summaries = parts.map(({ partNumber, size: bytes, checksum: value }) => ({ partNumber, size: bytes, checksum: value }));
  const draft: Draft = { blob, size, etag: multipartEtag(parts), checksum, headers: upload.headers, parts: summaries };
  const { uploadId, key } = upload;
  return bucket.put(key, draft, originOf(call, 'CompleteMultipartUpload'), { uploadId, key, signature: signatureOf(listed) });
}

/** The version that an earlier, equal request made; S3 answers a repeated completion like the first. */
function repeated(bucket: Bucket, earlier: CompletedUpload, listed: readonly Listed[]): ObjectVersion {
  const version = bucket.state.find(earlier.key, earlier.versionId);
  if (!version || earlier.signature !== signatureOf(listed)) throw noSuchUpload(earlier.uploadId);
  return version;
}

export async function completeMultipartUpload(call: Call): Promise<Reply> {
  const bucket = bucketOf(call);
  allowWrite(call, { creates: true });
  const listed = listedParts(await receiveText(call.request.http, plainExpectations(call)));
  const uploadId = parameter(call, 'uploadId') ?? '';
  const version = await bucket.completions.run(uploadId, async () => {
    const earlier = bucket.state.completed.get(uploadId);
    return earlier?.key === call.key ? repeated(bucket, earlier, listed) : complete(call, bucket, listed);
  });
  const { checksum } = version;
  return {
    headers: { ...versionHeader(version.versionId), 'x-amz-server-side-encryption': 'AES256' },
    xml: document('CompleteMultipartUploadResult', {
      Location: `${call.kernel.endpoint}/${call.bucketName}/${encodeURIComponent(call.key)}`,
      Bucket: call.bucketName,
      Key: call.key,
      ETag: quoted(version.etag),
      [`Checksum${checksum?.algorithm ?? ''}`]: checksum?.value,
      ChecksumType: checksum?.type,
    }),
  };
}
