import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { Authenticator } from '../../../local/gateway/authenticate';
import type { Key } from '../../../local/gateway/keyring';
import { AwsChunkedDecoder, decodeAwsChunked } from '../../../local/s3/aws-chunked';

/** Requests and signatures that AWS publishes in its documentation of S3 ("Signature Calculations: examples"). */
const KEY: Key = {
  caller: { kind: 'admin', arn: 'me' },
  accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
};
const DAY = Date.parse('2013-05-24T00:00:00Z');
const EMPTY = createHash('sha256').update('').digest('hex');
const HOST = 'examplebucket.s3.amazonaws.com';

interface Sent {
  readonly method?: string;
  readonly url?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

function incoming({ method = 'GET', url = '/', headers = {}, body = '' }: Sent): IncomingMessage {
  const distinct = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value]]));
  const stream = Readable.from(body === '' ? [] : [Buffer.from(body)], { objectMode: false });
  return Object.assign(stream, { method, url, headers, headersDistinct: distinct }) as unknown as IncomingMessage;
}

const authenticate = (sent: Sent, { now = DAY, key = KEY }: { readonly now?: number; readonly key?: Key } = {}) =>
  new Authenticator({ keyring: { find: (id) => (id === key.accessKeyId ? key : undefined) }, now: () => now }).authenticate(
    incoming(sent),
    new URL(`http://localhost${sent.url ?? '/'}`),
  );

const codeOf = (sent: Sent, options?: Parameters<typeof authenticate>[1]): Promise<string> =>
  authenticate(sent, options).then(
    () => 'served',
    (error: Error) => error.name,
  );

const authorization = (signedHeaders: string, signature: string): string =>
  `AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,SignedHeaders=${signedHeaders},Signature=${signature}`;

const GET_OBJECT: Sent = {
  url: '/test.txt',
  headers: {
    host: HOST,
    authorization: authorization(
      'host;range;x-amz-content-sha256;x-amz-date',
      'f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41',
    ),
    range: 'bytes=0-9',
    'x-amz-content-sha256': EMPTY,
    'x-amz-date': '20130524T000000Z',
  },
};

const PUT_OBJECT: Sent = {
  method: 'PUT',
  url: '/test%24file.text',
  headers: {
    host: HOST,
    authorization: authorization(
      'date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class',
      '98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd',
    ),
    date: 'Fri, 24 May 2013 00:00:00 GMT',
    'x-amz-date': '20130524T000000Z',
    'x-amz-storage-class': 'REDUCED_REDUNDANCY',
    'x-amz-content-sha256': '44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072',
  },
};

const LIST_OBJECTS: Sent = {
  url: '/?max-keys=2&prefix=J',
  headers: {
    host: HOST,
    authorization: authorization(
      'host;x-amz-content-sha256;x-amz-date',
      '34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7',
    ),
    'x-amz-content-sha256': EMPTY,
    'x-amz-date': '20130524T000000Z',
  },
};

const GET_LIFECYCLE: Sent = {
  ...LIST_OBJECTS,
  url: '/?lifecycle',
  headers: {
    ...LIST_OBJECTS.headers,
    authorization: authorization(
      'host;x-amz-content-sha256;x-amz-date',
      'fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543',
    ),
  },
};

const PRESIGNED: Sent = {
  url:
    '/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request' +
    '&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host' +
    '&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404',
  headers: { host: HOST },
};

test.each([
  ['GET of a range', GET_OBJECT],
  ['PUT with a dollar in the key', PUT_OBJECT],
  ['list with a query', LIST_OBJECTS],
  ['a parameter without a value', GET_LIFECYCLE],
  ['presigned GET', PRESIGNED],
])('the signature that AWS publishes for a %s is right', async (_, sent) => {
  expect(await codeOf(sent)).toBe('served');
});

