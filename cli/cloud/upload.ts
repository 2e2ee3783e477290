import { crc32 } from 'node:zlib';
import {
  AbortMultipartUploadCommand,
  type CompletedPart,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  HeadObjectCommand,
  NotFound,
  PutObjectCommand,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { mapConcurrently } from '../../adapters/concurrency';
import { MIB } from '../../core/units';
import { measureFile, readPiece, toBase64 } from './checksum';
import type { PutFile } from './port';

/** Up to here one request is simplest; above, a lost connection should cost a piece and not the file. */
const SINGLE_PUT_BYTES = 64 * MIB;
const PIECE_BYTES = 16 * MIB;
/** S3 takes at most 10,000 parts. */
const MAX_PIECES = 10_000;
const UPLOADS_AT_ONCE = 4;

interface Target {
  readonly s3: S3Client;
  readonly bucket: string;
  readonly key: string;
}

interface Measured {
  readonly path: string;
  readonly bytes: number;
  readonly crc32: string;
}

/** Puts a file with a checksum of the whole object, unless the newest version of the key is this very file. */
export async function putFile(target: Target, path: string, { again }: { readonly again: boolean }): Promise<PutFile> {
  const file = { path, ...(await measureFile(path)) };
  const present = again ? undefined : await sameContent(target, file);
  if (present !== undefined) return { object: refOf(target, present), uploaded: false };
  const versionId = file.bytes <= SINGLE_PUT_BYTES ? await putWhole(target, file) : await putPieces(target, file);
  return { object: refOf(target, versionId), uploaded: true };
}

const refOf = ({ bucket, key }: Target, versionId: string | undefined) => ({ bucket, key, versionId: versionId ?? 'null' });

/** The version id of the newest version, if that has the size and the checksum of the file. */
async function sameContent({ s3, bucket, key }: Target, file: Measured): Promise<string | undefined> {
  try {
    const head = await s3.send(new HeadObjectCommand({ Bucket: bucket, Key: key, ChecksumMode: 'ENABLED' }));
    const same = head.ContentLength === file.bytes && head.ChecksumType === 'FULL_OBJECT' && head.ChecksumCRC32 === file.crc32;
    return same ? (head.VersionId ?? 'null') : undefined;
  } catch (error) {
    if (error instanceof NotFound) return undefined;
    throw error;
  }
}

async function putWhole({ s3, bucket, key }: Target, file: Measured): Promise<string | undefined> {
  const Body = await readPiece(file.path, 0, file.bytes);
  const { VersionId } = await s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body, ChecksumCRC32: file.crc32 }));
  return VersionId;
}

async function putPieces(target: Target, file: Measured): Promise<string | undefined> {
  const { s3, bucket, key } = target;
  const begin = { Bucket: bucket, Key: key, ChecksumAlgorithm: 'CRC32', ChecksumType: 'FULL_OBJECT' } as const;
  const { UploadId } = await s3.send(new CreateMultipartUploadCommand(begin));
  const upload = { Bucket: bucket, Key: key, UploadId };
  try {
    const Parts = await mapConcurrently(piecesOf(file.bytes), UPLOADS_AT_ONCE, (piece) =>
      putPiece(s3, upload, { ...piece, path: file.path }),
    );
    const complete = { ...upload, MultipartUpload: { Parts }, ChecksumType: 'FULL_OBJECT', ChecksumCRC32: file.crc32 } as const;
    const { VersionId } = await s3.send(new CompleteMultipartUploadCommand(complete));
    return VersionId;
  } catch (error) {
    await s3.send(new AbortMultipartUploadCommand(upload));
    throw error;
  }
}

interface Piece {
  readonly number: number;
  readonly start: number;
  readonly end: number;
}

/** Cuts a file so that S3 takes it, whatever its size. */
export function piecesOf(bytes: number): readonly Piece[] {
  const size = Math.max(PIECE_BYTES, Math.ceil(bytes / MAX_PIECES));
  return Array.from({ length: Math.ceil(bytes / size) }, (_, index) => ({
    number: index + 1,
    start: index * size,
    end: Math.min(bytes, (index + 1) * size),
  }));
}

async function putPiece(
  s3: S3Client,
  upload: { readonly Bucket: string; readonly Key: string; readonly UploadId: string | undefined },
  { path, number, start, end }: Piece & { readonly path: string },
): Promise<CompletedPart> {
  const Body = await readPiece(path, start, end);
  const ChecksumCRC32 = toBase64(crc32(Body));
  const { ETag } = await s3.send(new UploadPartCommand({ ...upload, PartNumber: number, Body, ChecksumCRC32 }));
  return { PartNumber: number, ETag, ChecksumCRC32 };
}
