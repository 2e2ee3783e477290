import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import {
  AbortMultipartUploadCommand,
  type ChecksumAlgorithm,
  type ChecksumType,
  CompleteMultipartUploadCommand,
  type CompleteMultipartUploadCommandInput,
  CreateMultipartUploadCommand,
  GetObjectAttributesCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListPartsCommand,
  PutObjectCommand,
  UploadPartCommand,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { createHasher } from '../../../local/s3/checksums';
import { someBytes, startS3, type TestCloud, VERSIONED } from './support';

const MIB = 1024 * 1024;
const Bucket = 'parts';
let cloud: TestCloud;

beforeAll(async () => {
  cloud = await startS3({ parts: VERSIONED, other: {} });
});
afterAll(() => cloud.stop());

const begin = async (Key: string, more: { ChecksumAlgorithm?: ChecksumAlgorithm; ChecksumType?: ChecksumType } = {}): Promise<string> =>
  (await cloud.client.send(new CreateMultipartUploadCommand({ Bucket, Key, ...more }))).UploadId!;
const part = (Key: string, UploadId: string, PartNumber: number, Body: Buffer, more: Record<string, unknown> = {}) =>
  cloud.client.send(new UploadPartCommand({ Bucket, Key, UploadId, PartNumber, Body, ...more }));
const complete = (Key: string, UploadId: string, Parts: object[], more: Partial<CompleteMultipartUploadCommandInput> = {}) =>
  cloud.client.send(new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload: { Parts }, ...more }));
const checksum = async (algorithm: 'CRC32' | 'CRC32C' | 'CRC64NVME', bytes: Buffer): Promise<string> => {
  const hasher = await createHasher(algorithm);
  hasher.update(bytes);
  return hasher.digest().toString('base64');
};
const failure = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'none',
    (error) => error.name,
  );
const bytesOf = async (Key: string): Promise<Buffer> =>
  Buffer.from(await (await cloud.client.send(new GetObjectCommand({ Bucket, Key }))).Body!.transformToByteArray());

describe.each(['CRC32', 'CRC32C', 'CRC64NVME'] as const)('an upload with a full-object %s', (algorithm) => {
  const body = someBytes(5 * MIB + 1234);
  const options = { ChecksumAlgorithm: algorithm, ChecksumType: 'FULL_OBJECT' } as const;

  async function uploadTwo(key: string): Promise<{ uploadId: string; parts: object[] }> {
    const uploadId = await begin(key, options);
    const pieces = [body.subarray(0, 5 * MIB), body.subarray(5 * MIB)];
    const parts: object[] = [];
    for (const [index, piece] of pieces.entries()) {
      const uploaded = await part(key, uploadId, index + 1, piece, { ChecksumAlgorithm: algorithm });
      const name = `Checksum${algorithm}` as const;
      parts.push({ PartNumber: index + 1, ETag: uploaded.ETag, [name]: uploaded[name] });
    }
    return { uploadId, parts };
  }

  test('combines its parts’ checksums into that of the whole object', async () => {
    const { uploadId, parts } = await uploadTwo('whole');

    const completed = await complete('whole', uploadId, parts, {
      ChecksumType: 'FULL_OBJECT',
      [`Checksum${algorithm}`]: await checksum(algorithm, body),
    });
    const head = await cloud.client.send(new HeadObjectCommand({ Bucket, Key: 'whole', ChecksumMode: 'ENABLED' }));

    expect(completed[`Checksum${algorithm}`]).toBe(await checksum(algorithm, body));
    expect(head).toMatchObject({ ChecksumType: 'FULL_OBJECT', ContentLength: body.length });
    expect(head[`Checksum${algorithm}`]).toBe(await checksum(algorithm, body));
    expect((await bytesOf('whole')).equals(body)).toBe(true);
    expect(readFileSync(join(cloud.stateDir, 's3/parts/whole')).equals(body)).toBe(true);
  });

  test('is not completed when the whole is not what the client meant', async () => {
    const { uploadId, parts } = await uploadTwo('lied');

    const lie = complete('lied', uploadId, parts, { [`Checksum${algorithm}`]: await checksum(algorithm, Buffer.from('other')) });

    expect(await failure(lie)).toBe('BadDigest');
    expect(await failure(bytesOf('lied'))).toBe('NoSuchKey');
  });
});