const withHeaders = (sent: Sent, headers: Readonly<Record<string, string>>): Sent => ({
  ...sent,
  headers: { ...sent.headers, ...headers },
});
const withUrl = (sent: Sent, from: string, to: string): Sent => ({ ...sent, url: sent.url?.replace(from, to) });
const withAuthorization = (from: string | RegExp, to: string): Sent =>
  withHeaders(GET_OBJECT, { authorization: (GET_OBJECT.headers?.authorization ?? '').replace(from, to) });

test.each<[string, Sent, string]>([
  ['the method', { ...GET_OBJECT, method: 'HEAD' }, 'SignatureDoesNotMatch'],
  ['the path', { ...GET_OBJECT, url: '/test.tx' }, 'SignatureDoesNotMatch'],
  ['the spelling of the path', { ...PUT_OBJECT, url: '/test$file.text' }, 'served'],
  ['a path that is no UTF-8', { ...GET_OBJECT, url: '/%ff' }, 'InvalidURI'],
  ['a parameter', withUrl(LIST_OBJECTS, 'prefix=J', 'prefix=K'), 'SignatureDoesNotMatch'],
  ['a parameter more', withUrl(LIST_OBJECTS, 'prefix=J', 'prefix=J&prefix=K'), 'SignatureDoesNotMatch'],
  ['a parameter less', withUrl(LIST_OBJECTS, '&prefix=J', ''), 'SignatureDoesNotMatch'],
  ['the order of parameters', { ...LIST_OBJECTS, url: '/?prefix=J&max-keys=2' }, 'served'],
  ['a signed header', withHeaders(GET_OBJECT, { range: 'bytes=0-99' }), 'SignatureDoesNotMatch'],
  ['the Host', withHeaders(GET_OBJECT, { host: 'evil.test' }), 'SignatureDoesNotMatch'],
  ['the hash of the body', withHeaders(PUT_OBJECT, { 'x-amz-content-sha256': EMPTY }), 'SignatureDoesNotMatch'],
  ['the hash, left out of the signature', withHeaders(PUT_OBJECT, { 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' }), 'SignatureDoesNotMatch'],
  ['a hash that is none', withHeaders(GET_OBJECT, { 'x-amz-content-sha256': EMPTY.toUpperCase() }), 'InvalidArgument'],
  ['a header of AWS, unsigned', withHeaders(GET_OBJECT, { 'x-amz-copy-source': '/b/k' }), 'AccessDenied'],
  ['the list of headers', withAuthorization('host;range;', 'host;'), 'SignatureDoesNotMatch'],
  ['the list of headers, without Host', withAuthorization('host;range;', 'range;'), 'AccessDenied'],
  ['the time', withHeaders(GET_OBJECT, { 'x-amz-date': '20130524T000001Z' }), 'SignatureDoesNotMatch'],
  ['the day', withHeaders(GET_OBJECT, { 'x-amz-date': '20130525T000000Z' }), 'AuthorizationHeaderMalformed'],
  ['a digit of the signature', withAuthorization('f0e8', 'f0e9'), 'SignatureDoesNotMatch'],
  ['the length of the signature', withAuthorization(/.$/, ''), 'AuthorizationHeaderMalformed'],
  ['the region', withAuthorization('us-east-1', 'us-east-2'), 'SignatureDoesNotMatch'],
  ['the service', withAuthorization('/s3/', '/sqs/'), 'SignatureDoesNotMatch'],
  ['the key', withAuthorization('AKIAIOSFODNN7EXAMPLE', 'AKIAIOSFODNN7EXAMPLF'), 'InvalidAccessKeyId'],
  ['the algorithm', withAuthorization('AWS4-HMAC-SHA256', 'AWS4-ECDSA-P256-SHA256'), 'AuthorizationHeaderMalformed'],
  ['nothing but a token', withHeaders(GET_OBJECT, { 'x-amz-security-token': 'stale' }), 'InvalidToken'],
  ['both places of a signature', { ...PRESIGNED, headers: GET_OBJECT.headers }, 'AuthorizationQueryParametersError'],
  ['the lifetime of a presigned request', withUrl(PRESIGNED, '86400', '86401'), 'SignatureDoesNotMatch'],
  ['a lifetime of more than a week', withUrl(PRESIGNED, '86400', '604801'), 'AuthorizationQueryParametersError'],
  [
    'a credential that is given twice',
    withUrl(PRESIGNED, '&X-Amz-Date', '&X-Amz-Credential=x&X-Amz-Date'),
    'AuthorizationQueryParametersError',
  ],
  ['a presigned request with a header of AWS', withHeaders(PRESIGNED, { 'x-amz-meta-a': 'b' }), 'AccessDenied'],
  ['the version of a header', withHeaders(GET_OBJECT, { authorization: 'AWS AKIAIOSFODNN7EXAMPLE:c2lnbmF0dXJl' }), 'InvalidRequest'],
  ['the version of a presigned request', { ...GET_OBJECT, url: '/b/k?AWSAccessKeyId=AKIAIOSFODNN7EXAMPLE&Signature=x' }, 'InvalidRequest'],
  ['everything', { url: '/', headers: { host: HOST } }, 'MissingAuthenticationToken'],
])('altered: %s', async (_, sent, code) => {
  expect(await codeOf(sent)).toBe(code);
});

const MINUTE = 60_000;

test.each([
  ['a quarter of an hour', 15 * MINUTE, 'served'],
  ['more', 15 * MINUTE + 1000, 'RequestTimeTooSkewed'],
])('a clock may be off by %s, in both directions', async (_, off, code) => {
  expect([await codeOf(GET_OBJECT, { now: DAY + off }), await codeOf(GET_OBJECT, { now: DAY - off })]).toEqual([code, code]);
});

test.each([
  [-15 * MINUTE - 1000, 'RequestTimeTooSkewed'],
  [0, 'served'],
  [86_400_000, 'served'],
  [86_400_001, 'AccessDenied'],
])('a presigned request is good for its day only: after %d ms', async (after, code) => {
  expect(await codeOf(PRESIGNED, { now: DAY + after })).toBe(code);
});

test('another secret makes another signature', async () => {
  expect(await codeOf(GET_OBJECT, { key: { ...KEY, secretAccessKey: `${KEY.secretAccessKey}x` } })).toBe('SignatureDoesNotMatch');
});

/** From AWS's test suite of Signature Version 4 ("post-vanilla", "get-vanilla-query-order-key-case", "normalize-path/get-space-normalized"). */
describe('a service that is not S3', () => {
  const key: Key = { ...KEY, accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' };
  const now = Date.parse('2015-08-30T12:36:00Z');
  const sent = (method: string, url: string, signature: string): Sent => ({
    method,
    url,
    headers: {
      host: 'example.amazonaws.com',
      'x-amz-date': '20150830T123600Z',
      authorization: `AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=host;x-amz-date, Signature=${signature}`,
    },
  });
  const POST = sent('POST', '/', '5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b');

  test.each([
    ['post-vanilla', POST],
    ['get-vanilla', sent('GET', '/', '5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31')],
    [
      'get-vanilla-query-order-key-case',
      sent('GET', '/?Param2=value2&Param1=value1', 'b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500'),
    ],
  ])('%s of AWS’s test suite is right', async (_, request) => {
    expect(await codeOf(request, { key, now })).toBe('served');
  });

  test.each<[string, Sent, string]>([
    ['the body', { ...POST, body: 'x' }, 'InvalidSignatureException'],
    ['the hash of the body', withHeaders(POST, { 'x-amz-content-sha256': EMPTY }), 'InvalidSignatureException'],
    ['the path', { ...POST, url: '/a' }, 'InvalidSignatureException'],
    ['a header of AWS', withHeaders(POST, { 'x-amz-target': 'AWSStepFunctions.StartExecution' }), 'InvalidSignatureException'],
    [
      'the key',
      withHeaders(POST, { authorization: String(POST.headers?.authorization).replace('AKID', 'AKIE') }),
      'UnrecognizedClientException',
    ],
    ['the form', withHeaders(POST, { authorization: 'AWS4-HMAC-SHA256 Credential=x' }), 'IncompleteSignatureException'],
  ])('altered: %s', async (_, request, code) => {
    expect(await codeOf(request, { key, now })).toBe(code);
  });

  test('a request from an hour ago is named as AWS names it', async () => {
    expect(await codeOf(POST, { key, now: now + 60 * MINUTE })).toBe('InvalidSignatureException');
  });

  test('its body is handed on', async () => {
    const body = 'Param1=value1';
    const request = {
      ...sent('POST', '/', 'ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a'),
      body,
    };
    const headers = {
      ...request.headers,
      'content-type': 'application/x-www-form-urlencoded',
      authorization: String(request.headers?.authorization).replace('host;', 'content-type;host;'),
    };

    const { http } = await authenticate({ ...request, headers }, { key, now });
    const pieces: Buffer[] = [];
    for await (const piece of http) pieces.push(piece as Buffer);

    expect(Buffer.concat(pieces).toString()).toBe(body);
  });
});

/** "Transferring Payload in Multiple Chunks", with and without trailers, of the same documentation. */
describe('a body that is signed chunk by chunk', () => {
  const CHUNK = 'a'.repeat(65_536);
  const seedHeaders = {
    host: 's3.amazonaws.com',
    'content-encoding': 'aws-chunked',
    'content-length': '66824',
    'x-amz-content-sha256': 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD',
    'x-amz-date': '20130524T000000Z',
    'x-amz-decoded-content-length': '66560',
    'x-amz-storage-class': 'REDUCED_REDUNDANCY',
    authorization: authorization(
      'content-encoding;content-length;host;x-amz-content-sha256;x-amz-date;x-amz-decoded-content-length;x-amz-storage-class',
      '4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9',
    ),
  };
  const SIGNATURES = [
    'ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648',
    '0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497',
    'b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9',
  ];
  const framed = ([first, second, last]: readonly string[], payload = CHUNK): string =>
    `10000;chunk-signature=${first}\r\n${payload}\r\n400;chunk-signature=${second}\r\n${'a'.repeat(1024)}\r\n0;chunk-signature=${last}\r\n\r\n`;

  async function decode(body: string): Promise<number> {
    const { chunkSignatures } = await authenticate({ method: 'PUT', url: '/examplebucket/chunkObject.txt', headers: seedHeaders });
    const cut = [Buffer.from(body.slice(0, 70_000)), Buffer.from(body.slice(70_000))];
    let bytes = 0;
    const decoder = new AwsChunkedDecoder({ hashing: true });
    for await (const piece of decodeAwsChunked(Readable.from(cut), decoder, chunkSignatures)) bytes += piece.length;
    return bytes;
  }

  test('with the signatures that AWS publishes is right', async () => {
    expect(await decode(framed(SIGNATURES))).toBe(66_560);
  });

  test.each([
    ['its payload', framed(SIGNATURES, `b${CHUNK.slice(1)}`)],
    ['the signature of its last chunk', framed([...SIGNATURES.slice(0, 2), '0'.repeat(64)])],
    ['the order of its chunks', framed([SIGNATURES[1]!, SIGNATURES[0]!, SIGNATURES[2]!])],
    ['signatures that are missing', framed(SIGNATURES).replaceAll(/;chunk-signature=\w+/g, '')],
    ['a chunk that is missing', framed(SIGNATURES).replace(/\r\n400;.*\r\na+\r\n/, '\r\n')],
    ['trailers that nobody signed', framed(SIGNATURES).replace(/\r\n\r\n$/, '\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n')],
  ])('altered: %s', async (_, body) => {
    await expect(decode(body)).rejects.toMatchObject({ name: 'SignatureDoesNotMatch', status: 403 });
  });
});
