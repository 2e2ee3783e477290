import { CreateMultipartUploadCommand, S3Client, UploadPartCommand } from '@aws-sdk/client-s3';
import { mockClient } from 'aws-sdk-client-mock';
import { createPendingUploads } from '../../adapters/aws/pending-uploads';
import { Tally } from '../../adapters/tally';
import { crc32Checksum } from '../support/memory-store';

const s3 = mockClient(S3Client);
const body = Buffer.from('id,amount\n1,2\n');
const checksum = crc32Checksum(body).value;
const OTHER = crc32Checksum(Buffer.from('id,amount\n1,3\n')).value;
const piece = { key: 'out/part', uploadId: 'u', partNumber: 1, body, checksum };

beforeEach(() => {
  s3.reset();
  s3.on(CreateMultipartUploadCommand).resolves({ UploadId: 'u' });
});

test('a piece that S3 holds with other bytes is sent again, and counted as a retry', async () => {
  s3.on(UploadPartCommand).resolvesOnce({ ETag: 'damaged', ChecksumCRC32: OTHER }).resolves({ ETag: 'whole', ChecksumCRC32: checksum });
  const tally = new Tally();

  const sent = await createPendingUploads('bucket', new S3Client({}), tally).uploadPiece(piece);

  expect(sent).toEqual({ partNumber: 1, etag: 'whole', checksum });
  expect(s3.commandCalls(UploadPartCommand)).toHaveLength(2);
  expect(tally.count).toBe(1);
});

test.each([
  ['other bytes', OTHER],
  ['no checksum', undefined],
])('a piece that S3 keeps answering for with %s is refused, and both checksums are named', async (_what, held) => {
  s3.on(UploadPartCommand).resolves({ ETag: 'e', ChecksumCRC32: held });

  await expect(createPendingUploads('bucket', new S3Client({})).uploadPiece(piece)).rejects.toMatchObject({
    name: 'DamagedUploadError',
    message: `the upload of out/part cannot be completed: piece 1 was sent with CRC32 ${checksum} and is held with ${held ?? 'none'}, 3 times`,
  });
});
