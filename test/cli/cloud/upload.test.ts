import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  HeadObjectCommand,
  NotFound,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { mockClient } from 'aws-sdk-client-mock';
import fc from 'fast-check';
import { measureFile, toBase64 } from '../../../cli/cloud/checksum';
import { piecesOf, putFile } from '../../../cli/cloud/upload';
import { MIB } from '../../../core/units';
import { tempFolder, writeFiles } from '../support';

const s3 = mockClient(S3Client);
const folder = tempFolder();
const target = { s3: new S3Client({}), bucket: 'in', key: 'incoming/a.csv' };
const small = 'id\n1\n';
const smallCrc = toBase64(crc32(small));
const big = 'x'.repeat(70 * MIB);
writeFiles(folder, { small, big, empty: '' });
const path = (name: string) => join(folder, name);
const absent = new NotFound({ message: 'none', $metadata: {} });

beforeEach(() => s3.reset());

test('the checksum of a file is that of its bytes, across reads', async () => {
  expect(await measureFile(path('big'))).toEqual({ bytes: big.length, crc32: toBase64(crc32(big)) });
  expect(await measureFile(path('empty'))).toEqual({ bytes: 0, crc32: 'AAAAAA==' });
});

test('a small file is one request, with the checksum of the whole object', async () => {
  s3.on(HeadObjectCommand).rejects(absent).on(PutObjectCommand).resolves({ VersionId: 'v1' });

  const put = await putFile(target, path('small'), { again: false });

  expect(put).toEqual({ object: { bucket: 'in', key: 'incoming/a.csv', versionId: 'v1' }, uploaded: true });
  expect(s3.commandCalls(PutObjectCommand)[0]?.args[0].input).toMatchObject({ ChecksumCRC32: smallCrc, Body: Buffer.from(small) });
});

test('an empty file is put too', async () => {
  s3.on(HeadObjectCommand).rejects(absent).on(PutObjectCommand).resolves({ VersionId: 'v1' });

  expect((await putFile(target, path('empty'), { again: false })).uploaded).toBe(true);
});

const sameHead = { ContentLength: small.length, ChecksumType: 'FULL_OBJECT', ChecksumCRC32: smallCrc, VersionId: 'v7' } as const;

test('the same content is not put twice: the version that is there is answered', async () => {
  s3.on(HeadObjectCommand).resolves(sameHead);

  expect(await putFile(target, path('small'), { again: false })).toEqual({
    object: { bucket: 'in', key: 'incoming/a.csv', versionId: 'v7' },
    uploaded: false,
  });
});

test.each([
  ['the size differs', { ...sameHead, ContentLength: 1 }],
  ['the checksum differs', { ...sameHead, ChecksumCRC32: 'AAAAAA==' }],
  ['the checksum is of parts', { ...sameHead, ChecksumType: 'COMPOSITE' as const }],
  ['S3 holds no checksum', { ...sameHead, ChecksumCRC32: undefined }],
])('it is put where %s', async (_, head) => {
  s3.on(HeadObjectCommand).resolves(head).on(PutObjectCommand).resolves({ VersionId: 'v8' });

  expect(await putFile(target, path('small'), { again: false })).toMatchObject({ uploaded: true, object: { versionId: 'v8' } });
});

test('it is put again when that is asked for', async () => {
  s3.on(HeadObjectCommand).resolves(sameHead).on(PutObjectCommand).resolves({ VersionId: 'v8' });

  expect((await putFile(target, path('small'), { again: true })).uploaded).toBe(true);
  expect(s3.commandCalls(HeadObjectCommand)).toHaveLength(0);
});

test('a refusal is not taken for absence', async () => {
  s3.on(HeadObjectCommand).rejects(new Error('AccessDenied'));

  await expect(putFile(target, path('small'), { again: false })).rejects.toThrow('AccessDenied');
});

describe('a big file', () => {
  beforeEach(() => {
    s3.on(HeadObjectCommand).rejects(absent).on(CreateMultipartUploadCommand).resolves({ UploadId: 'u' });
  });

  test('goes in pieces, and is completed with the checksum of the whole object', async () => {
    s3.on(UploadPartCommand).callsFake(({ PartNumber }) => ({ ETag: `e${PartNumber}` }));
    s3.on(CompleteMultipartUploadCommand).resolves({ VersionId: 'v2' });

    const put = await putFile(target, path('big'), { again: false });

    expect(put.object.versionId).toBe('v2');
    expect(s3.commandCalls(CreateMultipartUploadCommand)[0]?.args[0].input).toMatchObject({
      ChecksumType: 'FULL_OBJECT',
      ChecksumAlgorithm: 'CRC32',
    });
    const completed = s3.commandCalls(CompleteMultipartUploadCommand)[0]?.args[0].input;
    expect(completed).toMatchObject({ ChecksumType: 'FULL_OBJECT', ChecksumCRC32: toBase64(crc32(big)) });
    expect(completed?.MultipartUpload?.Parts?.map(({ PartNumber, ETag }) => [PartNumber, ETag])).toEqual([
      [1, 'e1'],
      [2, 'e2'],
      [3, 'e3'],
      [4, 'e4'],
      [5, 'e5'],
    ]);
  });

  test('that fails half-way leaves no upload behind', async () => {
    s3.on(UploadPartCommand).rejects(new Error('broken pipe')).on(AbortMultipartUploadCommand).resolves({});

    await expect(putFile(target, path('big'), { again: false })).rejects.toThrow('broken pipe');
    expect(s3.commandCalls(AbortMultipartUploadCommand)[0]?.args[0].input).toMatchObject({ UploadId: 'u' });
  });
});

test('pieces tile a file of any size that S3 takes, within the limits of S3', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 5 * 1024 ** 4 }), (bytes) => {
      const pieces = piecesOf(bytes);

      expect(pieces.length).toBeLessThanOrEqual(10_000);
      expect(pieces[0]?.start).toBe(0);
      expect(pieces.at(-1)?.end).toBe(bytes);
      expect(pieces.every(({ start }, index) => index === 0 || pieces[index - 1]?.end === start)).toBe(true);
      expect(pieces.slice(0, -1).every(({ start, end }) => end - start >= 5 * MIB)).toBe(true);
    }),
    { numRuns: 30 },
  );
});
