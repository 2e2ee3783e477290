import { NotEmulatedError } from '../kernel/errors';
import { REGION, type ResourceIdentity, type ResourceProvider } from '../kernel/types';
import type { BucketSettings } from './bucket';

/** Properties that change nothing here: there is no internet to be public to, and no month to keep objects for. */
const ACCEPTED: ReadonlySet<string> = new Set([
  'BucketName',
  'BucketEncryption',
  'LifecycleConfiguration',
  'LoggingConfiguration',
  'NotificationConfiguration',
  'OwnershipControls',
  'PublicAccessBlockConfiguration',
  'Tags',
  'VersioningConfiguration',
]);

const MAX_NAME = 63;
const VALID_NAME = /^(?!xn--)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;

/** `<stack>-<logicalId>` made a legal bucket name; the end is kept when it must be cut, because it tells buckets apart. */
export function bucketName(stackName: string, logicalId: string): string {
  const raw = `${stackName}-${logicalId}`.toLowerCase().replace(/[^a-z0-9-]+/g, '-');
  return raw.slice(-MAX_NAME).replace(/^[^a-z0-9]+|[^a-z0-9]+$/g, '');
}

function nameOf({ stackName, logicalId, properties, resolve }: ResourceIdentity): string {
  const name = properties.BucketName === undefined ? bucketName(stackName, logicalId) : String(resolve(properties.BucketName));
  if (!VALID_NAME.test(name)) {
    throw new RangeError(`${JSON.stringify(name)} is no bucket name, allowed: 3 to 63 of a-z, 0-9, dot and hyphen`);
  }
  return name;
}

const record = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};

function refuse(properties: Readonly<Record<string, unknown>>): void {
  const unknown = Object.keys(properties).find((name) => !ACCEPTED.has(name));
  if (unknown !== undefined) throw new NotEmulatedError(`AWS::S3::Bucket.${unknown}`);
  const targets = Object.keys(record(properties.NotificationConfiguration)).find((name) => name !== 'EventBridgeConfiguration');
  if (targets !== undefined) throw new NotEmulatedError(`AWS::S3::Bucket.NotificationConfiguration.${targets}`);
}

/** What a bucket's properties mean here; what they cannot mean is refused by name. */
export function settingsOf(properties: Readonly<Record<string, unknown>>): BucketSettings {
  refuse(properties);
  const status = record(properties.VersioningConfiguration).Status;
  if (status !== undefined && status !== 'Enabled') throw new NotEmulatedError(`AWS::S3::Bucket versioning status ${String(status)}`);
  const { EventBridgeConfiguration: bridge } = record(properties.NotificationConfiguration);
  const enabled = record(bridge).EventBridgeEnabled;
  // As in CloudFormation, the presence of the configuration is enough.
  return { versioned: status === 'Enabled', notifies: bridge !== undefined && String(enabled ?? true) === 'true' };
}

const attributesOf = (name: string): Record<string, string> => ({
  Arn: `arn:aws:s3:::${name}`,
  DomainName: `${name}.s3.amazonaws.com`,
  RegionalDomainName: `${name}.s3.${REGION}.amazonaws.com`,
  DualStackDomainName: `${name}.s3.dualstack.${REGION}.amazonaws.com`,
  WebsiteURL: `http://${name}.s3-website-${REGION}.amazonaws.com`,
});

export function bucketProvider(open: (name: string, settings: BucketSettings) => void): ResourceProvider {
  return {
    type: 'AWS::S3::Bucket',
    identify: (identity) => {
      const name = nameOf(identity);
      return { ref: name, attributes: attributesOf(name) };
    },
    create: async ({ ref, properties }) => open(ref, settingsOf(properties)),
  };
}

/** A bucket policy is evaluated where every policy is, in the kernel; there is nothing to bring up. */
export const bucketPolicyProvider: ResourceProvider = {
  type: 'AWS::S3::BucketPolicy',
  identify: ({ stackName, logicalId }) => ({ ref: `${stackName}-${logicalId}`, attributes: {} }),
  create: async () => undefined,
};
