import { createHash } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { join } from 'node:path';
import { NotEmulatedError } from '../kernel/errors';
import type { ApiRequest, EventBus, Kernel, Service } from '../kernel/types';
import { Bucket, type BucketSettings } from './bucket';
import { crc32Hasher } from './checksums';
import { noSuchBucket } from './errors';
import { bucketPolicyProvider, bucketProvider } from './resources';
import { findRoute, parseCall } from './router';
import { isUnforeseen, sendError, sendReply } from './send';

/** The local S3, with a way in for whoever brings up the templates. */
export interface S3Service extends Service {
  /** Puts an object without a request, unless its latest version holds the same bytes; returns the latest version's id. */
  putObject(bucket: string, key: string, body: Buffer): string;
}

/** Opens a bucket when its template is first brought up, and gives it its present settings every time. */
function openBucket(buckets: Map<string, Bucket>, place: ConstructorParameters<typeof Bucket>[0], started: boolean): void {
  const existing = buckets.get(place.name);
  if (existing?.versioned && !place.settings.versioned) {
    throw new NotEmulatedError(`turning off the versioning of bucket ${place.name}`);
  }
  if (existing) {
    existing.configure(place.settings);
    return;
  }
  const bucket = new Bucket(place);
  buckets.set(place.name, bucket);
  if (started) bucket.start();
}

function putDirectly(bucket: Bucket, key: string, body: Buffer): string {
  const etag = createHash('md5').update(body).digest('hex');
  const latest = bucket.state.latest(key);
  if (latest && !latest.deleteMarker && latest.etag === etag && latest.size === body.length) return latest.versionId;
  const crc = crc32Hasher();
  crc.update(body);
  const checksum = { algorithm: 'CRC32', type: 'FULL_OBJECT', value: crc.digest().toString('base64') } as const;
  const origin = { requestId: 'deployment', sourceIp: '127.0.0.1', reason: 'PutObject' } as const;
  return bucket.put(key, { blob: bucket.blobs.write(body), size: body.length, etag, checksum }, origin).versionId;
}

async function serve(
  request: ApiRequest,
  response: ServerResponse,
  world: { kernel: Kernel; buckets: Map<string, Bucket> },
): Promise<void> {
  try {
    const call = parseCall(request, world);
    await sendReply(request, response, await findRoute(call)(call));
  } catch (error) {
    if (isUnforeseen(error)) world.kernel.log(`s3: ${request.http.method} ${request.http.url}: ${(error as Error).stack ?? String(error)}`);
    sendError(request, response, error);
  }
}

/** S3 over its REST-XML protocol, path-style; state in `<stateDir>/s3/`. */
export function createS3(kernel: Kernel, bus: EventBus): S3Service {
  const root = join(kernel.stateDir, 's3');
  mkdirSync(root, { recursive: true });
  const buckets = new Map<string, Bucket>();
  let started = false;
  const open = (name: string, settings: BucketSettings): void =>
    openBucket(buckets, { root, name, settings, publish: (event) => bus.publish(event), log: (line) => kernel.log(line) }, started);

  return {
    signingName: 's3',
    handle: (request, response) => serve(request, response, { kernel, buckets }),
    providers: [bucketProvider(open), bucketPolicyProvider],
    start: async () => {
      started = true;
      for (const bucket of buckets.values()) bucket.start();
    },
    stop: async () => {
      started = false;
      for (const bucket of buckets.values()) bucket.close();
      buckets.clear();
    },
    putObject: (name, key, body) => {
      const bucket = buckets.get(name);
      if (!bucket) throw noSuchBucket(name);
      return putDirectly(bucket, key, body);
    },
  };
}
