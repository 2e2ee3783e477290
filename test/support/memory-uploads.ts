import { createHash } from 'node:crypto';
import { DamagedUploadError } from '../../adapters/errors';
import type { PendingUploads, UploadedPiece } from '../../adapters/ports';
import { crc32Checksum, type MemoryObjectStore } from './memory-store';

interface Upload {
  readonly key: string;
  readonly pieces: Map<number, { readonly body: Buffer; readonly etag: string }>;
}

/** Named as S3 names it. */
class NoSuchUploadError extends Error {
  override readonly name = 'NoSuchUpload';
}

/** Pending uploads of a bucket in memory; completing one puts the object into the store. */
export class MemoryPendingUploads implements PendingUploads {
  private readonly open = new Map<string, Upload>();
  private readonly completed = new Set<string>();
  private begun = 0;
  readonly aborted: string[] = [];

  constructor(readonly store: MemoryObjectStore) {}

  get bucket(): string {
    return this.store.bucket;
  }

  async begin(key: string, _contentType: string): Promise<string> {
    this.begun += 1;
    const uploadId = `upload-${this.begun}`;
    this.open.set(uploadId, { key, pieces: new Map() });
    return uploadId;
  }

  async uploadPiece(piece: { key: string; uploadId: string; partNumber: number; body: Buffer; checksum: string }): Promise<UploadedPiece> {
    const { pieces } = this.mustFind(piece.key, piece.uploadId);
    const body = Buffer.from(piece.body);
    const checksum = crc32Checksum(body).value;
    if (checksum !== piece.checksum) throw new RangeError(`piece has checksum ${checksum}, its sender said ${piece.checksum}`);
    const etag = `"${createHash('md5').update(body).digest('hex')}"`;
    pieces.set(piece.partNumber, { body, etag });
    return { partNumber: piece.partNumber, etag, checksum };
  }

  async complete(upload: {
    key: string;
    uploadId: string;
    pieces: readonly UploadedPiece[];
    checksum: string;
    once?: boolean;
  }): Promise<void> {
    if (this.completed.has(upload.uploadId)) return;
    const there = upload.once ? await this.store.head(upload.key) : undefined;
    if (there && there.checksum?.value === upload.checksum) return;
    if (there) throw new RangeError(`${upload.key} exists and is another file`);
    if (this.open.get(upload.uploadId)?.key !== upload.key)
      throw new DamagedUploadError(upload.key, `there is no upload ${upload.uploadId}`);
    const body = this.assemble(upload.key, upload.uploadId, upload.pieces);
    const { value } = crc32Checksum(body);
    if (value !== upload.checksum) throw new DamagedUploadError(upload.key, `its checksum is ${value}, its sender said ${upload.checksum}`);
    await this.store.createOnce(upload.key, body);
    this.open.delete(upload.uploadId);
    this.completed.add(upload.uploadId);
  }

  async abort({ uploadId }: { key: string; uploadId: string }): Promise<void> {
    if (this.open.delete(uploadId)) this.aborted.push(uploadId);
  }

  async withdraw(key: string, versionId: string): Promise<void> {
    this.store.remove(key, versionId);
  }

  async *pending(prefix: string): AsyncIterable<{ readonly key: string; readonly uploadId: string }> {
    for (const [uploadId, { key }] of this.open) {
      if (key.startsWith(prefix)) yield { key, uploadId };
    }
  }

  private assemble(key: string, uploadId: string, pieces: readonly UploadedPiece[]): Buffer {
    const upload = this.mustFind(key, uploadId);
    const bodies = pieces.map(({ partNumber, etag }) => {
      const piece = upload.pieces.get(partNumber);
      if (piece?.etag !== etag) throw new DamagedUploadError(key, `piece ${partNumber} of ${uploadId} is not ${etag}`);
      return piece.body;
    });
    return Buffer.concat(bodies);
  }

  private mustFind(key: string, uploadId: string): Upload {
    const upload = this.open.get(uploadId);
    if (upload?.key !== key) throw new NoSuchUploadError(`no pending upload ${uploadId} of ${JSON.stringify(key)}`);
    return upload;
  }
}
