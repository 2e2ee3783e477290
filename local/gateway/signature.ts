import { isUtf8 } from 'node:buffer';
import { createHash, createHmac, type Hash, type Hmac, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { SignatureV4 } from '@smithy/signature-v4';
import type { ChunkSignatures } from '../kernel/types';
import type { Authorization } from './authorization';
import type { Key } from './keyring';

const CONTENT_HASH = 'x-amz-content-sha256';
const DATE = 'x-amz-date';

/** Node's SHA-256, keyed or not, as the signer asks for it. */
class Sha256 {
  private hash: Hash | Hmac;

  constructor(private readonly secret?: string | ArrayBuffer | ArrayBufferView) {
    this.hash = this.create();
  }

  update(bytes: Uint8Array): void {
    this.hash.update(bytes);
  }

  async digest(): Promise<Uint8Array> {
    return this.hash.digest();
  }

  reset(): void {
    this.hash = this.create();
  }

  private create(): Hash | Hmac {
    const { secret } = this;
    if (secret === undefined) return createHash('sha256');
    if (typeof secret === 'string') return createHmac('sha256', secret);
    return createHmac(
      'sha256',
      ArrayBuffer.isView(secret) ? new Uint8Array(secret.buffer, secret.byteOffset, secret.byteLength) : new Uint8Array(secret),
    );
  }
}

export const sha256Hex = (bytes: Uint8Array | string): string => createHash('sha256').update(bytes).digest('hex');

/** Signs again what a client signed, with a `Date` header as well, which the signer leaves out of its own requests. */
class Resigner extends SignatureV4 {
  constructor(
    options: ConstructorParameters<typeof SignatureV4>[0],
    private readonly more: Readonly<Record<string, string>>,
  ) {
    super(options);
  }

  protected override createCanonicalRequest(...[request, headers, payload]: Parameters<SignatureV4['createCanonicalRequest']>): string {
    return super.createCanonicalRequest(request, { ...headers, ...this.more }, payload);
  }
}

/** The token is no part of the key: where a request carries it, it is among the headers or in the query. */
const signerOf = (
  { accessKeyId, secretAccessKey }: Key,
  { region, signingName }: Authorization,
  more: Readonly<Record<string, string>> = {},
): SignatureV4 =>
  new Resigner(
    {
      credentials: { accessKeyId, secretAccessKey },
      region,
      service: signingName,
      sha256: Sha256,
      // S3 encodes a path once, all others encode what came encoded once more.
      uriEscapePath: signingName !== 's3',
      applyChecksum: false,
    },
    more,
  );

const encodeStrictly = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);

/** S3's form of a path, however the client spelled it; throws a `URIError` for one that is not UTF-8. */
const canonicalPath = (path: string): string =>
  path
    .split('/')
    .map((segment) => encodeStrictly(decodeURIComponent(segment)))
    .join('/');

function queryOf(url: URL): Record<string, string[]> {
  const names = [...new Set(url.searchParams.keys())];
  return Object.fromEntries(names.map((name) => [name, url.searchParams.getAll(name)]));
}

/** Node reads headers as Latin-1; a value that is UTF-8 was signed as that. */
function headerText(value: string): string {
  const bytes = Buffer.from(value, 'latin1');
  return (isUtf8(bytes) ? bytes.toString('utf8') : value).trim();
}

/** The signed headers as they came, those that came twice in one line. */
function headersOf({ headersDistinct }: Pick<IncomingMessage, 'headersDistinct'>, names: readonly string[]): Record<string, string> {
  return Object.fromEntries(names.map((name) => [name, (headersDistinct[name] ?? []).map(headerText).join(',')]));
}

/** A request with all that its signature covers. */
export interface SignedRequest {
  readonly http: Pick<IncomingMessage, 'method' | 'url' | 'headersDistinct'>;
  readonly url: URL;
  readonly authorization: Authorization;
  /** What stands for the body in the signature. */
  readonly payload: string;
}

/** The signature that the holder of the key would have made over this very request. */
export async function signatureOf({ http, url, authorization, payload }: SignedRequest, key: Key): Promise<string> {
  const { signedHeaders, date, signingName } = authorization;
  const path = http.url?.split('?', 1)[0] ?? '/';
  const request = {
    method: http.method ?? '',
    protocol: 'http:',
    hostname: '127.0.0.1',
    path: signingName === 's3' ? canonicalPath(path) : path,
    query: queryOf(url),
    headers: { ...headersOf(http, signedHeaders), [CONTENT_HASH]: payload },
  };
  const dateHeader = headersOf(http, signedHeaders.includes('date') ? ['date'] : []);
  const signed = await signerOf(key, authorization, dateHeader).sign(request, {
    signingDate: date,
    signableHeaders: new Set(signedHeaders),
    // Both are added by the signer, whether or not the client signed them.
    unsignableHeaders: new Set([CONTENT_HASH, DATE].filter((name) => !signedHeaders.includes(name))),
  });
  return /Signature=([0-9a-f]+)/.exec(signed.headers.authorization ?? '')?.[1] ?? '';
}

/** Whether two texts are the same, in a time that does not say where they differ. */
export const isSame = (received: string, expected: string): boolean =>
  timingSafeEqual(Buffer.from(sha256Hex(received)), Buffer.from(sha256Hex(expected)));

/** The chain of signatures of an `aws-chunked` body whose chunks are signed; it continues the request's own. */
export function chunkSignatures(authorization: Authorization, key: Key): ChunkSignatures {
  const { date, region, signingName, signature } = authorization;
  const signer = signerOf(key, authorization);
  const stamp = date.toISOString().replace(/[-:]|\.\d{3}/g, '');
  const scope = `${stamp.slice(0, 8)}/${region}/${signingName}/aws4_request`;
  const sign = (lines: readonly string[]): Promise<string> => signer.sign(lines.join('\n'), { signingDate: date });
  return {
    seed: signature,
    ofChunk: (previous, hash) => sign(['AWS4-HMAC-SHA256-PAYLOAD', stamp, scope, previous, sha256Hex(''), hash]),
    ofTrailers: (previous, hash) => sign(['AWS4-HMAC-SHA256-TRAILER', stamp, scope, previous, hash]),
  };
}