describe('an upload', () => {
  const tail = Buffer.from('the last part may be small');

  test('of one part needs no copy and has the ETag of a multipart object', async () => {
    const id = await begin('single');
    const { ETag } = await part('single', id, 1, tail);

    const completed = await complete('single', id, [{ PartNumber: 1, ETag }]);

    const md5 = createHash('md5').update(createHash('md5').update(tail).digest()).digest('hex');
    expect(completed.ETag).toBe(`"${md5}-1"`);
    expect(completed.VersionId).toBeDefined();
    expect((await bytesOf('single')).equals(tail)).toBe(true);
  });

  test('is invisible until it is completed', async () => {
    const id = await begin('hidden');
    await part('hidden', id, 1, tail);

    expect(await failure(bytesOf('hidden'))).toBe('NoSuchKey');
  });

  test('with composite SHA-256 marks the checksum with the number of parts', async () => {
    const first = someBytes(5 * MIB, 3);
    const id = await begin('composite', { ChecksumAlgorithm: 'SHA256' });
    const parts = [];
    for (const [index, piece] of [first, tail].entries()) {
      const { ETag, ChecksumSHA256 } = await part('composite', id, index + 1, piece, { ChecksumAlgorithm: 'SHA256' });
      parts.push({ PartNumber: index + 1, ETag, ChecksumSHA256 });
    }

    const completed = await complete('composite', id, parts);

    const digests = [first, tail].map((piece) => createHash('sha256').update(piece).digest());
    expect(completed.ChecksumSHA256).toBe(`${createHash('sha256').update(Buffer.concat(digests)).digest('base64')}-2`);
    expect(completed.ChecksumType).toBe('COMPOSITE');
    expect((await bytesOf('composite')).length).toBe(first.length + tail.length);
  });

  test('repeated after success is answered like the first time, and makes no second version', async () => {
    const id = await begin('again');
    const { ETag } = await part('again', id, 1, tail);
    const parts = [{ PartNumber: 1, ETag }];

    const first = await complete('again', id, parts, { IfNoneMatch: '*' });
    const second = await complete('again', id, parts, { IfNoneMatch: '*' });
    const other = complete('again', id, [{ PartNumber: 2, ETag }]);

    expect(second).toMatchObject({ ETag: first.ETag, VersionId: first.VersionId });
    expect(await failure(other)).toBe('NoSuchUpload');
  });

  test('completed by many at once is completed once', async () => {
    const id = await begin('together');
    const one = await part('together', id, 1, someBytes(5 * MIB, 11));
    const two = await part('together', id, 2, tail);
    const parts = [one, two].map(({ ETag }, index) => ({ PartNumber: index + 1, ETag }));

    const versions = await Promise.all(Array.from({ length: 5 }, () => complete('together', id, parts)));

    expect(new Set(versions.map(({ VersionId }) => VersionId)).size).toBe(1);
  });

  test('loses to an object that came first when it must be new', async () => {
    const id = await begin('taken');
    const { ETag } = await part('taken', id, 1, tail);
    await cloud.client.send(new PutObjectCommand({ Bucket, Key: 'taken', Body: 'first' }));

    const late = complete('taken', id, [{ PartNumber: 1, ETag }], { IfNoneMatch: '*' });

    expect(await failure(late)).toBe('PreconditionFailed');
    expect((await bytesOf('taken')).toString()).toBe('first');
    await cloud.client.send(new AbortMultipartUploadCommand({ Bucket, Key: 'taken', UploadId: id }));
  });

  test('that was aborted is gone', async () => {
    const id = await begin('aborted');
    await part('aborted', id, 1, tail);

    await cloud.client.send(new AbortMultipartUploadCommand({ Bucket, Key: 'aborted', UploadId: id }));

    expect(await failure(part('aborted', id, 2, tail))).toBe('NoSuchUpload');
    expect(await failure(complete('aborted', id, [{ PartNumber: 1, ETag: 'x' }]))).toBe('NoSuchUpload');
    expect(await failure(cloud.client.send(new AbortMultipartUploadCommand({ Bucket, Key: 'aborted', UploadId: id })))).toBe(
      'NoSuchUpload',
    );
  });

  test('belongs to its key', async () => {
    const id = await begin('mine');

    expect(await failure(part('yours', id, 1, tail))).toBe('NoSuchUpload');
  });

  test.each([
    ['a small part before the last', (etags: string[]) => etags.map((ETag, i) => ({ PartNumber: i + 1, ETag })), 'EntityTooSmall'],
    ['parts out of order', (etags: string[]) => etags.map((ETag, i) => ({ PartNumber: 2 - i, ETag })), 'InvalidPartOrder'],
    ['a part twice', ([ETag]: string[]) => [1, 1].map((PartNumber) => ({ PartNumber, ETag })), 'InvalidPartOrder'],
    ['an unknown part', ([ETag]: string[]) => [{ PartNumber: 9, ETag }], 'InvalidPart'],
    ['a wrong ETag', () => [{ PartNumber: 1, ETag: '"0"' }], 'InvalidPart'],
    ['no parts', () => [], 'MalformedXML'],
  ] as const)('with %s is refused', async (_, listed, name) => {
    const id = await begin('refused');
    const etags: string[] = [];
    for (const number of [1, 2]) etags.push((await part('refused', id, number, tail)).ETag!);

    expect(await failure(complete('refused', id, [...listed(etags)]))).toBe(name);
  });

  test.each([
    ['a part without the checksum of a composite upload', { ChecksumAlgorithm: 'SHA1' }, { ChecksumAlgorithm: 'CRC32' }],
    ['a part checked in another algorithm', { ChecksumAlgorithm: 'CRC32C', ChecksumType: 'FULL_OBJECT' }, { ChecksumAlgorithm: 'SHA256' }],
  ] as const)('%s is refused', async (_, upload, options) => {
    const id = await begin('mixed', upload);

    expect(await failure(part('mixed', id, 1, tail, options))).toBe('InvalidRequest');
  });

  test.each([
    { ChecksumAlgorithm: 'SHA256', ChecksumType: 'FULL_OBJECT' },
    { ChecksumAlgorithm: 'CRC64NVME', ChecksumType: 'COMPOSITE' },
  ] as const)('with $ChecksumAlgorithm cannot be $ChecksumType', async (options) => {
    expect(await failure(begin('impossible', options))).toBe('InvalidRequest');
  });

  test('must give each part’s checksum when it is composite', async () => {
    const id = await begin('composite-silent', { ChecksumAlgorithm: 'CRC32' });
    const { ETag } = await part('composite-silent', id, 1, tail, { ChecksumAlgorithm: 'CRC32' });

    expect(await failure(complete('composite-silent', id, [{ PartNumber: 1, ETag }]))).toBe('InvalidRequest');
  });

  test.each([0, 10_001])('refuses part number %s', async (number) => {
    const id = await begin('numbers');

    expect(await failure(part('numbers', id, number, tail))).toBe('InvalidArgument');
  });

  test('keeps the last body of a part that is sent twice', async () => {
    const id = await begin('resent');
    await part('resent', id, 1, Buffer.from('old'));
    const { ETag } = await part('resent', id, 1, Buffer.from('new'));

    await complete('resent', id, [{ PartNumber: 1, ETag }]);

    expect((await bytesOf('resent')).toString()).toBe('new');
  });

  test('may take its parts from other objects, or stretches of them', async () => {
    const source = someBytes(6 * MIB, 5);
    await cloud.client.send(new PutObjectCommand({ Bucket: 'other', Key: 'source', Body: source }));
    const id = await begin('spliced');
    const copyPart = async (PartNumber: number, CopySourceRange?: string) =>
      (
        await cloud.client.send(
          new UploadPartCopyCommand({ Bucket, Key: 'spliced', UploadId: id, PartNumber, CopySource: 'other/source', CopySourceRange }),
        )
      ).CopyPartResult;
    const results = [await copyPart(1), await copyPart(2, 'bytes=10-19')];
    const tooFar = await failure(copyPart(3, `bytes=0-${6 * MIB}`));

    await complete(
      'spliced',
      id,
      results.map((result, i) => ({ PartNumber: i + 1, ETag: result?.ETag })),
    );

    expect((await bytesOf('spliced')).equals(Buffer.concat([source, source.subarray(10, 20)]))).toBe(true);
    expect(tooFar).toBe('InvalidArgument');
    expect(await failure(copyPart(3))).toBe('NoSuchUpload');
  });

  test('tells its parts when they are listed, and the object’s parts afterwards', async () => {
    const id = await begin('listed', { ChecksumAlgorithm: 'CRC32', ChecksumType: 'FULL_OBJECT' });
    const etags = [];
    for (const number of [1, 2, 3]) etags.push((await part('listed', id, number, someBytes(5 * MIB, number))).ETag);

    const first = await cloud.client.send(new ListPartsCommand({ Bucket, Key: 'listed', UploadId: id, MaxParts: 2 }));
    const rest = await cloud.client.send(
      new ListPartsCommand({ Bucket, Key: 'listed', UploadId: id, PartNumberMarker: first.NextPartNumberMarker }),
    );
    await complete(
      'listed',
      id,
      etags.map((ETag, i) => ({ PartNumber: i + 1, ETag })),
    );
    const attributes = await cloud.client.send(
      new GetObjectAttributesCommand({ Bucket, Key: 'listed', ObjectAttributes: ['ObjectParts', 'Checksum'] }),
    );

    expect(first).toMatchObject({ IsTruncated: true, ChecksumAlgorithm: 'CRC32', ChecksumType: 'FULL_OBJECT' });
    expect(first.Parts?.map(({ PartNumber, Size }) => [PartNumber, Size])).toEqual([
      [1, 5 * MIB],
      [2, 5 * MIB],
    ]);
    expect(rest.Parts?.map(({ PartNumber }) => PartNumber)).toEqual([3]);
    expect(attributes.ObjectParts).toMatchObject({ TotalPartsCount: 3 });
    expect(attributes.ObjectParts?.Parts?.map(({ Size }) => Size)).toEqual([5 * MIB, 5 * MIB, 5 * MIB]);
  });
});

