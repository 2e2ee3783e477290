import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import {
  chunksKey,
  claimKey,
  decisionKey,
  deliveredKey,
  deliveryKey,
  fenceKey,
  jobIdKey,
  markerKey,
  planKey,
  roundKey,
} from '../../core/keys';
import { StorageStack } from '../../lib/storage-stack';
import { type Cloud, startCloud } from '../../local/cloud';
import { removeTemporaryFolders, synthesized, temporaryFolder } from '../support/cloud-assembly';

/** The deployed bucket policy, on the bucket itself, against the administrator of the account. */

jest.setTimeout(180_000);

let cloud: Cloud;
let s3: S3Client;
let Bucket: string;

beforeAll(async () => {
  const assemblyDir = synthesized((app) => void new StorageStack(app, 'Ledger-Storage'));
  cloud = await startCloud({ assemblyDir, stateDir: temporaryFolder() });
  const { AWS_ACCESS_KEY_ID: accessKeyId = '', AWS_SECRET_ACCESS_KEY: secretAccessKey = '' } = cloud.adminEnvironment;
  s3 = new S3Client({ endpoint: cloud.endpoint, region: 'us-east-1', credentials: { accessKeyId, secretAccessKey } });
  Bucket = cloud.outputs['Ledger-Storage']?.StateBucketName ?? '';
});

afterAll(async () => {
  s3.destroy();
  await cloud.stop();
  removeTemporaryFolders();
});

const LEDGER: readonly (readonly [string, string])[] = [
  ['a marker', markerKey('run', '0000001')],
  ['a decision', decisionKey('run')],
  ['the decision of a redrive', decisionKey('run', 1)],
  ['a delivery', deliveryKey('run')],
  ['a batch of a delivery', deliveredKey('run', 0)],
  ['a plan', planKey('run')],
  ['a chunk list', chunksKey('run', 0)],
  ['a round', roundKey('run', 1)],
  ['a fence', fenceKey('run', 0, 0)],
  ['a job id', jobIdKey('run', 0, 0)],
  ['a claim', claimKey('orders', 'abc')],
];

describe.each(LEDGER)('%s', (_, Key) => {
  test('is written once, on the condition that it is new', async () => {
    await expect(s3.send(new PutObjectCommand({ Bucket, Key, Body: 'sneaked in' }))).rejects.toMatchObject({ name: 'AccessDenied' });

    await s3.send(new PutObjectCommand({ Bucket, Key, Body: 'first', IfNoneMatch: '*' }));

    await expect(s3.send(new PutObjectCommand({ Bucket, Key, Body: 'second', IfNoneMatch: '*' }))).rejects.toMatchObject({
      name: 'PreconditionFailed',
    });
    await expect(s3.send(new PutObjectCommand({ Bucket, Key, Body: 'third' }))).rejects.toMatchObject({ name: 'AccessDenied' });
  });

  test('is never deleted, neither its latest version nor one by its id', async () => {
    const { VersionId } = await s3.send(new GetObjectCommand({ Bucket, Key }));

    await expect(s3.send(new DeleteObjectCommand({ Bucket, Key }))).rejects.toMatchObject({ name: 'AccessDenied' });
    await expect(s3.send(new DeleteObjectCommand({ Bucket, Key, VersionId }))).rejects.toMatchObject({ name: 'AccessDenied' });
    const { Errors } = await s3.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects: [{ Key }, { Key, VersionId }] } }));
    expect(Errors?.map(({ Code }) => Code)).toEqual(['AccessDenied', 'AccessDenied']);

    expect(await (await s3.send(new GetObjectCommand({ Bucket, Key }))).Body?.transformToString()).toBe('first');
  });
});

test('a multipart upload is no way around it: its completion must be conditional too', async () => {
  const Key = markerKey('run', '0000009');
  const { UploadId } = await s3.send(new CreateMultipartUploadCommand({ Bucket, Key }));
  const { ETag } = await s3.send(new UploadPartCommand({ Bucket, Key, UploadId, PartNumber: 1, Body: 'piece' }));
  const MultipartUpload = { Parts: [{ PartNumber: 1, ETag }] };

  await expect(s3.send(new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload }))).rejects.toMatchObject({
    name: 'AccessDenied',
  });
  await s3.send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId }));
});

test('configs, which have versions, are written over', async () => {
  for (const Body of ['one', 'two']) await s3.send(new PutObjectCommand({ Bucket, Key: 'config/orders.json', Body }));

  expect(await (await s3.send(new GetObjectCommand({ Bucket, Key: 'config/orders.json' }))).Body?.transformToString()).toBe('two');
});
