import type { ChunkSignatures } from '../kernel/types';
import { type Call, header, parameter } from './call';
import { DIGEST_BYTES } from './checksums';
import { invalidRequest, notImplemented, S3Error } from './errors';
import { CHECKSUM_ALGORITHMS, type ChecksumAlgorithm } from './model';

/** S3 takes at most this much in one request. */
const MAX_BODY_BYTES = 5 * 1024 ** 3;

/** What a request says about its body, to be held against what arrives. */
export interface Expectations {
  /** Bytes of payload. */
  readonly length: number;
  readonly chunked: boolean;
  /** From a header; the value from a trailer is known only at the end. */
  readonly checksum?: { readonly algorithm: ChecksumAlgorithm; readonly value: string };
  readonly trailer?: ChecksumAlgorithm;
  /** Base64. */
  readonly md5?: string;
  /** Hex. */
  readonly sha256?: string;
  /** Of a body whose chunks are signed. */
  readonly chunkSignatures?: ChunkSignatures;
}

export const checksumHeader = (algorithm: ChecksumAlgorithm): string => `x-amz-checksum-${algorithm.toLowerCase()}`;

const byHeader = new Map(CHECKSUM_ALGORITHMS.map((algorithm) => [checksumHeader(algorithm), algorithm] as const));
/** Headers that begin like a checksum's and are none. */
const NO_CHECKSUMS: ReadonlySet<string> = new Set(['x-amz-checksum-algorithm', 'x-amz-checksum-type', 'x-amz-checksum-mode']);

function algorithmOf(name: string): ChecksumAlgorithm {
  const algorithm = byHeader.get(name);
  if (!algorithm) throw notImplemented(name);
  return algorithm;
}

/** `CRC32` for `CRC32` or `crc32`; refused by name when S3 here does not compute it. */
export function parseAlgorithm(name: string): ChecksumAlgorithm {
  const algorithm = CHECKSUM_ALGORITHMS.find((known) => known === name.toUpperCase());
  if (!algorithm) throw notImplemented(`checksum algorithm ${name}`);
  return algorithm;
}

/** Refuses what cannot be a checksum of the algorithm. */
export function checkedValue(algorithm: ChecksumAlgorithm, value: string): string {
  const bytes = Buffer.from(value, 'base64');
  if (bytes.length !== DIGEST_BYTES[algorithm] || bytes.toString('base64') !== value) {
    throw invalidRequest(`Value for ${checksumHeader(algorithm)} header is invalid.`);
  }
  return value;
}

/** The checksum that a request carries in a header, if any. */
export function headerChecksum(call: Call): { readonly algorithm: ChecksumAlgorithm; readonly value: string } | undefined {
  const names = Object.keys(call.request.http.headers).filter((name) => name.startsWith('x-amz-checksum-') && !NO_CHECKSUMS.has(name));
  if (names.length > 1) {
    throw invalidRequest('Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.');
  }
  const [name] = names;
  if (name === undefined) return undefined;
  const algorithm = algorithmOf(name);
  return { algorithm, value: header(call, name) ?? '' };
}

function trailerAlgorithm(call: Call): ChecksumAlgorithm | undefined {
  const trailer = header(call, 'x-amz-trailer');
  return trailer === undefined ? undefined : algorithmOf(trailer.trim().toLowerCase());
}

function contentMd5(call: Call): string | undefined {
  const md5 = header(call, 'content-md5');
  if (md5 !== undefined && Buffer.from(md5, 'base64').length !== 16) {
    throw new S3Error('InvalidDigest', 'The Content-MD5 you specified was invalid.', { fields: { 'Content-MD5': md5 } });
  }
  return md5;
}

function payloadLength(call: Call, chunked: boolean): number {
  const text = header(call, chunked ? 'x-amz-decoded-content-length' : 'content-length');
  if (text === undefined || !/^\d+$/.test(text)) {
    throw new S3Error('MissingContentLength', 'You must provide the Content-Length HTTP header.', { status: 411 });
  }
  if (Number(text) > MAX_BODY_BYTES) {
    throw new S3Error('EntityTooLarge', 'Your proposed upload exceeds the maximum allowed size', {
      fields: { ProposedSize: text, MaxSizeAllowed: String(MAX_BODY_BYTES) },
    });
  }
  return Number(text);
}

function checkAnnounced(call: Call, found: ChecksumAlgorithm | undefined): void {
  const announced = header(call, 'x-amz-sdk-checksum-algorithm');
  if (announced === undefined) return;
  if (found === undefined) {
    throw invalidRequest(
      'x-amz-sdk-checksum-algorithm specified, but no corresponding x-amz-checksum-* or x-amz-trailer headers were found.',
    );
  }
  if (parseAlgorithm(announced) !== found) throw invalidRequest('Value for x-amz-sdk-checksum-algorithm header is invalid.');
}

/** What the request's signature says of the body; a presigned request may say it in its query. */
const declaredPayload = (call: Call): string => header(call, 'x-amz-content-sha256') ?? parameter(call, 'X-Amz-Content-Sha256') ?? '';

const sha256Of = (declared: string): string | undefined => (/^[0-9a-f]{64}$/.test(declared) ? declared : undefined);

function signaturesOf({ request }: Call): ChunkSignatures {
  if (!request.chunkSignatures) throw notImplemented('a body with signed chunks without a signed request');
  return request.chunkSignatures;
}

/** Everything a request announces about its body, refused when it contradicts itself. */
export function expectationsOf(call: Call): Expectations {
  const declared = declaredPayload(call);
  const chunked = declared.startsWith('STREAMING-') || /\baws-chunked\b/.test(header(call, 'content-encoding') ?? '');
  const checksum = headerChecksum(call);
  const trailer = trailerAlgorithm(call);
  checkAnnounced(call, checksum?.algorithm ?? trailer);
  return {
    length: payloadLength(call, chunked),
    chunked,
    checksum: checksum && { ...checksum, value: checkedValue(checksum.algorithm, checksum.value) },
    trailer,
    md5: contentMd5(call),
    sha256: sha256Of(declared),
    chunkSignatures: declared.startsWith('STREAMING-AWS4-HMAC-SHA256-') ? signaturesOf(call) : undefined,
  };
}

/** For requests whose checksum headers speak of an object and not of their own body. */
export const plainExpectations = (call: Call): Expectations => ({
  length: payloadLength(call, false),
  chunked: false,
  md5: contentMd5(call),
  sha256: sha256Of(declaredPayload(call)),
});
