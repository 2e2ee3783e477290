import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import {
  CopyObjectCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetBucketLocationCommand,
  GetBucketVersioningCommand,
  GetObjectAttributesCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListBucketsCommand,
  PutObjectAclCommand,
  PutObjectCommand,
  PutObjectTaggingCommand,
} from '@aws-sdk/client-s3';
import { someBytes, startS3, type TestCloud, VERSIONED } from './support';

let cloud: TestCloud;
const Bucket = 'plain';

beforeAll(async () => {
  cloud = await startS3({ plain: {}, versioned: VERSIONED });
});
afterAll(() => cloud.stop());

const put = (Key: string, Body: string | Buffer, more: Record<string, unknown> = {}) =>
  cloud.client.send(new PutObjectCommand({ Bucket, Key, Body, ...more }));
const text = async (Key: string, more: Record<string, unknown> = {}): Promise<string> => {
  const { Body } = await cloud.client.send(new GetObjectCommand({ Bucket, Key, ...more }));
  return Body!.transformToString();
};
const failure = (promise: Promise<unknown>): Promise<{ name: string; status: number }> =>
  promise.then(
    () => ({ name: 'none', status: 200 }),
    (error) => ({ name: error.name, status: error.$metadata?.httpStatusCode }),
  );

describe('an object', () => {
  test('comes back with its bytes, type, encoding and metadata', async () => {
    await put('kept', 'hello', {
      ContentType: 'text/plain',
      ContentEncoding: 'identity',
      CacheControl: 'no-store',
      Metadata: { job: 'flights', note: 'a b' },
    });

    const got = await cloud.client.send(new GetObjectCommand({ Bucket, Key: 'kept' }));

    expect(await got.Body!.transformToString()).toBe('hello');
    expect(got).toMatchObject({
      ContentType: 'text/plain',
      ContentEncoding: 'identity',
      CacheControl: 'no-store',
      ContentLength: 5,
      ETag: '"5d41402abc4b2a76b9719d911017c592"',
      Metadata: { job: 'flights', note: 'a b' },
    });
  });

  test.each(['a b', 'a+b', '100%.csv', 'ümläut/☃/😀', "it's(1)!*", 'a//b', '../escape', 'a/../b', './x', 'trailing/', '&<>"', 'tab\there'])(
    'may have the key %j',
    async (key) => {
      await put(key, `body of ${key}`);

      expect(await text(key)).toBe(`body of ${key}`);
    },
  );

  test('of many megabytes streams through, and its plain file has the same bytes', async () => {
    const body = someBytes(9_000_000);

    await cloud.client.send(new PutObjectCommand({ Bucket, Key: 'big.bin', Body: Readable.from([body]), ContentLength: body.length }));
    const got = await cloud.client.send(new GetObjectCommand({ Bucket, Key: 'big.bin' }));
    const bytes = Buffer.from(await got.Body!.transformToByteArray());

    expect(bytes.equals(body)).toBe(true);
    expect(readFileSync(join(cloud.stateDir, 's3/plain/big.bin')).equals(body)).toBe(true);
    expect(got.ETag).toBe(`"${createHash('md5').update(body).digest('hex')}"`);
  });

  test('may be empty', async () => {
    await put('empty', '', { ContentLength: 0 });

    const head = await cloud.client.send(new HeadObjectCommand({ Bucket, Key: 'empty' }));

    expect(head.ContentLength).toBe(0);
    expect(await text('empty')).toBe('');
  });

  test('is replaced by a second write, in the folder too', async () => {
    await put('twice', 'one');
    await put('twice', 'two');

    expect(await text('twice')).toBe('two');
    expect(readFileSync(join(cloud.stateDir, 's3/plain/twice'), 'utf8')).toBe('two');
  });

  test('is gone after a delete, and deleting it again is harmless', async () => {
    await put('gone/soon', 'x');

    await cloud.client.send(new DeleteObjectCommand({ Bucket, Key: 'gone/soon' }));
    const again = await cloud.client.send(new DeleteObjectCommand({ Bucket, Key: 'gone/soon' }));

    expect(again.$metadata.httpStatusCode).toBe(204);
    expect(await failure(text('gone/soon'))).toEqual({ name: 'NoSuchKey', status: 404 });
    expect(existsSync(join(cloud.stateDir, 's3/plain/gone'))).toBe(false);
  });

  test('that is missing is a bodiless 404 to HEAD', async () => {
    const head = cloud.client.send(new HeadObjectCommand({ Bucket, Key: 'missing' }));

    expect(await failure(head)).toEqual({ name: 'NotFound', status: 404 });
  });
});

