import {
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  PutObjectCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import fc from 'fast-check';
import { nextSequencer } from '../../../local/s3/notifications';
import { NOTIFYING, startS3, type TestCloud } from './support';

const Bucket = 'loud';
let cloud: TestCloud;

beforeEach(async () => {
  cloud = await startS3({ loud: NOTIFYING, quiet: {} });
});
afterEach(() => cloud.stop());

const details = (): Record<string, unknown>[] => cloud.events.map(({ detail }) => detail as Record<string, unknown>);

test('a new object is announced as EventBridge would carry it, with its key raw', async () => {
  const { VersionId } = await cloud.client.send(new PutObjectCommand({ Bucket, Key: 'dir/a+b 100%.csv', Body: 'hello' }));

  expect(cloud.events).toEqual([
    {
      source: 'aws.s3',
      detailType: 'Object Created',
      resources: ['arn:aws:s3:::loud'],
      detail: {
        version: '0',
        bucket: { name: 'loud' },
        object: {
          key: 'dir/a+b 100%.csv',
          size: 5,
          etag: '5d41402abc4b2a76b9719d911017c592',
          'version-id': VersionId,
          sequencer: expect.stringMatching(/^[0-9A-F]{18}$/),
        },
        'request-id': 'request-1',
        requester: '000000000000',
        'source-ip-address': expect.stringMatching(/127\.0\.0\.1/),
        reason: 'PutObject',
      },
    },
  ]);
});

test('every way to make or remove an object has its reason', async () => {
  const at = { Bucket, Key: 'k' };
  await cloud.client.send(new PutObjectCommand({ ...at, Body: 'x' }));
  await cloud.client.send(new CopyObjectCommand({ Bucket, Key: 'copy', CopySource: 'loud/k' }));
  const { UploadId } = await cloud.client.send(new CreateMultipartUploadCommand(at));
  const { ETag } = await cloud.client.send(new UploadPartCommand({ ...at, UploadId, PartNumber: 1, Body: 'y' }));
  const MultipartUpload = { Parts: [{ PartNumber: 1, ETag }] };
  const { VersionId } = await cloud.client.send(new CompleteMultipartUploadCommand({ ...at, UploadId, MultipartUpload }));
  await cloud.client.send(new CompleteMultipartUploadCommand({ ...at, UploadId, MultipartUpload }));
  await cloud.client.send(new DeleteObjectCommand(at));
  await cloud.client.send(new DeleteObjectCommand({ ...at, VersionId }));

  expect(details().map((detail) => [detail.reason, detail['deletion-type']])).toEqual([
    ['PutObject', undefined],
    ['CopyObject', undefined],
    ['CompleteMultipartUpload', undefined],
    ['DeleteObject', 'Delete Marker Created'],
    ['DeleteObject', 'Permanently Deleted'],
  ]);
  expect(cloud.events.map(({ detailType }) => detailType).slice(2)).toEqual(['Object Created', 'Object Deleted', 'Object Deleted']);
});

test('refused writes and buckets without notifications are silent', async () => {
  await cloud.client.send(new PutObjectCommand({ Bucket: 'quiet', Key: 'k', Body: 'x' }));
  await cloud.client.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'x' }));
  await expect(cloud.client.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'y', IfNoneMatch: '*' }))).rejects.toThrow();

  expect(cloud.events).toHaveLength(1);
});

test('an event that the bus does not take fails no request and is delivered after the next change, in order', async () => {
  cloud.failEvents(true);
  await cloud.client.send(new PutObjectCommand({ Bucket, Key: 'one', Body: 'x' }));
  cloud.failEvents(false);
  await cloud.client.send(new PutObjectCommand({ Bucket, Key: 'two', Body: 'x' }));

  expect(details().map((detail) => (detail.object as { key: string }).key)).toEqual(['one', 'two']);
  expect(cloud.logged.join()).toMatch(/waits for the next change or restart: Error: the bus is full/);
});

test('an event that the bus did not take is delivered after a restart, and not again after another', async () => {
  cloud.failEvents(true);
  await cloud.client.send(new PutObjectCommand({ Bucket, Key: 'one', Body: 'x' }));

  cloud = await cloud.restart();
  const afterFirst = cloud.events.length;
  cloud = await cloud.restart();

  expect(afterFirst).toBe(1);
  expect(cloud.events).toEqual([]);
});

test('sequencers of a key grow, whatever the clock does', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 2 ** 42 }), { minLength: 2, maxLength: 50 }), (clock) => {
      const numbers: string[] = [];
      for (const now of clock) numbers.push(nextSequencer(numbers.at(-1) ?? '', now));

      expect(numbers).toEqual(numbers.toSorted());
      expect(new Set(numbers).size).toBe(numbers.length);
    }),
  );
});
