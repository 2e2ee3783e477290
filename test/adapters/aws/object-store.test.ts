import { Readable } from 'node:stream';
import { GetObjectCommand, HeadObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { mockClient } from 'aws-sdk-client-mock';
import { createObjectStore } from '../../../adapters/aws/object-store';

const s3 = mockClient(S3Client);
const store = () => createObjectStore('bucket');
const named = (name: string) => Object.assign(new Error(name), { name });
/** The little of the SDK's stream that the store uses. */
const body = (text: string) => ({ transformToByteArray: async () => Buffer.from(text) }) as never;

beforeEach(() => s3.reset());

describe('createOnce', () => {
  test('a 412 for its own write, whose answer was lost, counts as created', async () => {
    s3.on(PutObjectCommand).rejects(named('PreconditionFailed'));
    s3.on(HeadObjectCommand).callsFake(() => ({ Metadata: s3.commandCalls(PutObjectCommand)[0]?.args[0].input.Metadata }));

    expect(await store().createOnce('k', 'x')).toBe(true);
  });

  test('a 412 for the write of another does not', async () => {
    s3.on(PutObjectCommand).rejects(named('PreconditionFailed'));
    s3.on(HeadObjectCommand).resolves({ Metadata: { writer: 'another' } });

    expect(await store().createOnce('k', 'x')).toBe(false);
  });

  test('a 409 is tried again, since the SDK does not', async () => {
    s3.on(PutObjectCommand).rejectsOnce(named('ConditionalRequestConflict')).resolves({});

    expect(await store().createOnce('k', 'x')).toBe(true);

    expect(s3.commandCalls(PutObjectCommand)).toHaveLength(2);
    expect(s3.commandCalls(PutObjectCommand)[0]?.args[0].input).toMatchObject({ IfNoneMatch: '*', ChecksumCRC32: 'jNwWgw==' });
  });

  test('any other error is not swallowed', async () => {
    s3.on(PutObjectCommand).rejects(named('AccessDenied'));

    await expect(store().createOnce('k', 'x')).rejects.toThrow('AccessDenied');
  });
});

describe('read', () => {
  test('a range is [start, end)', async () => {
    s3.on(GetObjectCommand).resolves({ Body: Readable.from([Buffer.from('cd')]) as never, ContentRange: 'bytes 2-3/10', ETag: '"e"' });

    expect((await store().read('k', { range: { start: 2, end: 4 }, versionId: 'v' })).toString()).toBe('cd');

    expect(s3.commandCalls(GetObjectCommand)[0]?.args[0].input).toMatchObject({ Range: 'bytes=2-3', VersionId: 'v' });
  });

  test('an empty range reads nothing', async () => {
    expect(await store().read('k', { range: { start: 2, end: 2 } })).toHaveLength(0);
    expect(s3.calls()).toHaveLength(0);
  });

  test('a body that was cut short is read again', async () => {
    s3.on(GetObjectCommand)
      .rejectsOnce(named('aborted'))
      .resolves({ Body: body('ok') });

    expect((await store().read('k')).toString()).toBe('ok');
  });

  test('a missing object is named', async () => {
    s3.on(GetObjectCommand).rejects(named('NoSuchKey'));

    await expect(store().read('k')).rejects.toMatchObject({ name: 'ObjectNotFoundError', message: 'no object s3://bucket/k' });
  });
});

describe('head', () => {
  test.each([
    [
      { ChecksumType: 'FULL_OBJECT', ChecksumCRC32: 'a' },
      { algorithm: 'CRC32', value: 'a' },
    ],
    [
      { ChecksumType: 'FULL_OBJECT', ChecksumCRC64NVME: 'b' },
      { algorithm: 'CRC64NVME', value: 'b' },
    ],
    [{ ChecksumType: 'COMPOSITE', ChecksumCRC32: 'c-2' }, undefined],
    [{}, undefined],
  ] as const)('of %j has checksum %j', async (answer, checksum) => {
    s3.on(HeadObjectCommand).resolves({ VersionId: 'v', ContentLength: 3, ETag: 'e', ...answer });

    expect((await store().head('k'))?.checksum).toEqual(checksum);
  });

  test('of a missing object is undefined', async () => {
    s3.on(HeadObjectCommand).rejects(named('NotFound'));

    expect(await store().head('k')).toBeUndefined();
  });
});