describe('a range', () => {
  const body = '0123456789';
  beforeAll(() => put('ranged', body));

  test.each([
    ['bytes=2-4', '234', 'bytes 2-4/10'],
    ['bytes=5-', '56789', 'bytes 5-9/10'],
    ['bytes=-3', '789', 'bytes 7-9/10'],
    ['bytes=-30', body, 'bytes 0-9/10'],
    ['bytes=8-99', '89', 'bytes 8-9/10'],
  ])('%s gives %s', async (Range, expected, ContentRange) => {
    const got = await cloud.client.send(new GetObjectCommand({ Bucket, Key: 'ranged', Range }));

    expect(await got.Body!.transformToString()).toBe(expected);
    expect(got).toMatchObject({ ContentRange, ContentLength: expected.length, $metadata: { httpStatusCode: 206 } });
  });

  test.each(['bytes=10-', 'bytes=99-100', 'bytes=-0'])('%s of ten bytes is not satisfiable', async (Range) => {
    expect(await failure(text('ranged', { Range }))).toEqual({ name: 'InvalidRange', status: 416 });
  });

  test.each(['bytes=4-2', 'lines=1-2', 'bytes=-'])('%s means nothing and is ignored', async (Range) => {
    expect(await text('ranged', { Range })).toBe(body);
  });

  test('of several stretches is refused by name', async () => {
    expect(await failure(text('ranged', { Range: 'bytes=0-1,3-4' }))).toEqual({ name: 'NotImplemented', status: 501 });
  });

  test('in the middle of megabytes is exact', async () => {
    const big = someBytes(3_000_000, 7);
    await put('ranged-big', big);

    const got = await cloud.client.send(new GetObjectCommand({ Bucket, Key: 'ranged-big', Range: 'bytes=1000000-2999998' }));

    expect(Buffer.from(await got.Body!.transformToByteArray()).equals(big.subarray(1_000_000, 2_999_999))).toBe(true);
  });
});

describe('a condition', () => {
  test('If-None-Match * creates once', async () => {
    await put('once', 'first', { IfNoneMatch: '*' });

    const second = put('once', 'second', { IfNoneMatch: '*' });

    expect(await failure(second)).toEqual({ name: 'PreconditionFailed', status: 412 });
    expect(await text('once')).toBe('first');
  });

  test('If-None-Match * lets exactly one of many writers win', async () => {
    const writers = Array.from({ length: 12 }, (_, i) => failure(put('race', `writer ${i}`, { IfNoneMatch: '*' })));

    const names = (await Promise.all(writers)).map(({ name }) => name);

    expect(names.filter((name) => name === 'none')).toHaveLength(1);
    expect(names.filter((name) => name === 'PreconditionFailed')).toHaveLength(11);
  });

  test('If-Match replaces only what was read', async () => {
    const { ETag } = await put('matched', 'one');

    await put('matched', 'two', { IfMatch: ETag });
    const stale = put('matched', 'three', { IfMatch: ETag });

    expect(await failure(stale)).toEqual({ name: 'PreconditionFailed', status: 412 });
    expect(await text('matched')).toBe('two');
  });

  test('If-Match on a missing key is NoSuchKey', async () => {
    expect(await failure(put('never', 'x', { IfMatch: '"abc"' }))).toEqual({ name: 'NoSuchKey', status: 404 });
  });

  test('on a read answers 412 or 304', async () => {
    const { ETag } = await put('read-condition', 'x');

    expect(await failure(text('read-condition', { IfMatch: '"other"' }))).toEqual({ name: 'PreconditionFailed', status: 412 });
    expect(await failure(text('read-condition', { IfNoneMatch: ETag }))).toMatchObject({ status: 304 });
    expect(await text('read-condition', { IfMatch: ETag, IfNoneMatch: '"other"' })).toBe('x');
    expect(await failure(text('read-condition', { IfModifiedSince: new Date(Date.now() + 60_000) }))).toMatchObject({ status: 304 });
    expect(await failure(text('read-condition', { IfUnmodifiedSince: new Date(0) }))).toMatchObject({ status: 412 });
  });

  test('on a delete keeps what does not match', async () => {
    await put('guarded', 'x');

    const stale = cloud.client.send(new DeleteObjectCommand({ Bucket, Key: 'guarded', IfMatch: '"other"' }));

    expect(await failure(stale)).toEqual({ name: 'PreconditionFailed', status: 412 });
    expect(await text('guarded')).toBe('x');
  });
});

