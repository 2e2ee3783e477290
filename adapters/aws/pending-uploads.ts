import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  type ListMultipartUploadsCommandOutput,
  S3Client,
  UploadPartCommand,
  type UploadPartCommandOutput,
} from '@aws-sdk/client-s3';
import { DamagedUploadError, errorName } from '../errors';
import type { PendingUploads, PieceUpload, UploadedPiece } from '../ports';
import type { Tally } from '../tally';
import { clientOptions } from './client-options';

/** Answers to a completion after which the file may be there: by an earlier try, or by somebody who wrote the same. */
const MAYBE_DONE = new Set(['NoSuchUpload', 'PreconditionFailed', 'ConditionalRequestConflict']);
/** What S3 says of an upload that it has not, or that holds other pieces than those listed. */
const DAMAGED = new Set(['NoSuchUpload', 'InvalidPart', 'BadDigest']);

/** How many times a piece is sent before its upload counts as damaged. */
const MAX_SENDS = 3;

class S3PendingUploads implements PendingUploads {
  constructor(
    readonly bucket: string,
    private readonly s3: S3Client,
    private readonly tally: Tally | undefined,
  ) {}

  async begin(key: string, contentType: string): Promise<string> {
    const { UploadId } = await this.s3.send(
      new CreateMultipartUploadCommand({
        Bucket: this.bucket,
        Key: key,
        ContentType: contentType,
        ChecksumAlgorithm: 'CRC32',
        ChecksumType: 'FULL_OBJECT',
      }),
    );
    if (!UploadId) throw new Error(`S3 gave no upload id for ${key}`);
    return UploadId;
  }

  /** Sends a piece until S3 confirms its checksum: a piece damaged in transit would otherwise fail the whole run when the upload is completed. */
  async uploadPiece(piece: PieceUpload): Promise<UploadedPiece> {
    let held: string | undefined;
    for (let send = 1; send <= MAX_SENDS; send++) {
      const { ETag, ChecksumCRC32 } = await this.send(piece);
      if (ChecksumCRC32 === piece.checksum) return { partNumber: piece.partNumber, etag: ETag ?? '', checksum: piece.checksum };
      if (send < MAX_SENDS) this.tally?.add(1);
      held = ChecksumCRC32;
    }
    const what = `piece ${piece.partNumber} was sent with CRC32 ${piece.checksum} and is held with ${held ?? 'none'}, ${MAX_SENDS} times`;
    throw new DamagedUploadError(piece.key, what);
  }

  private async send({ key, uploadId, partNumber, body, checksum, signal }: PieceUpload): Promise<UploadPartCommandOutput> {
    const answer = await this.s3.send(
      new UploadPartCommand({
        Bucket: this.bucket,
        Key: key,
        UploadId: uploadId,
        PartNumber: partNumber,
        Body: body,
        ContentLength: body.length,
        ChecksumCRC32: checksum,
      }),
      { abortSignal: signal },
    );
    this.tally?.add((answer.$metadata?.attempts ?? 1) - 1);
    return answer;
  }

  async complete({ key, uploadId, pieces, checksum, once }: Parameters<PendingUploads['complete']>[0]): Promise<void> {
    try {
      await this.s3.send(
        new CompleteMultipartUploadCommand({
          Bucket: this.bucket,
          Key: key,
          UploadId: uploadId,
          ChecksumType: 'FULL_OBJECT',
          ChecksumCRC32: checksum,
          ...(once && { IfNoneMatch: '*' }),
          MultipartUpload: {
            Parts: pieces.map((piece) => ({ PartNumber: piece.partNumber, ETag: piece.etag, ChecksumCRC32: piece.checksum })),
          },
        }),
      );
    } catch (thrown) {
      const name = errorName(thrown);
      if (MAYBE_DONE.has(name) && (await this.checksumOf(key)) === checksum) return;
      throw DAMAGED.has(name) ? new DamagedUploadError(key, `${name}: ${(thrown as Error).message}`) : thrown;
    }
  }

  async abort({ key, uploadId }: Parameters<PendingUploads['abort']>[0]): Promise<void> {
    try {
      await this.s3.send(new AbortMultipartUploadCommand({ Bucket: this.bucket, Key: key, UploadId: uploadId }));
    } catch (thrown) {
      if (errorName(thrown) !== 'NoSuchUpload') throw thrown;
    }
  }

  async withdraw(key: string, versionId: string): Promise<void> {
    await this.s3.send(new DeleteObjectCommand({ Bucket: this.bucket, Key: key, VersionId: versionId }));
  }

  async *pending(prefix: string): AsyncIterable<{ key: string; uploadId: string }> {
    let marker: { KeyMarker?: string; UploadIdMarker?: string } | undefined = {};
    while (marker) {
      const page: ListMultipartUploadsCommandOutput = await this.s3.send(
        new ListMultipartUploadsCommand({ Bucket: this.bucket, Prefix: prefix, ...marker }),
      );
      for (const { Key = '', UploadId = '' } of page.Uploads ?? []) yield { key: Key, uploadId: UploadId };
      marker = page.IsTruncated ? { KeyMarker: page.NextKeyMarker, UploadIdMarker: page.NextUploadIdMarker } : undefined;
    }
  }

  /** Of the file as it is now; undefined when there is none. */
  private async checksumOf(key: string): Promise<string | undefined> {
    try {
      const head = await this.s3.send(new HeadObjectCommand({ Bucket: this.bucket, Key: key, ChecksumMode: 'ENABLED' }));
      return head.ChecksumCRC32;
    } catch (thrown) {
      if (errorName(thrown) === 'NotFound') return undefined;
      throw thrown;
    }
  }
}

/** Pending multipart uploads of one bucket; pieces that had to be sent again are counted in `tally`. */
export const createPendingUploads = (bucket: string, s3 = new S3Client(clientOptions()), tally?: Tally): PendingUploads =>
  new S3PendingUploads(bucket, s3, tally);
