import { ApiError } from '../kernel/errors';

/** What may be wrong with a signature. */
type Fault = 'malformed-header' | 'malformed-query' | 'unknown-key' | 'bad-token' | 'skewed' | 'expired' | 'unsigned-header' | 'mismatch';

type Family = 's3' | 'query' | 'json';

/** Services that keep the error codes of the query protocol, whatever they speak today. */
const QUERY_CODES: ReadonlySet<string> = new Set(['sns', 'sqs', 'monitoring']);

const familyOf = (signingName: string): Family => (signingName === 's3' ? 's3' : QUERY_CODES.has(signingName) ? 'query' : 'json');

/** Each fault under the code that clients know from AWS. */
const CODES: Readonly<Record<Fault, Readonly<Record<Family, string>>>> = {
  'malformed-header': { s3: 'AuthorizationHeaderMalformed', query: 'IncompleteSignature', json: 'IncompleteSignatureException' },
  'malformed-query': { s3: 'AuthorizationQueryParametersError', query: 'IncompleteSignature', json: 'IncompleteSignatureException' },
  'unknown-key': { s3: 'InvalidAccessKeyId', query: 'InvalidClientTokenId', json: 'UnrecognizedClientException' },
  'bad-token': { s3: 'InvalidToken', query: 'InvalidClientTokenId', json: 'UnrecognizedClientException' },
  skewed: { s3: 'RequestTimeTooSkewed', query: 'SignatureDoesNotMatch', json: 'InvalidSignatureException' },
  expired: { s3: 'AccessDenied', query: 'RequestExpired', json: 'RequestExpired' },
  'unsigned-header': { s3: 'AccessDenied', query: 'SignatureDoesNotMatch', json: 'InvalidSignatureException' },
  mismatch: { s3: 'SignatureDoesNotMatch', query: 'SignatureDoesNotMatch', json: 'InvalidSignatureException' },
};

/** S3 answers these with 400; everything else is 403. */
const S3_BAD_REQUESTS: ReadonlySet<Fault> = new Set(['malformed-header', 'malformed-query', 'bad-token']);

/** A refused signature, named as the service names it. */
export function authError(signingName: string, fault: Fault, message: string): ApiError {
  const family = familyOf(signingName);
  return new ApiError(CODES[fault][family], message, family === 's3' && S3_BAD_REQUESTS.has(fault) ? 400 : 403);
}

/** A request without any signature; nothing tells which service it means. */
export const unsignedRequest = (): ApiError =>
  new ApiError(
    'MissingAuthenticationToken',
    'request is not signed: set the variables that the local cloud prints (see docs/local-cloud.md)',
    403,
  );
