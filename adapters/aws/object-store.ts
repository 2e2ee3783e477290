import { randomUUID } from 'node:crypto';
import { crc32 } from 'node:zlib';
import {
  GetObjectCommand,
  HeadObjectCommand,
  type HeadObjectCommandOutput,
  PutObjectCommand,
  paginateListObjectsV2,
  S3Client,
} from '@aws-sdk/client-s3';
import type { Checksum } from '../../core/contracts';
import { errorName, ObjectNotFoundError } from '../errors';
import type { ObjectStore, ReadOptions, StoredObject } from '../ports';
import type { Tally } from '../tally';
import { clientOptions } from './client-options';
import { isCutBody, readRange } from './ranged-read';

/** How often a conditional write that met another one in flight (409) or a body cut short is tried again. */
const TRIES = 5;
const MISSING = new Set(['NotFound', 'NoSuchKey', 'NoSuchVersion']);
const WRITER = 'writer';

/** S3's checksum only where it is one of the whole object; composite ones cannot be combined. */
function fullChecksum(head: HeadObjectCommandOutput): Checksum | undefined {
  if (head.ChecksumType === 'COMPOSITE') return undefined;
  if (head.ChecksumCRC64NVME) return { algorithm: 'CRC64NVME', value: head.ChecksumCRC64NVME };
  if (head.ChecksumCRC32) return { algorithm: 'CRC32', value: head.ChecksumCRC32 };
  if (head.ChecksumCRC32C) return { algorithm: 'CRC32C', value: head.ChecksumCRC32C };
  return undefined;
}

export const crc32Base64 = (body: Buffer | string): string => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(crc32(body));
  return bytes.toString('base64');
};

class S3ObjectStore implements ObjectStore {
  constructor(
    readonly bucket: string,
    private readonly s3: S3Client,
    private readonly tally: Tally | undefined,
  ) {}

  async head(key: string, versionId?: string): Promise<StoredObject | undefined> {
    try {
      const head = await this.s3.send(
        new HeadObjectCommand({ Bucket: this.bucket, Key: key, VersionId: versionId, ChecksumMode: 'ENABLED' }),
      );
      const checksum = fullChecksum(head);
      return {
        key,
        versionId: head.VersionId ?? 'null',
        bytes: head.ContentLength ?? 0,
        etag: head.ETag ?? '',
        ...(checksum && { checksum }),
      };
    } catch (thrown) {
      if (MISSING.has(errorName(thrown))) return undefined;
      throw thrown;
    }
  }

  async read(key: string, options: ReadOptions = {}): Promise<Buffer> {
    const { range, versionId, signal, memory } = options;
    if (range && range.end <= range.start) return Buffer.alloc(0);
    try {
      if (!range) return await this.readWhole(key, options);
      return await readRange({ s3: this.s3, bucket: this.bucket, key, versionId, signal, tally: this.tally }, range, memory);
    } catch (thrown) {
      if (MISSING.has(errorName(thrown))) throw new ObjectNotFoundError(this.bucket, key);
      // A range that starts at or behind the end of the object.
      if (errorName(thrown) === 'InvalidRange') return Buffer.alloc(0);
      throw thrown;
    }
  }

  /** Read anew when its body breaks off, since S3's checksum, which the SDK verifies, is that of the whole. */
  private async readWhole(key: string, { versionId, signal }: ReadOptions): Promise<Buffer> {
    for (let attempt = 1; ; attempt++) {
      try {
        const wanted = new GetObjectCommand({ Bucket: this.bucket, Key: key, VersionId: versionId });
        const answer = await this.s3.send(wanted, { abortSignal: signal });
        return Buffer.from((await answer.Body?.transformToByteArray()) ?? []);
      } catch (thrown) {
        if (!(isCutBody(thrown) || isDamaged(thrown)) || attempt === TRIES) throw thrown;
        this.tally?.add(1);
      }
    }
  }

  async createOnce(key: string, body: string | Buffer): Promise<boolean> {
    const writer = randomUUID();
    for (let attempt = 1; ; attempt++) {
      try {
        await this.s3.send(
          new PutObjectCommand({
            Bucket: this.bucket,
            Key: key,
            Body: body,
            // Said, because the SDK cannot tell the length of an empty body.
            ContentLength: Buffer.byteLength(body),
            IfNoneMatch: '*',
            ChecksumCRC32: crc32Base64(body),
            Metadata: { [WRITER]: writer },
          }),
        );
        return true;
      } catch (thrown) {
        // The SDK's own retry may meet the write whose answer was lost: the writer tells whose it is.
        if (errorName(thrown) === 'PreconditionFailed') return (await this.writerOf(key)) === writer;
        if (errorName(thrown) !== 'ConditionalRequestConflict' || attempt === TRIES) throw thrown;
      }
    }
  }

  async *list(prefix: string): AsyncIterable<{ key: string; bytes: number }> {
    for await (const page of paginateListObjectsV2({ client: this.s3 }, { Bucket: this.bucket, Prefix: prefix })) {
      for (const { Key, Size } of page.Contents ?? []) yield { key: Key ?? '', bytes: Size ?? 0 };
    }
  }

  private async writerOf(key: string): Promise<string | undefined> {
    const head = await this.s3.send(new HeadObjectCommand({ Bucket: this.bucket, Key: key }));
    return head.Metadata?.[WRITER];
  }
}

/** The SDK found a body to be other than its checksum says; it has no name for that. */
const isDamaged = (thrown: unknown): boolean => /^Checksum mismatch/.test((thrown as Error).message);

/** One bucket over S3; what had to be asked for again is counted in `tally`. */
export const createObjectStore = (bucket: string, s3 = new S3Client(clientOptions()), tally?: Tally): ObjectStore =>
  new S3ObjectStore(bucket, s3, tally);