describe('several objects', () => {
  test('are deleted in one request, each with its own answer', async () => {
    await put('del/1', 'x');
    await put('del/ & 2', 'x');

    const { Deleted, Errors } = await cloud.client.send(
      new DeleteObjectsCommand({ Bucket, Delete: { Objects: [{ Key: 'del/1' }, { Key: 'del/ & 2' }, { Key: 'del/none' }] } }),
    );

    expect(Deleted?.map(({ Key }) => Key)).toEqual(['del/1', 'del/ & 2', 'del/none']);
    expect(Errors).toBeUndefined();
    expect(await failure(text('del/ & 2'))).toMatchObject({ name: 'NoSuchKey' });
  });

  test('deleted quietly answer only with errors', async () => {
    cloud.denied.add('s3:DeleteObject');

    const { Deleted, Errors } = await cloud.client.send(
      new DeleteObjectsCommand({ Bucket, Delete: { Quiet: true, Objects: [{ Key: 'del/3' }] } }),
    );
    cloud.denied.clear();

    expect(Deleted).toBeUndefined();
    expect(Errors).toMatchObject([{ Key: 'del/3', Code: 'AccessDenied' }]);
  });
});

describe('a copy', () => {
  test('has the bytes, metadata and checksum of its source', async () => {
    await put('source +ü', 'copied', { ContentType: 'text/csv', Metadata: { a: '1' }, ChecksumAlgorithm: 'CRC32C' });

    await cloud.client.send(new CopyObjectCommand({ Bucket, Key: 'copy', CopySource: `plain/${encodeURIComponent('source +ü')}` }));
    const got = await cloud.client.send(new GetObjectCommand({ Bucket, Key: 'copy', ChecksumMode: 'ENABLED' }));

    expect(await got.Body!.transformToString()).toBe('copied');
    expect(got).toMatchObject({ ContentType: 'text/csv', Metadata: { a: '1' }, ChecksumType: 'FULL_OBJECT' });
    expect(got.ChecksumCRC32C).toBeDefined();
  });

  test('outlives its source and may take new metadata and another checksum', async () => {
    await put('source2', 'bytes');

    await cloud.client.send(
      new CopyObjectCommand({
        Bucket: 'versioned',
        Key: 'copy2',
        CopySource: '/plain/source2',
        MetadataDirective: 'REPLACE',
        Metadata: { b: '2' },
        ChecksumAlgorithm: 'SHA256',
      }),
    );
    await cloud.client.send(new DeleteObjectCommand({ Bucket, Key: 'source2' }));
    const got = await cloud.client.send(new GetObjectCommand({ Bucket: 'versioned', Key: 'copy2', ChecksumMode: 'ENABLED' }));

    expect(await got.Body!.transformToString()).toBe('bytes');
    expect(got.Metadata).toEqual({ b: '2' });
    expect(got.ChecksumSHA256).toBe(createHash('sha256').update('bytes').digest('base64'));
  });

  test.each([
    ['onto itself', { CopySource: 'plain/self' }, 'InvalidRequest'],
    ['of a missing key', { CopySource: 'plain/nothing' }, 'NoSuchKey'],
    ['of a missing bucket', { CopySource: 'nowhere/self' }, 'NoSuchBucket'],
    ['of a changed source', { CopySource: 'plain/self', CopySourceIfMatch: '"x"', MetadataDirective: 'REPLACE' }, 'PreconditionFailed'],
    ['without a key', { CopySource: 'plain' }, 'InvalidArgument'],
  ])('%s is refused', async (_, input, name) => {
    await put('self', 'x');

    const copy = cloud.client.send(new CopyObjectCommand({ Bucket, Key: 'self', ...(input as { CopySource: string }) }));

    expect(await failure(copy)).toMatchObject({ name });
  });
});

