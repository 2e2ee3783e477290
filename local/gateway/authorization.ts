import type { IncomingMessage } from 'node:http';
import { ApiError } from '../kernel/errors';
import { authError } from './auth-errors';

/** What a signed request says of its own signature. */
export interface Authorization {
  readonly accessKeyId: string;
  readonly region: string;
  /** The service in the credential's scope. */
  readonly signingName: string;
  /** In small letters. */
  readonly signedHeaders: readonly string[];
  /** Hex. */
  readonly signature: string;
  readonly date: Date;
  /** Of a presigned request: how long it may be used. */
  readonly expiresSeconds?: number;
}

type Request = Pick<IncomingMessage, 'headers'>;

/** A week. */
const MAX_EXPIRES_SECONDS = 604_800;

const ALGORITHM = 'AWS4-HMAC-SHA256';

/** Signed as S3 alone once understood, and some clients still presign. */
const isVersion2 = ({ headers }: Request, url: URL): boolean =>
  url.searchParams.has('AWSAccessKeyId') || headers.authorization?.startsWith('AWS ') === true;

/** The service that a request means, as far as it says so; for errors about requests that say too little. */
export function signingNameOf({ headers }: Request, url: URL): string {
  const signed = /Credential=([^,\s]+)/.exec(headers.authorization ?? '')?.[1];
  if (isVersion2({ headers }, url)) return 's3';
  return (signed ?? url.searchParams.get('X-Amz-Credential') ?? '').split('/')[3] ?? '';
}

/** Fields of a signature, wherever they stand. */
interface Fields {
  readonly algorithm: string | undefined;
  readonly credential: string | undefined;
  readonly signedHeaders: string | undefined;
  readonly signature: string | undefined;
  readonly date: string | undefined;
  readonly expires?: string | undefined;
}

function headerFields({ headers }: Request): Fields {
  const [, algorithm, rest = ''] = /^(\S+)\s+(.*)$/.exec(headers.authorization ?? '') ?? [];
  const field = (name: string): string | undefined => new RegExp(`(?:^|[,\\s])${name}=([^,\\s]+)`).exec(rest)?.[1];
  const date = headers['x-amz-date'];
  return {
    algorithm,
    credential: field('Credential'),
    signedHeaders: field('SignedHeaders'),
    signature: field('Signature'),
    date: typeof date === 'string' ? date : undefined,
  };
}

/** A parameter that is there once; one that is there twice means nothing certain. */
function single(url: URL, name: string): string | undefined {
  const values = url.searchParams.getAll(name);
  return values.length === 1 ? values[0] : undefined;
}

const queryFields = (url: URL): Fields => ({
  algorithm: single(url, 'X-Amz-Algorithm'),
  credential: single(url, 'X-Amz-Credential'),
  signedHeaders: single(url, 'X-Amz-SignedHeaders'),
  signature: single(url, 'X-Amz-Signature'),
  date: single(url, 'X-Amz-Date'),
  expires: single(url, 'X-Amz-Expires'),
});

/** `20261129T013000Z` as a date; undefined when it is none. */
function parseDate(text: string | undefined): Date | undefined {
  const iso = /^\d{8}T\d{6}Z$/.test(text ?? '') ? text?.replace(/^(....)(..)(..T..)(..)(..)Z$/, '$1-$2-$3:$4:$5Z') : undefined;
  const date = iso === undefined ? undefined : new Date(iso);
  return date && !Number.isNaN(date.getTime()) ? date : undefined;
}

function parseExpires(text: string | undefined): number | undefined {
  const seconds = /^\d{1,6}$/.test(text ?? '') ? Number(text) : 0;
  return seconds >= 1 && seconds <= MAX_EXPIRES_SECONDS ? seconds : undefined;
}

/** What is wrong with the form of a signature; undefined when nothing is. */
function flawOf(fields: Fields, presigned: boolean): string | undefined {
  const [accessKeyId, day, region, service, end, ...more] = (fields.credential ?? '').split('/');
  if (fields.algorithm !== ALGORITHM) return `algorithm ${JSON.stringify(fields.algorithm ?? '')} is not understood, allowed: ${ALGORITHM}`;
  if (!accessKeyId || !day || !region || !service || end !== 'aws4_request' || more.length > 0) {
    return 'the credential must be <access key id>/<yyyymmdd>/<region>/<service>/aws4_request';
  }
  if (!/^[0-9a-f]{64}$/.test(fields.signature ?? '')) return 'the signature must be 64 hexadecimal digits';
  if (!parseDate(fields.date)) return 'the date (X-Amz-Date) must be given once, as yyyymmddThhmmssZ';
  if (!fields.date?.startsWith(`${day}T`)) return `the credential's date ${day} is not that of ${fields.date}`;
  if (!fields.signedHeaders) return 'the list of signed headers is missing';
  if (presigned && parseExpires(fields.expires) === undefined) return `X-Amz-Expires must be 1 to ${MAX_EXPIRES_SECONDS} seconds`;
  return undefined;
}

/**
 * Reads the signature of a request, from its `Authorization` header or its query.
 * @returns undefined when it has none at all
 */
export function readAuthorization(http: Request, url: URL): Authorization | undefined {
  if (isVersion2(http, url)) {
    const advice = 'Please use AWS4-HMAC-SHA256 (in boto3: Config(signature_version="s3v4")).';
    throw new ApiError('InvalidRequest', `The authorization mechanism you have provided is not supported. ${advice}`);
  }
  const presigned = [...url.searchParams.keys()].some((name) => /^X-Amz-(Algorithm|Credential|Signature)$/i.test(name));
  const inHeader = http.headers.authorization !== undefined;
  if (!presigned && !inHeader) return undefined;
  const fields = presigned ? queryFields(url) : headerFields(http);
  const flaw = presigned && inHeader ? 'a request is signed in its header or in its query, not in both' : flawOf(fields, presigned);
  if (flaw !== undefined) throw authError(signingNameOf(http, url), presigned ? 'malformed-query' : 'malformed-header', flaw);
  const [accessKeyId = '', , region = '', signingName = ''] = fields.credential?.split('/') ?? [];
  return {
    accessKeyId,
    region,
    signingName,
    signedHeaders: fields.signedHeaders?.toLowerCase().split(';') ?? [],
    signature: fields.signature ?? '',
    date: parseDate(fields.date) ?? new Date(Number.NaN),
    ...(presigned && { expiresSeconds: parseExpires(fields.expires) }),
  };
}
