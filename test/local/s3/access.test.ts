import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetBucketLocationCommand,
  GetBucketVersioningCommand,
  GetObjectAttributesCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListBucketsCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  ListPartsCommand,
  PutObjectCommand,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { startS3, type TestCloud, VERSIONED } from './support';

const Bucket = 'guarded';
const BUCKET_ARN = 'arn:aws:s3:::guarded';
const KEY_ARN = `${BUCKET_ARN}/dir/key`;
const object = { Bucket, Key: 'dir/key' };
let cloud: TestCloud;
let UploadId: string;
let VersionId: string;

beforeAll(async () => {
  cloud = await startS3({ guarded: VERSIONED });
  VersionId = (await cloud.client.send(new PutObjectCommand({ ...object, Body: 'x' }))).VersionId!;
  UploadId = (await cloud.client.send(new CreateMultipartUploadCommand(object))).UploadId!;
});
beforeEach(() => {
  cloud.asked.splice(0);
  cloud.denied.clear();
});
afterAll(() => cloud.stop());

type Send = (client: S3Client) => Promise<unknown>;

test.each<[string, string, Send]>([
  ['s3:ListAllMyBuckets', '*', (client) => client.send(new ListBucketsCommand({}))],
  ['s3:ListBucket', BUCKET_ARN, (client) => client.send(new HeadBucketCommand({ Bucket }))],
  ['s3:GetBucketLocation', BUCKET_ARN, (client) => client.send(new GetBucketLocationCommand({ Bucket }))],
  ['s3:GetBucketVersioning', BUCKET_ARN, (client) => client.send(new GetBucketVersioningCommand({ Bucket }))],
  ['s3:ListBucket', BUCKET_ARN, (client) => client.send(new ListObjectsV2Command({ Bucket, Prefix: 'dir/' }))],
  ['s3:ListBucketVersions', BUCKET_ARN, (client) => client.send(new ListObjectVersionsCommand({ Bucket }))],
  ['s3:ListBucketMultipartUploads', BUCKET_ARN, (client) => client.send(new ListMultipartUploadsCommand({ Bucket }))],
  ['s3:PutObject', KEY_ARN, (client) => client.send(new PutObjectCommand({ ...object, Body: 'x' }))],
  ['s3:GetObject', KEY_ARN, (client) => client.send(new GetObjectCommand(object))],
  ['s3:GetObject', KEY_ARN, (client) => client.send(new HeadObjectCommand(object))],
  ['s3:GetObjectVersion', KEY_ARN, (client) => client.send(new GetObjectCommand({ ...object, VersionId }))],
  ['s3:PutObject', KEY_ARN, (client) => client.send(new CreateMultipartUploadCommand(object))],
  ['s3:PutObject', KEY_ARN, (client) => client.send(new UploadPartCommand({ ...object, UploadId, PartNumber: 1, Body: 'x' }))],
  ['s3:ListMultipartUploadParts', KEY_ARN, (client) => client.send(new ListPartsCommand({ ...object, UploadId }))],
  [
    's3:PutObject',
    KEY_ARN,
    (client) => client.send(new CompleteMultipartUploadCommand({ ...object, UploadId, MultipartUpload: { Parts: [{ PartNumber: 1 }] } })),
  ],
  ['s3:AbortMultipartUpload', KEY_ARN, (client) => client.send(new AbortMultipartUploadCommand({ ...object, UploadId }))],
  ['s3:DeleteObject', KEY_ARN, (client) => client.send(new DeleteObjectCommand(object))],
  ['s3:DeleteObjectVersion', KEY_ARN, (client) => client.send(new DeleteObjectCommand({ ...object, VersionId }))],
])('%s on %s is asked before anything happens, and 403 answers a refusal', async (action, resource, send) => {
  cloud.denied.add(action);

  const refusal = await send(cloud.client).then(
    () => undefined,
    (error) => error,
  );

  expect(refusal.$metadata.httpStatusCode).toBe(403);
  expect(cloud.asked).toHaveLength(1);
  expect(cloud.asked[0]).toMatchObject({ action, resource, context: { 'aws:SecureTransport': 'true' } });
});

