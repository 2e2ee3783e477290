import type { IncomingMessage } from 'node:http';
import { ApiError } from '../kernel/errors';
import type { Caller, ChunkSignatures } from '../kernel/types';
import { authError, unsignedRequest } from './auth-errors';
import { type Authorization, readAuthorization } from './authorization';
import type { Key, Keyring } from './keyring';
import { readWhole, withBody } from './request-body';
import { chunkSignatures, isSame, sha256Hex, signatureOf } from './signature';

/** A request whose signer is known. */
export interface Authenticated {
  readonly caller: Caller;
  readonly signingName: string;
  /** The request; its body may have been read and put back. */
  readonly http: IncomingMessage;
  readonly chunkSignatures?: ChunkSignatures;
}

export interface AuthenticatorOptions {
  readonly keyring: Pick<Keyring, 'find'>;
  /** @default Date.now */
  readonly now?: () => number;
}

/** AWS takes requests whose clock is off by this much. */
const MAX_SKEW_MS = 15 * 60_000;

const UNSIGNED_PAYLOAD = 'UNSIGNED-PAYLOAD';
const SIGNED_CHUNKS = ['STREAMING-AWS4-HMAC-SHA256-PAYLOAD', 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER'];
/** What S3 takes in place of a body's SHA-256. */
const S3_PAYLOADS: ReadonlySet<string> = new Set([UNSIGNED_PAYLOAD, 'STREAMING-UNSIGNED-PAYLOAD-TRAILER', ...SIGNED_CHUNKS]);

function findKey({ accessKeyId, signingName }: Authorization, keyring: Pick<Keyring, 'find'>): Key {
  const key = keyring.find(accessKeyId);
  if (key) return key;
  throw authError(
    signingName,
    'unknown-key',
    `access key ${accessKeyId} is none of this local cloud's: set the variables that it prints; those of functions and jobs end with its process`,
  );
}

/** A session's requests carry its token; the operator's carry none. */
function checkToken(
  { headers }: IncomingMessage,
  url: URL,
  { key, signingName }: { readonly key: Key; readonly signingName: string },
): void {
  const sent = String(headers['x-amz-security-token'] ?? url.searchParams.get('X-Amz-Security-Token') ?? '');
  if (isSame(sent, key.sessionToken ?? '')) return;
  const advice = key.sessionToken === undefined ? 'the key has none: unset AWS_SESSION_TOKEN' : "it is not that of the key's session";
  throw authError(signingName, 'bad-token', `the session token of the request is not valid: ${advice}`);
}

function checkTime({ signingName, date, expiresSeconds }: Authorization, now: number): void {
  const sent = date.getTime();
  const lifetime = expiresSeconds === undefined ? MAX_SKEW_MS : expiresSeconds * 1000;
  if (sent <= now + MAX_SKEW_MS && now <= sent + lifetime) return;
  const times = `it was signed at ${date.toISOString()}, here it is ${new Date(now).toISOString()}`;
  if (sent > now) throw authError(signingName, 'skewed', `Signature not yet current: ${times}`);
  if (expiresSeconds === undefined) throw authError(signingName, 'skewed', `Signature expired: ${times}`);
  throw authError(signingName, 'expired', `Request has expired after ${expiresSeconds} s: ${times}`);
}

/** What a service acts on must be signed: the host, and every header of AWS. */
function checkSignedHeaders({ headers }: IncomingMessage, { signedHeaders, signingName }: Authorization): void {
  const needed = ['host', ...Object.keys(headers).filter((name) => name.startsWith('x-amz-'))];
  const unsigned = needed.find((name) => !signedHeaders.includes(name));
  if (unsigned === undefined) return;
  throw authError(signingName, 'unsigned-header', `There were headers present in the request which were not signed: ${unsigned}`);
}

/** What a request to S3 declares of its body; the service holds it against what arrives. */
function declaredPayload({ headers }: IncomingMessage, url: URL, presigned: boolean): string {
  const declared =
    headers['x-amz-content-sha256'] ?? url.searchParams.get('X-Amz-Content-Sha256') ?? (presigned ? UNSIGNED_PAYLOAD : undefined);
  if (typeof declared === 'string' && (S3_PAYLOADS.has(declared) || /^[0-9a-f]{64}$/.test(declared))) return declared;
  throw new ApiError(
    declared === undefined ? 'InvalidRequest' : 'InvalidArgument',
    declared === undefined
      ? 'Missing required header for this request: x-amz-content-sha256'
      : `x-amz-content-sha256 must be ${[...S3_PAYLOADS].join(', ')}, or a valid sha256 value.`,
  );
}

/** Finds out who signed a request, and refuses it unless its signature proves it. */
export class Authenticator {
  private readonly now: () => number;

  constructor(private readonly options: AuthenticatorOptions) {
    this.now = options.now ?? Date.now;
  }

  async authenticate(http: IncomingMessage, url: URL): Promise<Authenticated> {
    const authorization = readAuthorization(http, url);
    if (!authorization) throw unsignedRequest();
    const { signingName } = authorization;
    const key = findKey(authorization, this.options.keyring);
    checkToken(http, url, { key, signingName });
    checkTime(authorization, this.now());
    checkSignedHeaders(http, authorization);
    return signingName === 's3' ? provenS3({ http, url, authorization }, key) : provenCall({ http, url, authorization }, key);
  }
}

interface Signed {
  readonly http: IncomingMessage;
  readonly url: URL;
  readonly authorization: Authorization;
}

/** Throws unless the request's signature is the one that the key's holder makes. */
async function verify(signed: Signed, payload: string, key: Key): Promise<void> {
  const { signingName, signature } = signed.authorization;
  if (isSame(signature, await signatureOf({ ...signed, payload }, key))) return;
  throw authError(
    signingName,
    'mismatch',
    'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method.',
  );
}

/** Bodies of S3 may be large: the signature covers what is declared, and the service compares that with what it reads. */
async function provenS3(signed: Signed, key: Key): Promise<Authenticated> {
  const { http, url, authorization } = signed;
  const payload = declaredPayload(http, url, authorization.expiresSeconds !== undefined);
  try {
    await verify(signed, payload, key);
  } catch (error) {
    throw error instanceof URIError ? new ApiError('InvalidURI', "Couldn't parse the specified URI.") : error;
  }
  const chunks = SIGNED_CHUNKS.includes(payload) ? { chunkSignatures: chunkSignatures(authorization, key) } : {};
  return { caller: key.caller, signingName: 's3', http, ...chunks };
}

/** Bodies of all other services are read before their service sees anything. */
async function provenCall(signed: Signed, key: Key): Promise<Authenticated> {
  const { http, authorization } = signed;
  const body = await readWhole(http);
  const payload = sha256Hex(body);
  const declared = http.headers['x-amz-content-sha256'];
  if (declared !== undefined && declared !== payload) {
    throw authError(authorization.signingName, 'mismatch', 'x-amz-content-sha256 is not the SHA-256 of the body that arrived');
  }
  await verify(signed, payload, key);
  return { caller: key.caller, signingName: authorization.signingName, http: withBody(http, body) };
}