test('pending uploads are listed by key and pages, folded by a delimiter', async () => {
  for (const key of ['pending/b', 'pending/a', 'pending/sub/1', 'pending/sub/2', 'pending/a']) await begin(key);
  const list = (more: object = {}) => cloud.client.send(new ListMultipartUploadsCommand({ Bucket, Prefix: 'pending/', ...more }));

  const all = await list();
  const folded = await list({ Delimiter: '/' });
  const pages = [];
  for (let marker = {}, more = true; more; ) {
    const page = await list({ MaxUploads: 2, ...marker });
    pages.push(...(page.Uploads ?? []).map(({ Key }) => Key));
    marker = { KeyMarker: page.NextKeyMarker, UploadIdMarker: page.NextUploadIdMarker };
    more = page.IsTruncated === true;
  }

  expect(all.Uploads?.map(({ Key }) => Key)).toEqual(['pending/a', 'pending/a', 'pending/b', 'pending/sub/1', 'pending/sub/2']);
  expect(folded.Uploads?.map(({ Key }) => Key)).toEqual(['pending/a', 'pending/a', 'pending/b']);
  expect(folded.CommonPrefixes).toEqual([{ Prefix: 'pending/sub/' }]);
  expect(pages).toEqual(all.Uploads?.map(({ Key }) => Key));
});