test('reading attributes needs the permission to read as well', async () => {
  await cloud.client.send(new GetObjectAttributesCommand({ ...object, VersionId, ObjectAttributes: ['ETag'] }));

  expect(cloud.asked.map(({ action }) => action)).toEqual(['s3:GetObjectVersion', 's3:GetObjectVersionAttributes']);
});

test('a copy needs to read its source and write its target', async () => {
  await cloud.client.send(new CopyObjectCommand({ Bucket, Key: 'copy', CopySource: `guarded/dir/key?versionId=${VersionId}` }));

  expect(cloud.asked.map(({ action, resource, context }) => [action, resource, context?.['s3:versionid']])).toEqual([
    ['s3:PutObject', `${BUCKET_ARN}/copy`, undefined],
    ['s3:GetObjectVersion', KEY_ARN, VersionId],
  ]);
});

test('deleting several asks for each', async () => {
  await cloud.client.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects: [{ Key: 'a' }, { Key: 'b', VersionId: 'v' }] } }));

  expect(cloud.asked.map(({ action, resource }) => [action, resource])).toEqual([
    ['s3:DeleteObject', `${BUCKET_ARN}/a`],
    ['s3:DeleteObjectVersion', `${BUCKET_ARN}/b`],
  ]);
});

test('conditions of the request are condition keys, and absent ones are absent', async () => {
  await cloud.client.send(new PutObjectCommand({ Bucket, Key: 'new', Body: 'x', IfNoneMatch: '*' }));
  await cloud.client.send(new ListObjectsV2Command({ Bucket, Prefix: 'dir/', Delimiter: '/', MaxKeys: 5 }));
  await cloud.client.send(new GetObjectCommand({ ...object, VersionId }));
  await cloud.client.send(new ListObjectsV2Command({ Bucket }));

  expect(cloud.asked.map(({ context }) => context)).toEqual([
    { 'aws:SecureTransport': 'true', 's3:if-none-match': '*', 's3:ObjectCreationOperation': 'true' },
    { 'aws:SecureTransport': 'true', 's3:prefix': 'dir/', 's3:delimiter': '/', 's3:max-keys': '5' },
    { 'aws:SecureTransport': 'true', 's3:versionid': VersionId },
    { 'aws:SecureTransport': 'true' },
  ]);
});

test('pieces of an upload create no object, its completion does', async () => {
  const upload = { Bucket, Key: 'pieces' };
  const { UploadId: id } = await cloud.client.send(new CreateMultipartUploadCommand(upload));
  const { ETag } = await cloud.client.send(new UploadPartCommand({ ...upload, UploadId: id, PartNumber: 1, Body: 'x' }));
  const MultipartUpload = { Parts: [{ PartNumber: 1, ETag }] };
  await cloud.client.send(new CompleteMultipartUploadCommand({ ...upload, UploadId: id, MultipartUpload, IfNoneMatch: '*' }));

  expect(
    cloud.asked.map(({ action, context }) => [action, context?.['s3:ObjectCreationOperation'], context?.['s3:if-none-match']]),
  ).toEqual([
    ['s3:PutObject', 'false', undefined],
    ['s3:PutObject', 'false', undefined],
    ['s3:PutObject', 'true', '*'],
  ]);
});

test.each([
  ['GET', (client: S3Client) => client.send(new GetObjectCommand({ Bucket, Key: 'missing' })), 'NoSuchKey'],
  ['HEAD', (client: S3Client) => client.send(new HeadObjectCommand({ Bucket, Key: 'missing' })), 'NotFound'],
])('%s of a missing key tells that it is missing only to those who may list', async (_, send, name) => {
  const open = await send(cloud.client).catch((error) => error);
  cloud.denied.add('s3:ListBucket');
  const closed = await send(cloud.client).catch((error) => error);

  expect(open.name).toBe(name);
  expect(closed.$metadata.httpStatusCode).toBe(403);
});
