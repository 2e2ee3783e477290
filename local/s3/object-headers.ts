import { type Call, header, quoted } from './call';
import { notImplemented, S3Error } from './errors';
import { checksumHeader } from './expectations';
import { NULL_VERSION, type ObjectVersion, type StoredChecksum, type StoredHeaders } from './model';

const KEPT = ['content-type', 'content-encoding', 'cache-control', 'content-disposition', 'content-language', 'expires'] as const;
const METADATA = 'x-amz-meta-';
const MAX_METADATA_BYTES = 2048;

/** Request headers that ask for what is not emulated, with the values that ask for nothing. */
const REFUSED: Readonly<Record<string, readonly string[]>> = {
  'x-amz-acl': ['private', 'bucket-owner-full-control'],
  'x-amz-storage-class': ['STANDARD'],
  'x-amz-server-side-encryption': ['AES256'],
  'x-amz-tagging': [],
  'x-amz-tagging-directive': ['COPY'],
  'x-amz-website-redirect-location': [],
  'x-amz-write-offset-bytes': [],
};
const REFUSED_PREFIXES = [
  'x-amz-grant-',
  'x-amz-object-lock-',
  'x-amz-server-side-encryption-',
  'x-amz-copy-source-server-side-encryption-',
];

/** Refuses by name what a write asks for beyond bytes and metadata. */
export function refuseUnknownHeaders(call: Call): void {
  for (const name of Object.keys(call.request.http.headers)) {
    const value = header(call, name) ?? '';
    const allowed = REFUSED[name];
    if (allowed && !allowed.includes(value)) throw notImplemented(`${name}: ${value}`);
    if (REFUSED_PREFIXES.some((prefix) => name.startsWith(prefix))) throw notImplemented(name);
  }
}

function contentEncoding(value: string): string {
  return value
    .split(',')
    .map((coding) => coding.trim())
    .filter((coding) => coding !== 'aws-chunked' && coding !== '')
    .join(',');
}

/** The headers of a write that come back with the object. */
export function storedHeaders(call: Call): StoredHeaders {
  const kept = KEPT.map((name) => [name, header(call, name)] as const)
    .map(([name, value]) => [name, name === 'content-encoding' && value !== undefined ? contentEncoding(value) : value] as const)
    .filter((entry): entry is [(typeof KEPT)[number], string] => entry[1] !== undefined && entry[1] !== '');
  const metadata = Object.keys(call.request.http.headers)
    .filter((name) => name.startsWith(METADATA))
    .map((name) => [name, header(call, name) ?? ''] as const);
  const bytes = metadata.reduce((sum, [name, value]) => sum + name.length - METADATA.length + Buffer.byteLength(value), 0);
  if (bytes > MAX_METADATA_BYTES) {
    throw new S3Error('MetadataTooLarge', 'Your metadata headers exceed the maximum allowed metadata size', {
      fields: { Size: String(bytes), MaxSizeAllowed: String(MAX_METADATA_BYTES) },
    });
  }
  return Object.fromEntries([...kept, ...metadata]);
}

export const versionHeader = (versionId: string): Record<string, string> =>
  versionId === NULL_VERSION ? {} : { 'x-amz-version-id': versionId };

export const checksumHeaders = (checksum: StoredChecksum | undefined): Record<string, string> =>
  checksum ? { [checksumHeader(checksum.algorithm)]: checksum.value, 'x-amz-checksum-type': checksum.type } : {};

/** What a write answers about the version it made. */
export const writtenHeaders = (version: ObjectVersion): Record<string, string> => ({
  etag: quoted(version.etag),
  ...versionHeader(version.versionId),
  ...checksumHeaders(version.checksum),
  'x-amz-server-side-encryption': 'AES256',
});

/** What a read answers about a version, without its length. */
export const readHeaders = (version: ObjectVersion): Record<string, string> => ({
  'accept-ranges': 'bytes',
  'content-type': 'binary/octet-stream',
  ...version.headers,
  etag: quoted(version.etag),
  'last-modified': new Date(version.modifiedMs).toUTCString(),
  ...versionHeader(version.versionId),
  'x-amz-server-side-encryption': 'AES256',
});