test('lib-storage uploads a stream of unknown length', async () => {
  const body = someBytes(13 * MIB, 9);
  const pieces = Array.from({ length: 13 }, (_, i) => body.subarray(i * MIB, (i + 1) * MIB));

  const upload = new Upload({ client: cloud.client, params: { Bucket, Key: 'streamed', Body: Readable.from(pieces) } });
  await upload.done();
  const got = await cloud.client.send(new GetObjectCommand({ Bucket, Key: 'streamed', ChecksumMode: 'ENABLED' }));

  expect(Buffer.from(await got.Body!.transformToByteArray()).equals(body)).toBe(true);
  expect(got.ETag).toMatch(/-3"$/);
});

test('completed and pending uploads survive a restart', async () => {
  const done = await begin('before');
  const { ETag } = await part('before', done, 1, Buffer.from('done'));
  const first = await complete('before', done, [{ PartNumber: 1, ETag }]);
  const pending = await begin('across');
  const across = await part('across', pending, 1, Buffer.from('part'));

  cloud = await cloud.restart();
  const again = await complete('before', done, [{ PartNumber: 1, ETag }]);
  await complete('across', pending, [{ PartNumber: 1, ETag: across.ETag }]);

  expect(again.VersionId).toBe(first.VersionId);
  expect((await bytesOf('across')).toString()).toBe('part');
});
