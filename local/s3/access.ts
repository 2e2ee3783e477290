import { AccessDeniedError } from '../kernel/errors';
import { type Call, header } from './call';
import { accessDenied } from './errors';

/** IAM's condition keys and the headers they are taken from; an absent header is an absent key. */
const HEADER_KEYS: Readonly<Record<string, string>> = { 's3:if-none-match': 'if-none-match', 's3:if-match': 'if-match' };
const QUERY_KEYS: Readonly<Record<string, string>> = {
  's3:prefix': 'prefix',
  's3:delimiter': 'delimiter',
  's3:max-keys': 'max-keys',
  's3:versionid': 'versionId',
};

function context(call: Call): Record<string, string> {
  const fromHeaders = Object.entries(HEADER_KEYS).map(([key, name]) => [key, header(call, name)] as const);
  const fromQuery = Object.entries(QUERY_KEYS).map(([key, name]) => [key, call.query.get(name) ?? undefined] as const);
  const present = [...fromHeaders, ...fromQuery].filter((entry): entry is [string, string] => entry[1] !== undefined);
  // Policies that insist on TLS are satisfied: loopback stands for it.
  return { 'aws:SecureTransport': 'true', ...Object.fromEntries(present) };
}

const bucketArn = (bucket: string): string => `arn:aws:s3:::${bucket}`;
const objectArn = (bucket: string, key: string): string => `${bucketArn(bucket)}/${key}`;

function authorize(call: Call, action: string, resource: string, overrides: Record<string, string> = {}): void {
  try {
    call.kernel.authorize({ caller: call.request.caller, action, resource, context: { ...context(call), ...overrides } });
  } catch (error) {
    if (!(error instanceof AccessDeniedError)) throw error;
    throw accessDenied(error.message);
  }
}

export const allowService = (call: Call, action: string): void => authorize(call, action, '*');

export const allowBucket = (call: Call, action: string): void => authorize(call, action, bucketArn(call.bucketName));

export const allowObject = (call: Call, action: string): void => authorize(call, action, objectArn(call.bucketName, call.key));

/**
 * A write to a key: `creates` says whether it makes an object visible, which the pieces of an upload do not. Policies tell
 * the two apart by `s3:ObjectCreationOperation`.
 */
export const allowWrite = (call: Call, { creates }: { readonly creates: boolean }): void =>
  authorize(call, 's3:PutObject', objectArn(call.bucketName, call.key), { 's3:ObjectCreationOperation': String(creates) });

/** For requests that name other objects than the one in their path. */
export function allowOther(
  call: Call,
  action: string,
  other: { readonly bucket: string; readonly key: string; readonly versionId?: string },
): void {
  authorize(call, action, objectArn(other.bucket, other.key), other.versionId === undefined ? {} : { 's3:versionid': other.versionId });
}

/** Whether the caller may learn which keys of a bucket exist; without it S3 answers 403 for a missing key. */
export function mayList(call: Call, bucket: string): boolean {
  try {
    authorize(call, 's3:ListBucket', bucketArn(bucket));
    return true;
  } catch {
    return false;
  }
}
