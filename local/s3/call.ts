import type { ApiRequest, Kernel } from '../kernel/types';
import type { Bucket } from './bucket';
import { noSuchBucket } from './errors';
import type { Origin } from './notifications';

/** One request taken apart, and the world it acts on. */
export interface Call {
  readonly request: ApiRequest;
  /** Empty for requests to the service itself. */
  readonly bucketName: string;
  /** Empty for requests to a bucket. */
  readonly key: string;
  readonly query: URLSearchParams;
  readonly kernel: Kernel;
  readonly buckets: ReadonlyMap<string, Bucket>;
}

/** Part of a file on its way out; the descriptor is closed by whoever sends it. */
export interface FileBody {
  readonly fd: number;
  readonly start: number;
  readonly length: number;
}

/** An answer; `x-amz-request-id` and the like are added when it is sent. */
export interface Reply {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly xml?: string;
  readonly file?: FileBody;
}

/** A header's value; undefined when absent. */
export function header(call: Call, name: string): string | undefined {
  const value = call.request.http.headers[name];
  return Array.isArray(value) ? value.join(', ') : value;
}

/** A query parameter that is present and not empty. */
export const parameter = (call: Call, name: string): string | undefined => call.query.get(name) || undefined;

export function bucketOf(call: Call, name: string = call.bucketName): Bucket {
  const bucket = call.buckets.get(name);
  if (!bucket) throw noSuchBucket(name);
  return bucket;
}

export const originOf = (call: Call, reason: Origin['reason']): Origin => ({
  requestId: call.request.requestId,
  sourceIp: call.request.http.socket.remoteAddress ?? '127.0.0.1',
  reason,
});

export const quoted = (etag: string): string => `"${etag}"`;