describe('the service', () => {
  test('lists buckets and describes them', async () => {
    const { Buckets } = await cloud.client.send(new ListBucketsCommand({}));
    const head = await cloud.client.send(new HeadBucketCommand({ Bucket }));
    const location = await cloud.client.send(new GetBucketLocationCommand({ Bucket }));
    const [plain, versioned] = await Promise.all(
      [Bucket, 'versioned'].map((name) => cloud.client.send(new GetBucketVersioningCommand({ Bucket: name }))),
    );

    expect(Buckets?.map(({ Name }) => Name)).toEqual(['plain', 'versioned']);
    expect(head.BucketRegion).toBe('us-east-1');
    expect(location.LocationConstraint || undefined).toBeUndefined();
    expect([plain!.Status, versioned!.Status]).toEqual([undefined, 'Enabled']);
  });

  test('answers NoSuchBucket for what no template has', async () => {
    const read = cloud.client.send(new GetObjectCommand({ Bucket: 'nowhere', Key: 'x' }));

    expect(await failure(read)).toEqual({ name: 'NoSuchBucket', status: 404 });
    expect(await failure(cloud.client.send(new HeadBucketCommand({ Bucket: 'nowhere' })))).toEqual({ name: 'NotFound', status: 404 });
  });

  test.each([
    ['tags', () => cloud.client.send(new PutObjectTaggingCommand({ Bucket, Key: 'x', Tagging: { TagSet: [] } }))],
    ['access control lists', () => cloud.client.send(new PutObjectAclCommand({ Bucket, Key: 'x', ACL: 'public-read' }))],
    ['an ACL on a write', () => put('x', 'x', { ACL: 'public-read' })],
    ['a storage class', () => put('x', 'x', { StorageClass: 'GLACIER' })],
    ['KMS', () => put('x', 'x', { ServerSideEncryption: 'aws:kms' })],
    ['reading one part', () => text('kept', { PartNumber: 1 })],
    ['overriding response headers', () => text('kept', { ResponseContentType: 'x/y' })],
  ])('refuses %s by name', async (_, send) => {
    const refused = await send().then(
      () => undefined,
      (error) => error,
    );

    expect(refused).toMatchObject({ name: 'NotImplemented', $metadata: { httpStatusCode: 501 } });
    expect(refused.message).toMatch(/is not emulated by the local cloud/);
  });

  test('refuses keys over 1,024 bytes and metadata over 2 KiB', async () => {
    expect(await failure(put('ü'.repeat(513), 'x'))).toMatchObject({ name: 'KeyTooLongError', status: 400 });
    expect(await failure(put('meta', 'x', { Metadata: { a: 'x'.repeat(2048) } }))).toMatchObject({ name: 'MetadataTooLarge' });
  });

  test('tells an object’s attributes', async () => {
    const { ETag } = await put('attributed', 'hello', { ChecksumAlgorithm: 'CRC64NVME' });

    const attributes = await cloud.client.send(
      new GetObjectAttributesCommand({ Bucket, Key: 'attributed', ObjectAttributes: ['ETag', 'Checksum', 'ObjectSize', 'StorageClass'] }),
    );

    expect(attributes).toMatchObject({
      ETag: ETag!.replaceAll('"', ''),
      ObjectSize: 5,
      StorageClass: 'STANDARD',
      Checksum: { ChecksumType: 'FULL_OBJECT', ChecksumCRC64NVME: expect.any(String) },
    });
  });
});
