import { allowBucket, allowObject } from './access';
import { bucketOf, type Call, parameter, quoted, type Reply } from './call';
import { commonPrefixes, keyWriter, OWNER, page, pageSize } from './listing';
import type { Upload } from './model';
import { uploadOf } from './multipart';
import { fromOrderKey, toOrderKey } from './ordered-keys';
import { document, elements, type Xml } from './xml';

export function listParts(call: Call): Reply {
  const bucket = bucketOf(call);
  allowObject(call, 's3:ListMultipartUploadParts');
  const { parts, algorithm, type, chosen, uploadId } = uploadOf(call, bucket);
  const size = pageSize(call, 'max-parts');
  const after = Number(parameter(call, 'part-number-marker') ?? 0);
  const rest = [...parts.values()].filter(({ partNumber }) => partNumber > after).toSorted((a, b) => a.partNumber - b.partNumber);
  const { items, more } = page(rest, size);
  return {
    xml: document('ListPartsResult', {
      Bucket: call.bucketName,
      Key: call.key,
      UploadId: uploadId,
      Initiator: OWNER,
      Owner: OWNER,
      StorageClass: 'STANDARD',
      PartNumberMarker: after,
      NextPartNumberMarker: items.at(-1)?.partNumber ?? after,
      MaxParts: size,
      IsTruncated: more,
      ChecksumAlgorithm: chosen ? algorithm : undefined,
      ChecksumType: chosen ? type : undefined,
      Part: items.map((part) =>
        elements({
          PartNumber: part.partNumber,
          LastModified: new Date(part.modifiedMs).toISOString(),
          ETag: quoted(part.etag),
          Size: part.size,
          [`Checksum${algorithm}`]: part.checksum,
        }),
      ),
    }),
  };
}

interface Pending {
  /** Order key. */
  readonly key: string;
  readonly upload: Upload;
}
type Line = Pending | { readonly prefix: string };

/** By key, then by when they were begun; the id makes the order total. */
function compare(a: Pending, b: Pending): number {
  if (a.key !== b.key) return a.key < b.key ? -1 : 1;
  if (a.upload.initiatedMs !== b.upload.initiatedMs) return a.upload.initiatedMs - b.upload.initiatedMs;
  return a.upload.uploadId < b.upload.uploadId ? -1 : 1;
}

interface Shape {
  readonly prefix: string;
  readonly delimiter: string;
  readonly keyMarker: string | undefined;
  readonly uploadMarker: string | undefined;
}

/** Uploads behind the marker; without an upload id the marker's whole key is behind it. */
function afterMarker(sorted: readonly Pending[], { keyMarker, uploadMarker }: Shape): readonly Pending[] {
  if (keyMarker === undefined) return sorted;
  const marked = sorted.findIndex(({ key, upload }) => key === keyMarker && upload.uploadId === uploadMarker);
  return sorted.filter(({ key }, index) => key > keyMarker || (marked >= 0 && key === keyMarker && index > marked));
}

function* fold(pendings: readonly Pending[], { prefix, delimiter, keyMarker }: Shape): Generator<Line> {
  let folded: string | undefined;
  for (const pending of pendings) {
    const end = delimiter === '' ? -1 : pending.key.indexOf(delimiter, prefix.length);
    if (end < 0) {
      yield pending;
      continue;
    }
    const common = pending.key.slice(0, end + delimiter.length);
    if (common !== folded && common !== keyMarker) yield { prefix: common };
    folded = common;
  }
}

function uploadElement({ upload }: Pending, write: (key: string) => string): Xml {
  return elements({
    Key: write(upload.key),
    UploadId: upload.uploadId,
    Initiator: OWNER,
    Owner: OWNER,
    StorageClass: 'STANDARD',
    Initiated: new Date(upload.initiatedMs).toISOString(),
    ChecksumAlgorithm: upload.chosen ? upload.algorithm : undefined,
    ChecksumType: upload.chosen ? upload.type : undefined,
  });
}

function nextMarker(last: Line | undefined, write: (key: string) => string): Readonly<Record<string, string>> {
  if (last === undefined) return {};
  return 'prefix' in last
    ? { NextKeyMarker: write(fromOrderKey(last.prefix)), NextUploadIdMarker: '' }
    : { NextKeyMarker: write(last.upload.key), NextUploadIdMarker: last.upload.uploadId };
}

export function listMultipartUploads(call: Call): Reply {
  const { state } = bucketOf(call);
  allowBucket(call, 's3:ListBucketMultipartUploads');
  const size = pageSize(call, 'max-uploads');
  const write = keyWriter(call);
  const [prefix, delimiter, keyMarker] = ['prefix', 'delimiter', 'key-marker'].map((name) => parameter(call, name));
  const uploadMarker = parameter(call, 'upload-id-marker');
  const shape: Shape = {
    prefix: toOrderKey(prefix ?? ''),
    delimiter: toOrderKey(delimiter ?? ''),
    keyMarker: keyMarker === undefined ? undefined : toOrderKey(keyMarker),
    uploadMarker,
  };
  const pendings = Array.from(state.uploads.values(), (upload) => ({ key: toOrderKey(upload.key), upload }));
  const sorted = pendings.filter(({ key }) => key.startsWith(shape.prefix)).toSorted(compare);
  const { items, more } = page(fold(afterMarker(sorted, shape), shape), size);
  return {
    xml: document('ListMultipartUploadsResult', {
      Bucket: call.bucketName,
      Prefix: write(prefix ?? ''),
      Delimiter: delimiter === undefined ? undefined : write(delimiter),
      KeyMarker: write(keyMarker ?? ''),
      UploadIdMarker: uploadMarker ?? '',
      ...(more ? nextMarker(items.at(-1), write) : {}),
      MaxUploads: size,
      EncodingType: parameter(call, 'encoding-type'),
      IsTruncated: more,
      Upload: items.filter((item) => 'upload' in item).map((item) => uploadElement(item, write)),
      CommonPrefixes: commonPrefixes(
        items.filter((item) => 'prefix' in item),
        write,
      ),
    }),
  };
}
