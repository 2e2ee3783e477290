import type { IncomingMessage } from 'node:http';

/** S3's operations by level, method and the query parameter that tells them apart. */
const S3_OPERATIONS: Readonly<Record<string, string>> = {
  'service GET': 'ListBuckets',
  'bucket HEAD': 'HeadBucket',
  'bucket GET versions': 'ListObjectVersions',
  'bucket GET uploads': 'ListMultipartUploads',
  'bucket GET list-type': 'ListObjectsV2',
  'bucket POST delete': 'DeleteObjects',
  'object GET': 'GetObject',
  'object HEAD': 'HeadObject',
  'object GET uploadId': 'ListParts',
  'object PUT': 'PutObject',
  'object PUT uploadId': 'UploadPart',
  'object POST uploads': 'CreateMultipartUpload',
  'object POST uploadId': 'CompleteMultipartUpload',
  'object DELETE': 'DeleteObject',
  'object DELETE uploadId': 'AbortMultipartUpload',
};

const SELECTORS = ['uploads', 'uploadId', 'versions', 'delete', 'list-type'];

function s3Operation({ method = '', headers }: IncomingMessage, url: URL): string {
  const [, bucket = '', key = ''] = /^\/([^/]*)\/?(.*)$/s.exec(url.pathname) ?? [];
  const level = bucket === '' ? 'service' : key === '' ? 'bucket' : 'object';
  const selector = SELECTORS.find((name) => url.searchParams.has(name)) ?? '';
  if (headers['x-amz-copy-source'] !== undefined) return selector === '' ? 'CopyObject' : 'UploadPartCopy';
  const shape = `${level} ${method} ${selector}`.trim();
  return S3_OPERATIONS[shape] ?? shape;
}

/** Batch's paths are its operations in small letters. */
const BATCH_OPERATIONS = ['SubmitJob', 'DescribeJobs', 'ListJobs', 'CancelJob', 'TerminateJob', 'DescribeJobDefinitions'];

const batchOperation = ({ pathname }: URL): string => {
  const last = pathname.split('/').at(-1) ?? '';
  return BATCH_OPERATIONS.find((name) => name.toLowerCase() === last) ?? last;
};

/** The operation of a request, from what is known before its body is read; `Query` where only the body names it (SNS). */
export function operationName(service: string, http: IncomingMessage, url: URL): string {
  const target = String(http.headers['x-amz-target'] ?? '');
  if (target !== '') return target.slice(target.lastIndexOf('.') + 1);
  if (service === 's3') return s3Operation(http, url);
  if (service === 'batch') return batchOperation(url);
  if (service === 'lambda' && url.pathname.endsWith('/invocations')) return 'Invoke';
  const [, rpc] = /\/operation\/(\w+)$/.exec(url.pathname) ?? [];
  return rpc ?? 'Query';
}
