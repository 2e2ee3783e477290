import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Caller } from '../kernel/types';
import { ACCOUNT, REGION } from '../kernel/types';

/** The person at the keyboard; easy to type on purpose, since nothing here is secret. */
const ADMIN_KEY = 'admin';

export const ADMIN: Caller = { kind: 'admin', arn: `arn:aws:iam::${ACCOUNT}:user/admin` };

/** Access key ids are 20 characters. */
const KEY_DIGITS = 16;

/** A role's access key id: derived, so that a process started before a restart is still known after it. */
export const accessKeyOf = (roleArn: string): string =>
  `ASIA${createHash('sha256').update(roleArn).digest('hex').slice(0, KEY_DIGITS).toUpperCase()}`;

/** Which caller has which access key id. */
export function callersByKey(roleArns: readonly string[]): ReadonlyMap<string, Caller> {
  const roles = roleArns.map((arn): [string, Caller] => [accessKeyOf(arn), { kind: 'role', arn }]);
  return new Map([[ADMIN_KEY, ADMIN], ...roles]);
}

/** Variables that make any AWS SDK or the AWS CLI call this cloud, and nothing else, as one caller. */
function environment(endpoint: string, accessKeyId: string): Readonly<Record<string, string>> {
  return {
    AWS_ENDPOINT_URL: endpoint,
    AWS_REGION: REGION,
    AWS_DEFAULT_REGION: REGION,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: accessKeyId,
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    // Deployed code runs on a newer Node; on this machine's the SDK would warn in every process.
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
  };
}

export const roleEnvironment = (endpoint: string, roleArn: string) => environment(endpoint, accessKeyOf(roleArn));

export const adminEnvironment = (endpoint: string) => environment(endpoint, ADMIN_KEY);

/** What a signature says about itself; it is not verified. */
export interface Credential {
  readonly accessKeyId: string;
  /** The service in the credential's scope. */
  readonly signingName: string;
}

/** `Credential=<access key>/<date>/<region>/<service>/aws4_request` of a signed or presigned request; undefined when unsigned. */
export function credentialOf({ headers }: Pick<IncomingMessage, 'headers'>, url: URL): Credential | undefined {
  const signed = /Credential=([^,\s]+)/.exec(headers.authorization ?? '')?.[1];
  const [accessKeyId, , , signingName] = (signed ?? url.searchParams.get('X-Amz-Credential') ?? '').split('/');
  return accessKeyId && signingName ? { accessKeyId, signingName } : undefined;
}
