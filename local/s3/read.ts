import { openSync } from 'node:fs';
import { allowObject, mayList } from './access';
import { bucketOf, type Call, header, type Reply } from './call';
import { checkRead } from './conditions';
import { accessDenied, invalidArgument, noSuchKey, noSuchVersion, notImplemented, S3Error } from './errors';
import type { ObjectVersion } from './model';
import { checksumHeaders, readHeaders, versionHeader } from './object-headers';
import { document, elements } from './xml';

/** The version id that a request names; an empty one is refused. */
export function versionIdOf(call: Call): string | undefined {
  const versionId = call.query.get('versionId') ?? undefined;
  if (versionId === '') throw invalidArgument('Version id cannot be the empty string', 'versionId', '');
  return versionId;
}

const methodNotAllowed = (versionId: string): S3Error =>
  new S3Error('MethodNotAllowed', 'The specified method is not allowed against this resource.', {
    status: 405,
    fields: { ResourceType: 'DeleteMarker' },
    headers: { 'x-amz-delete-marker': 'true', ...versionHeader(versionId) },
  });

export interface Wanted {
  readonly bucket: string;
  readonly key: string;
  readonly versionId: string | undefined;
}

/** The version that a read names, or S3's error; a caller that may not list learns nothing of missing keys. */
export function findVersion(call: Call, { bucket, key, versionId }: Wanted): ObjectVersion {
  const { state } = bucketOf(call, bucket);
  const version = versionId === undefined ? state.latest(key) : state.find(key, versionId);
  if (version && !version.deleteMarker) return version;
  if (!mayList(call, bucket)) throw accessDenied();
  if (version && versionId !== undefined) throw methodNotAllowed(versionId);
  if (versionId !== undefined) throw noSuchVersion(key, versionId);
  throw noSuchKey(key, version ? { 'x-amz-delete-marker': 'true', ...versionHeader(version.versionId) } : {});
}

interface Span {
  readonly start: number;
  readonly length: number;
}

function invalidRange(range: string, size: number): S3Error {
  return new S3Error('InvalidRange', 'The requested range is not satisfiable', {
    status: 416,
    fields: { RangeRequested: range, ActualObjectSize: String(size) },
    headers: { 'content-range': `bytes */${size}` },
  });
}

/** The bytes that a Range header asks for; undefined when there is none or it means nothing, which is ignored as S3 does. */
export function parseRange(range: string | undefined, size: number): Span | undefined {
  if (range === undefined) return undefined;
  if (/^bytes=.*,/.test(range)) throw notImplemented(`more than one range (${range})`);
  const match = /^bytes=(\d*)-(\d*)$/.exec(range.trim());
  const [first, last] = [match?.[1] ?? '', match?.[2] ?? ''];
  if (!match || (first === '' && last === '')) return undefined;
  const start = first === '' ? Math.max(0, size - Number(last)) : Number(first);
  const end = first === '' || last === '' ? size : Math.min(size, Number(last) + 1);
  if (first !== '' && last !== '' && Number(last) < Number(first)) return undefined;
  if (start >= size || end <= start) throw invalidRange(range, size);
  return { start, length: end - start };
}

/** GetObject and HeadObject, which differ in the body only. */
function read(call: Call, open: (version: ObjectVersion, span: Span) => Reply['file']): Reply {
  if (call.query.has('partNumber')) throw notImplemented('reading one part (partNumber)');
  const versionId = versionIdOf(call);
  bucketOf(call);
  allowObject(call, versionId === undefined ? 's3:GetObject' : 's3:GetObjectVersion');
  const version = findVersion(call, { bucket: call.bucketName, key: call.key, versionId });
  const headers = readHeaders(version);
  checkRead(call, version, headers);
  const range = parseRange(header(call, 'range'), version.size);
  const span = range ?? { start: 0, length: version.size };
  // A checksum of the whole object would fail a client that verifies part of it.
  const wantsChecksum = !range && header(call, 'x-amz-checksum-mode')?.toUpperCase() === 'ENABLED';
  return {
    status: range ? 206 : 200,
    headers: {
      ...headers,
      ...(wantsChecksum && checksumHeaders(version.checksum)),
      ...(range && { 'content-range': `bytes ${span.start}-${span.start + span.length - 1}/${version.size}` }),
      'content-length': String(span.length),
    },
    file: open(version, span),
  };
}

export const getObject = (call: Call): Reply =>
  read(call, ({ blob = '' }, span) => ({ fd: openSync(bucketOf(call).blobs.path(blob), 'r'), ...span }));

export const headObject = (call: Call): Reply => read(call, () => undefined);

const ATTRIBUTES = ['ETag', 'Checksum', 'ObjectParts', 'StorageClass', 'ObjectSize'] as const;
const MAX_PARTS = 1000;

function partsElement(call: Call, { parts, checksum }: ObjectVersion): ReturnType<typeof elements> | undefined {
  if (!parts) return undefined;
  const after = Number(header(call, 'x-amz-part-number-marker') ?? 0);
  const max = Math.min(MAX_PARTS, Number(header(call, 'x-amz-max-parts') ?? MAX_PARTS));
  const rest = parts.filter(({ partNumber }) => partNumber > after);
  const page = rest.slice(0, max);
  return elements({
    PartsCount: parts.length,
    PartNumberMarker: after,
    NextPartNumberMarker: page.at(-1)?.partNumber ?? after,
    MaxParts: max,
    IsTruncated: rest.length > page.length,
    Part: page.map((part) =>
      elements({ PartNumber: part.partNumber, Size: part.size, [`Checksum${checksum?.algorithm ?? ''}`]: part.checksum }),
    ),
  });
}

/** GetObjectAttributes: needs the permission to read the object as well. */
export function getObjectAttributes(call: Call): Reply {
  const versionId = versionIdOf(call);
  bucketOf(call);
  const [read, attributes] =
    versionId === undefined ? ['s3:GetObject', 's3:GetObjectAttributes'] : ['s3:GetObjectVersion', 's3:GetObjectVersionAttributes'];
  allowObject(call, read as string);
  allowObject(call, attributes as string);
  const asked = (header(call, 'x-amz-object-attributes') ?? '').split(',').map((name) => name.trim());
  const unknown = asked.find((name) => !ATTRIBUTES.some((known) => known === name));
  if (unknown !== undefined) throw invalidArgument('Invalid attribute name specified.', 'x-amz-object-attributes', unknown);
  const version = findVersion(call, { bucket: call.bucketName, key: call.key, versionId });
  const { checksum } = version;
  const wants = (name: (typeof ATTRIBUTES)[number]): boolean => asked.includes(name);
  return {
    headers: { 'last-modified': new Date(version.modifiedMs).toUTCString(), ...versionHeader(version.versionId) },
    xml: document('GetObjectAttributesResponse', {
      ETag: wants('ETag') ? version.etag : undefined,
      Checksum:
        wants('Checksum') && checksum
          ? elements({ [`Checksum${checksum.algorithm}`]: checksum.value, ChecksumType: checksum.type })
          : undefined,
      ObjectParts: wants('ObjectParts') ? partsElement(call, version) : undefined,
      StorageClass: wants('StorageClass') ? 'STANDARD' : undefined,
      ObjectSize: wants('ObjectSize') ? version.size : undefined,
    }),
  };
}
