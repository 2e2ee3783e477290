import type { ApiRequest, Kernel } from '../kernel/types';
import type { Bucket } from './bucket';
import type { Call, Reply } from './call';
import { completeMultipartUpload } from './complete';
import { copyObject } from './copy';
import { notImplemented, S3Error } from './errors';
import { listMultipartUploads, listParts } from './list-uploads';
import { listObjectVersions } from './list-versions';
import { listObjectsV2 } from './listing';
import { abortMultipartUpload, createMultipartUpload, uploadPart, uploadPartCopy } from './multipart';
import { getObject, getObjectAttributes, headObject } from './read';
import { getBucketLocation, getBucketVersioning, headBucket, listBuckets } from './service-level';
import { deleteObject, deleteObjects, putObject } from './write';

interface Route {
  readonly handle: (call: Call) => Reply | Promise<Reply>;
  /** Query parameters that the operation understands. */
  readonly query: readonly string[];
}

const route = (handle: Route['handle'], ...query: readonly string[]): Route => ({ handle, query });

const LISTING = ['prefix', 'delimiter', 'encoding-type'];

/**
 * By level, method and the query parameters that tell operations apart; `+copy` is the header `x-amz-copy-source`.
 * Whatever is not here is refused by name.
 */
const ROUTES: Readonly<Record<string, Route>> = {
  'service GET': route(listBuckets),
  'bucket HEAD': route(headBucket),
  'bucket GET location': route(getBucketLocation, 'location'),
  'bucket GET versioning': route(getBucketVersioning, 'versioning'),
  'bucket GET versions': route(listObjectVersions, 'versions', ...LISTING, 'key-marker', 'version-id-marker', 'max-keys'),
  'bucket GET uploads': route(listMultipartUploads, 'uploads', ...LISTING, 'key-marker', 'upload-id-marker', 'max-uploads'),
  'bucket GET list-type': route(listObjectsV2, 'list-type', ...LISTING, 'continuation-token', 'start-after', 'max-keys', 'fetch-owner'),
  'bucket POST delete': route(deleteObjects, 'delete'),
  'object GET': route(getObject, 'versionId', 'partNumber'),
  'object HEAD': route(headObject, 'versionId', 'partNumber'),
  'object GET attributes': route(getObjectAttributes, 'attributes', 'versionId'),
  'object GET uploadId': route(listParts, 'uploadId', 'max-parts', 'part-number-marker'),
  'object PUT': route(putObject),
  'object PUT +copy': route(copyObject),
  'object PUT uploadId': route(uploadPart, 'uploadId', 'partNumber'),
  'object PUT uploadId+copy': route(uploadPartCopy, 'uploadId', 'partNumber'),
  'object POST uploads': route(createMultipartUpload, 'uploads'),
  'object POST uploadId': route(completeMultipartUpload, 'uploadId'),
  'object DELETE': route(deleteObject, 'versionId'),
  'object DELETE uploadId': route(abortMultipartUpload, 'uploadId'),
};

/** Parameters that select an operation, in the order in which they are looked for. */
const SELECTORS = ['uploads', 'uploadId', 'attributes', 'versions', 'versioning', 'location', 'delete', 'list-type'];
/** Says which operation the SDK means, or carries a signature: no operation cares. */
const IGNORED = /^(x-id|X-Amz-.*)$/;

const invalidUri = (path: string): S3Error => new S3Error('InvalidURI', "Couldn't parse the specified URI.", { fields: { URI: path } });

/** Bucket and key from the path as it came: a URL parser would resolve `..` inside keys. */
function parsePath(target: string): { readonly bucketName: string; readonly key: string } {
  const path = target.split('?', 1)[0] ?? '';
  const match = /^\/([^/]*)(?:\/(.*))?$/s.exec(path);
  try {
    const [bucketName, key] = [decodeURIComponent(match?.[1] ?? ''), decodeURIComponent(match?.[2] ?? '')];
    return { bucketName, key };
  } catch {
    throw invalidUri(path);
  }
}

export function parseCall(request: ApiRequest, world: { readonly kernel: Kernel; readonly buckets: ReadonlyMap<string, Bucket> }): Call {
  return { request, ...parsePath(request.http.url ?? '/'), query: request.url.searchParams, ...world };
}

const level = ({ bucketName, key }: Call): 'service' | 'bucket' | 'object' =>
  bucketName === '' ? 'service' : key === '' ? 'bucket' : 'object';

/** The one operation that a request can mean; refused by name when that is not emulated. */
export function findRoute(call: Call): Route['handle'] {
  const { http } = call.request;
  const selector = SELECTORS.find((name) => call.query.has(name)) ?? '';
  const copy = http.headers['x-amz-copy-source'] === undefined ? '' : '+copy';
  const name = `${level(call)} ${http.method} ${selector}${copy}`.trim();
  const found = ROUTES[name];
  const stranger = [...call.query.keys()].find((key) => !IGNORED.test(key) && !found?.query.includes(key));
  if (!found || stranger !== undefined) {
    const operation = call.query.get('x-id') ?? `${http.method} on ${level(call) === 'service' ? 'the service' : `a ${level(call)}`}`;
    throw notImplemented(stranger === undefined ? operation : `${operation} with ?${stranger}`);
  }
  return found.handle;
}
