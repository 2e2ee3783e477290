import { type FileHandle, open } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { AwsChunkedDecoder, decodeAwsChunked } from './aws-chunked';
import { BLOB_MODE, type Blobs } from './blobs';
import { createHasher, type Hasher, md5Hasher, sha256Hasher } from './checksums';
import { badDigest, invalidRequest, malformedXml, S3Error } from './errors';
import { checkedValue, checksumHeader, type Expectations } from './expectations';
import type { ChecksumAlgorithm } from './model';

/** A body on disk, in `incoming/`, proven to be what its sender meant. */
export interface Received {
  readonly blob: string;
  readonly size: number;
  /** MD5 in hex. */
  readonly etag: string;
  readonly checksum: string;
}

/** Pieces are gathered to this much before they go to disk; a body below it is written in one go. */
const WRITE_BYTES = 1024 * 1024;

/** Operations with XML bodies: ten thousand parts or a thousand keys fit well. */
const MAX_XML_BYTES = 8 * 1024 * 1024;

/** Writes pieces to a new blob in large steps, holding at most one step in memory. */
class Spool {
  readonly blob: string;
  private handle: FileHandle | undefined;
  private held: Buffer[] = [];
  private heldBytes = 0;

  constructor(private readonly blobs: Blobs) {
    this.blob = blobs.newId();
  }

  async add(piece: Buffer): Promise<void> {
    this.held.push(piece);
    this.heldBytes += piece.length;
    if (this.heldBytes >= WRITE_BYTES) await this.flush();
  }

  async finish(): Promise<void> {
    if (this.handle) await this.flush();
    else this.blobs.writeAs(this.blob, this.held);
    await this.close();
  }

  async abandon(): Promise<void> {
    await this.close();
    this.blobs.discard(this.blob);
  }

  private async flush(): Promise<void> {
    this.handle ??= await open(this.blobs.incomingPath(this.blob), 'wx', BLOB_MODE);
    const bytes = Buffer.concat(this.held);
    this.held = [];
    this.heldBytes = 0;
    for (let offset = 0; offset < bytes.length; ) offset += (await this.handle.write(bytes, offset)).bytesWritten;
  }

  private async close(): Promise<void> {
    await this.handle?.close();
    this.handle = undefined;
  }
}

/** Writes any bytes to a new blob, with the checksum that the object will carry and further ones to verify. */
export async function store(
  blobs: Blobs,
  body: AsyncIterable<Buffer>,
  hashers: { readonly md5: Hasher; readonly stored: Hasher; readonly others?: readonly Hasher[]; readonly maxBytes?: number },
): Promise<Received> {
  const spool = new Spool(blobs);
  const all = [hashers.md5, hashers.stored, ...(hashers.others ?? [])];
  let size = 0;
  try {
    for await (const piece of body) {
      size += piece.length;
      if (size > (hashers.maxBytes ?? Number.POSITIVE_INFINITY)) throw incomplete();
      for (const hasher of all) hasher.update(piece);
      await spool.add(piece);
    }
    await spool.finish();
  } catch (error) {
    await spool.abandon();
    throw error;
  }
  return { blob: spool.blob, size, etag: hashers.md5.digest().toString('hex'), checksum: hashers.stored.digest().toString('base64') };
}

const incomplete = (): S3Error =>
  new S3Error('IncompleteBody', 'You did not provide the number of bytes specified by the Content-Length HTTP header');

/** Answering before a body is read must not cut the connection, so leaving the loop early leaves the stream alone. */
const piecesOf = (http: IncomingMessage): AsyncIterable<Buffer> =>
  http.iterator({ destroyOnReturn: false }) as unknown as AsyncIterable<Buffer>;

const decoderFor = ({ chunkSignatures }: Expectations): AwsChunkedDecoder =>
  new AwsChunkedDecoder({ hashing: chunkSignatures !== undefined });

