import { createHash } from 'node:crypto';
import { request } from 'node:http';
import {
  type ChecksumAlgorithm,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import fc from 'fast-check';
import { AwsChunkedDecoder } from '../../../local/s3/aws-chunked';
import { createHasher } from '../../../local/s3/checksums';
import { startS3, type TestCloud } from './support';

const Bucket = 'sums';
let cloud: TestCloud;

beforeAll(async () => {
  cloud = await startS3({ sums: {} });
});
afterAll(() => cloud.stop());

const ALGORITHMS = ['CRC32', 'CRC32C', 'CRC64NVME', 'SHA1', 'SHA256'] as const;
const checksum = async (algorithm: (typeof ALGORITHMS)[number], text: string): Promise<string> => {
  const hasher = await createHasher(algorithm);
  hasher.update(Buffer.from(text));
  return hasher.digest().toString('base64');
};

/** A request that no SDK would make. */
const raw = (path: string, headers: Record<string, string>, body: string | Buffer): Promise<{ status: number; code: string | undefined }> =>
  new Promise((resolve, reject) => {
    const sent = request(`${cloud.endpoint}/${path}`, { method: 'PUT', headers }, (response) => {
      const pieces: Buffer[] = [];
      response.on('data', (piece) => pieces.push(piece));
      response.on('end', () =>
        resolve({ status: response.statusCode!, code: /<Code>(\w+)<\/Code>/.exec(Buffer.concat(pieces).toString())?.[1] }),
      );
    });
    sent.on('error', reject);
    sent.end(body);
  });

test.each([
  ['CRC32', 'cbf43926'],
  ['CRC32C', 'e3069283'],
  ['CRC64NVME', 'ae8b14860a799888'],
  ['SHA1', 'f7c3bc1d808e04732adf679965ccc34ca7ae3441'],
  ['SHA256', '15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225'],
] as const)('%s of 123456789 is its published value, also from two calculations at once', async (algorithm, hex) => {
  const [first, second] = [await createHasher(algorithm), await createHasher(algorithm)];
  for (const [text, hasher] of [
    ['1234', first],
    ['1234', second],
    ['56789', second],
    ['56789', first],
  ] as const) {
    hasher.update(Buffer.from(text));
  }

  expect([first.digest().toString('hex'), second.digest().toString('hex')]).toEqual([hex, hex]);
});

describe.each(ALGORITHMS)('%s', (algorithm) => {
  test('is computed by the SDK, verified on arrival and given back', async () => {
    await cloud.client.send(
      new PutObjectCommand({ Bucket, Key: algorithm, Body: 'checked', ChecksumAlgorithm: algorithm as ChecksumAlgorithm }),
    );

    const head = await cloud.client.send(new HeadObjectCommand({ Bucket, Key: algorithm, ChecksumMode: 'ENABLED' }));
    const got = await cloud.client.send(new GetObjectCommand({ Bucket, Key: algorithm, ChecksumMode: 'ENABLED' }));

    expect(head[`Checksum${algorithm}`]).toBe(await checksum(algorithm, 'checked'));
    expect(head.ChecksumType).toBe('FULL_OBJECT');
    expect(await got.Body!.transformToString()).toBe('checked');
  });

  test('that does not fit is BadDigest, and nothing is stored', async () => {
    const put = cloud.client.send(
      new PutObjectCommand({ Bucket, Key: 'bad', Body: 'checked', [`Checksum${algorithm}`]: await checksum(algorithm, 'other') }),
    );

    await expect(put).rejects.toMatchObject({ name: 'BadDigest', $metadata: { httpStatusCode: 400 } });
    await expect(cloud.client.send(new HeadObjectCommand({ Bucket, Key: 'bad' }))).rejects.toMatchObject({ name: 'NotFound' });
  });
});

test('an object sent without any checksum gets a CRC64NVME', async () => {
  const { status } = await raw('sums/bare', { 'content-length': '4' }, 'bare');

  const head = await cloud.client.send(new HeadObjectCommand({ Bucket, Key: 'bare', ChecksumMode: 'ENABLED' }));

  expect(status).toBe(200);
  expect(head).toMatchObject({ ChecksumCRC64NVME: await checksum('CRC64NVME', 'bare'), ChecksumType: 'FULL_OBJECT' });
});

test('a ranged read carries no checksum of the whole', async () => {
  await cloud.client.send(new PutObjectCommand({ Bucket, Key: 'part', Body: '0123456789' }));

  const got = await cloud.client.send(new GetObjectCommand({ Bucket, Key: 'part', Range: 'bytes=1-2', ChecksumMode: 'ENABLED' }));

  expect(await got.Body!.transformToString()).toBe('12');
  expect(got.ChecksumCRC32).toBeUndefined();
});

test.each([
  ['a wrong Content-MD5', { 'content-md5': createHash('md5').update('x').digest('base64') }, 'BadDigest'],
  ['a Content-MD5 that is none', { 'content-md5': 'nonsense' }, 'InvalidDigest'],
  ['two checksums', { 'x-amz-checksum-crc32': 'AAAAAA==', 'x-amz-checksum-crc32c': 'AAAAAA==' }, 'InvalidRequest'],
  ['a checksum that is none', { 'x-amz-checksum-crc32': 'AAAA' }, 'InvalidRequest'],
  ['an announced checksum that is missing', { 'x-amz-sdk-checksum-algorithm': 'CRC32' }, 'InvalidRequest'],
  ['an algorithm that is not emulated', { 'x-amz-checksum-xxhash64': 'AAAAAAAAAAA=' }, 'NotImplemented'],
  ['a payload hash that does not fit', { 'x-amz-content-sha256': 'a'.repeat(64) }, 'XAmzContentSHA256Mismatch'],
])('%s is refused', async (_, headers, code) => {
  expect(await raw('sums/refused', { 'content-length': '4', ...headers } as Record<string, string>, 'body')).toMatchObject({ code });
});

test('a payload hash in the query of a presigned request is held against the body too', async () => {
  const path = `sums/presigned?X-Amz-Content-Sha256=${'a'.repeat(64)}`;

  expect(await raw(path, { 'content-length': '4' }, 'body')).toMatchObject({ code: 'XAmzContentSHA256Mismatch' });
});

test('the list of parts of an upload is held against the hash that was signed', async () => {
  const object = { Bucket, Key: 'hashed' };
  const { UploadId } = await cloud.client.send(new CreateMultipartUploadCommand(object));
  const { ETag } = await cloud.client.send(new UploadPartCommand({ ...object, UploadId, PartNumber: 1, Body: 'one' }));
  const list = (etag: string | undefined) =>
    `<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>${etag}</ETag></Part></CompleteMultipartUpload>`;
  const send = (signed: string) =>
    fetch(`${cloud.endpoint}/${Bucket}/hashed?uploadId=${UploadId}`, {
      method: 'POST',
      headers: { 'x-amz-content-sha256': createHash('sha256').update(signed).digest('hex') },
      body: list(ETag),
    });

  const [altered, right] = [await send(list('"another"')), await send(list(ETag))];

  expect([altered.status, await altered.text()]).toEqual([400, expect.stringContaining('<Code>XAmzContentSHA256Mismatch</Code>')]);
  expect(right.status).toBe(200);
});

test('a right Content-MD5 and payload hash are accepted', async () => {
  const headers = {
    'content-length': '4',
    'content-md5': createHash('md5').update('body').digest('base64'),
    'x-amz-content-sha256': createHash('sha256').update('body').digest('hex'),
  };

  expect(await raw('sums/right', headers, 'body')).toEqual({ status: 200, code: undefined });
});

test('a body of unknown length is refused', async () => {
  expect(await raw('sums/endless', { 'transfer-encoding': 'chunked' }, 'body')).toEqual({ status: 411, code: 'MissingContentLength' });
});

describe('an aws-chunked body', () => {
  const signed = (signature: string): string =>
    `5;chunk-signature=${signature}\r\nhello\r\n6;chunk-signature=${signature}\r\n world\r\n0;chunk-signature=${signature}\r\n`;
  const send = (body: string, more: Record<string, string>): Promise<{ status: number; code: string | undefined }> =>
    raw(
      'sums/chunked',
      { 'content-length': String(body.length), 'content-encoding': 'aws-chunked', 'x-amz-decoded-content-length': '11', ...more },
      body,
    );

  test('with signed chunks is stored without its framing', async () => {
    const answer = await send(`${signed('0'.repeat(64))}\r\n`, { 'x-amz-content-sha256': 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD' });

    const got = await cloud.client.send(new GetObjectCommand({ Bucket, Key: 'chunked' }));

    expect(answer.status).toBe(200);
    expect(await got.Body!.transformToString()).toBe('hello world');
    expect(got.ContentEncoding).toBeUndefined();
  });

  test.each([
    ['whose chunks are signed otherwise', signed('1'.repeat(64))],
    ['with one chunk unsigned', signed('0'.repeat(64)).replace(/;chunk-signature=0+/, '')],
    ['whose last chunk is unsigned', signed('0'.repeat(64)).replace(/0;chunk-signature=0+\r\n$/, '0\r\n')],
  ])('%s is refused', async (_, body) => {
    const headers = { 'x-amz-content-sha256': 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD' };

    expect(await send(`${body}\r\n`, headers)).toEqual({ status: 403, code: 'SignatureDoesNotMatch' });
  });

  test('with a signed trailer is held against its signature', async () => {
    const headers = { 'x-amz-trailer': 'x-amz-checksum-crc32', 'x-amz-content-sha256': 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER' };
    const trailed = (more: string): string => `${signed('0'.repeat(64))}x-amz-checksum-crc32:DUoRhQ==\r\n${more}\r\n`;

    expect(await send(trailed(`x-amz-trailer-signature:${'0'.repeat(64)}\r\n`), headers)).toEqual({ status: 200, code: undefined });
    expect((await send(trailed(''), headers)).code).toBe('SignatureDoesNotMatch');
    expect((await send(trailed(`x-amz-trailer-signature:${'1'.repeat(64)}\r\n`), headers)).code).toBe('SignatureDoesNotMatch');
  });

  test.each([
    ['with its trailer', 'x-amz-checksum-crc32:DUoRhQ==\r\n\r\n', undefined],
    ['with a wrong trailer', 'x-amz-checksum-crc32:AAAAAA==\r\n\r\n', 'BadDigest'],
    ['without the announced trailer', '\r\n', 'InvalidRequest'],
    ['cut short', '', 'IncompleteBody'],
  ])('%s is judged by it', async (_, tail, code) => {
    const headers = { 'x-amz-trailer': 'x-amz-checksum-crc32', 'x-amz-content-sha256': 'STREAMING-UNSIGNED-PAYLOAD-TRAILER' };

    expect((await send(`5\r\nhello\r\n6\r\n world\r\n0\r\n${tail}`, headers)).code).toBe(code);
  });

  test.each([
    ['shorter than declared', '5\r\nhello\r\n0\r\n\r\n'],
    ['longer than declared', 'c\r\nhello world!\r\n0\r\n\r\n'],
    ['with a size that is none', 'zz\r\nhello\r\n'],
    ['with a chunk longer than its header', '3\r\nhello\r\n0\r\n\r\n'],
  ])('%s is IncompleteBody', async (_, body) => {
    expect((await send(body, {})).code).toBe('IncompleteBody');
  });

  test('is decoded alike however the network cuts it', () => {
    const chunks = fc.array(fc.uint8Array({ minLength: 1, maxLength: 40 }), { maxLength: 6 });
    fc.assert(
      fc.property(chunks, fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1 }), (payloads, cuts) => {
        const framed = payloads.map((bytes) =>
          Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from('\r\n')]),
        );
        const whole = Buffer.concat([...framed, Buffer.from('0\r\nx-amz-checksum-crc32: abc=\r\n\r\n')]);
        const decoder = new AwsChunkedDecoder();
        const decoded: Buffer[] = [];
        for (let at = 0, i = 0; at < whole.length; i++) {
          const size = cuts[i % cuts.length]!;
          decoded.push(...decoder.push(whole.subarray(at, at + size)));
          at += size;
        }
        decoder.end();

        expect(Buffer.concat(decoded).equals(Buffer.concat(payloads))).toBe(true);
        expect(decoder.trailers.get('x-amz-checksum-crc32')).toBe('abc=');
      }),
    );
  });
});
