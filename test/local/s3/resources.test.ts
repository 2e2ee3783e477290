import fc from 'fast-check';
import type { ResourceIdentity } from '../../../local/kernel/types';
import { bucketName, bucketPolicyProvider, bucketProvider, settingsOf } from '../../../local/s3/resources';
import { createBucket, startS3, VERSIONED } from './support';

const identity = (properties: Record<string, unknown> = {}, resolve: (value: unknown) => unknown = (value) => value): ResourceIdentity => ({
  stackName: 'Batchwright-Storage',
  logicalId: 'InputBucket0A1B2C3D',
  type: 'AWS::S3::Bucket',
  properties,
  resolve,
});
const provider = bucketProvider(() => undefined);

test('a bucket is named after its stack and logical id', () => {
  expect(provider.identify(identity())).toEqual({
    ref: 'batchwright-storage-inputbucket0a1b2c3d',
    attributes: {
      Arn: 'arn:aws:s3:::batchwright-storage-inputbucket0a1b2c3d',
      DomainName: 'batchwright-storage-inputbucket0a1b2c3d.s3.amazonaws.com',
      RegionalDomainName: 'batchwright-storage-inputbucket0a1b2c3d.s3.us-east-1.amazonaws.com',
      DualStackDomainName: 'batchwright-storage-inputbucket0a1b2c3d.s3.dualstack.us-east-1.amazonaws.com',
      WebsiteURL: 'http://batchwright-storage-inputbucket0a1b2c3d.s3-website-us-east-1.amazonaws.com',
    },
  });
});

test('an explicit name is resolved and used', () => {
  const properties = { BucketName: { 'Fn::Sub': 'x' } };

  expect(provider.identify(identity(properties, () => 'my-bucket')).ref).toBe('my-bucket');
  expect(() => provider.identify(identity(properties, () => 'My_Bucket'))).toThrow(/"My_Bucket" is no bucket name/);
});

test('every stack and logical id makes a legal name', () => {
  const stack = fc.stringMatching(/^[A-Za-z][A-Za-z0-9-]{0,127}$/);
  const logicalId = fc.stringMatching(/^[A-Za-z0-9]{1,255}$/);
  fc.assert(fc.property(stack, logicalId, (a, b) => expect(bucketName(a, b)).toMatch(/^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/)));
});

test.each([
  [{}, { versioned: false, notifies: false }],
  [VERSIONED, { versioned: true, notifies: false }],
  [{ NotificationConfiguration: { EventBridgeConfiguration: {} } }, { versioned: false, notifies: true }],
  [{ NotificationConfiguration: { EventBridgeConfiguration: { EventBridgeEnabled: true } } }, { versioned: false, notifies: true }],
  [{ NotificationConfiguration: { EventBridgeConfiguration: { EventBridgeEnabled: 'false' } } }, { versioned: false, notifies: false }],
  [
    { BucketEncryption: {}, LifecycleConfiguration: { Rules: [] }, Tags: [] },
    { versioned: false, notifies: false },
  ],
])('%j means %j', (properties, settings) => {
  expect(settingsOf(properties)).toEqual(settings);
});

test.each([
  [{ ReplicationConfiguration: {} }, /AWS::S3::Bucket\.ReplicationConfiguration is not emulated/],
  [{ NotificationConfiguration: { QueueConfigurations: [] } }, /NotificationConfiguration\.QueueConfigurations is not emulated/],
  [{ VersioningConfiguration: { Status: 'Suspended' } }, /versioning status Suspended is not emulated/],
])('%j is refused by name', (properties, message) => {
  expect(() => settingsOf(properties)).toThrow(message);
});

test('bringing a bucket up again keeps its objects and takes its new settings, but never turns versioning off', async () => {
  const cloud = await startS3({ bucket: {} });
  const version = cloud.s3.putObject('bucket', 'k', Buffer.from('x'));
  await createBucket(cloud.s3, 'bucket', VERSIONED);

  expect(version).toBe('null');
  expect(cloud.s3.putObject('bucket', 'k', Buffer.from('x'))).toBe('null');
  expect(cloud.s3.putObject('bucket', 'k', Buffer.from('y'))).not.toBe('null');
  await expect(createBucket(cloud.s3, 'bucket', {})).rejects.toThrow(/turning off the versioning of bucket bucket/);
  await cloud.stop();
});

test('a bucket policy is known and has nothing to bring up', async () => {
  const { ref } = bucketPolicyProvider.identify({ ...identity(), type: 'AWS::S3::BucketPolicy', logicalId: 'Policy' });

  expect(ref).toBe('Batchwright-Storage-Policy');
  await expect(bucketPolicyProvider.create({ ...identity(), ref, attributes: {}, assetPath: String })).resolves.toBeUndefined();
});