const payloadOf = (http: IncomingMessage, { chunked, chunkSignatures }: Expectations, decoder: AwsChunkedDecoder): AsyncIterable<Buffer> =>
  chunked ? decodeAwsChunked(piecesOf(http), decoder, chunkSignatures) : piecesOf(http);

/** Receives a request's body into a blob and verifies all that the request says about it; nothing remains when it is refused. */
export async function receive(
  http: IncomingMessage,
  expected: Expectations,
  into: { readonly blobs: Blobs; readonly algorithm: ChecksumAlgorithm },
): Promise<Received> {
  const decoder = decoderFor(expected);
  const claimed = expected.checksum?.algorithm ?? expected.trailer ?? into.algorithm;
  const stored = await createHasher(into.algorithm);
  const claim = claimed === into.algorithm ? undefined : await createHasher(claimed);
  const sha256 = expected.sha256 === undefined ? undefined : sha256Hasher();
  const body = payloadOf(http, expected, decoder);
  const received = await store(into.blobs, body, {
    md5: md5Hasher(),
    stored,
    others: [claim, sha256].filter((hasher) => hasher !== undefined),
    maxBytes: expected.length,
  });
  try {
    verify(expected, received, {
      trailers: decoder.trailers,
      checksum: claim?.digest().toString('base64') ?? received.checksum,
      sha256: sha256?.digest().toString('hex'),
    });
  } catch (error) {
    into.blobs.discard(received.blob);
    throw error;
  }
  return received;
}

interface Found {
  readonly trailers: ReadonlyMap<string, string>;
  readonly checksum: string;
  readonly sha256: string | undefined;
}

function verify(expected: Expectations, received: Received, found: Found): void {
  if (received.size !== expected.length) throw incomplete();
  if (expected.md5 !== undefined && Buffer.from(expected.md5, 'base64').toString('hex') !== received.etag) {
    throw new S3Error('BadDigest', 'The Content-MD5 you specified did not match what we received.');
  }
  if (expected.sha256 !== undefined && expected.sha256 !== found.sha256) {
    throw new S3Error('XAmzContentSHA256Mismatch', "The provided 'x-amz-content-sha256' header does not match what was computed.");
  }
  if (expected.checksum && expected.checksum.value !== found.checksum) throw badDigest(expected.checksum.algorithm);
  if (expected.trailer) verifyTrailer(expected.trailer, found);
}

function verifyTrailer(algorithm: ChecksumAlgorithm, found: Found): void {
  const value = found.trailers.get(checksumHeader(algorithm));
  if (value === undefined) throw invalidRequest(`The trailer ${checksumHeader(algorithm)} was announced and did not arrive.`);
  if (checkedValue(algorithm, value) !== found.checksum) throw badDigest(algorithm);
}

/** A small body, whole and verified like any other. */
export async function receiveText(http: IncomingMessage, expected: Expectations): Promise<string> {
  if (expected.length > MAX_XML_BYTES) throw malformedXml();
  const decoder = decoderFor(expected);
  const pieces: Buffer[] = [];
  for await (const piece of payloadOf(http, expected, decoder)) pieces.push(piece);
  const body = Buffer.concat(pieces);
  await verifyText(expected, body, decoder.trailers);
  return body.toString('utf8');
}

async function verifyText(expected: Expectations, body: Buffer, trailers: ReadonlyMap<string, string>): Promise<void> {
  const digest = (hasher: Hasher): Buffer => {
    hasher.update(body);
    return hasher.digest();
  };
  const algorithm = expected.checksum?.algorithm ?? expected.trailer ?? 'CRC32';
  const checksum = digest(await createHasher(algorithm)).toString('base64');
  const received = { blob: '', size: body.length, etag: digest(md5Hasher()).toString('hex'), checksum };
  verify(expected, received, { trailers, checksum, sha256: expected.sha256 && digest(sha256Hasher()).toString('hex') });
}
