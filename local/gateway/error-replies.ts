import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { ApiError } from '../kernel/errors';

interface Reply {
  readonly contentType: string;
  readonly body: string | Buffer;
}

const XML_ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&apos;' };

const xmlText = (text: string): string => text.replace(/[&<>"']/g, (character) => XML_ENTITIES[character] ?? character);

const s3Xml = ({ code, message }: ApiError): Reply => ({
  contentType: 'application/xml',
  body: `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${xmlText(code)}</Code><Message>${xmlText(message)}</Message></Error>`,
});

const queryXml = ({ code, message }: ApiError): Reply => ({
  contentType: 'text/xml',
  body: `<ErrorResponse><Error><Type>Sender</Type><Code>${xmlText(code)}</Code><Message>${xmlText(message)}</Message></Error></ErrorResponse>`,
});

const json = ({ code, message }: ApiError): Reply => ({
  contentType: 'application/x-amz-json-1.1',
  body: JSON.stringify({ __type: code, message, Message: message }),
});

/** A CBOR text string: major type 3 with a two-byte length. */
function cborText(text: string): Buffer {
  const bytes = Buffer.from(text);
  return Buffer.concat([Buffer.from([0x79, bytes.length >> 8, bytes.length & 0xff]), bytes]);
}

/** A CBOR map of two texts, which is all that an error needs. */
const cbor = ({ code, message }: ApiError): Reply => ({
  contentType: 'application/cbor',
  body: Buffer.concat([Buffer.from([0xa2]), ...['__type', code, 'message', message].map(cborText)]),
});

/** How a client wants to hear of errors, told by the protocol of its request. */
function shapeOf({ headers }: IncomingMessage, signingName: string): (error: ApiError) => Reply {
  const contentType = headers['content-type'] ?? '';
  if (signingName === 's3') return s3Xml;
  if (headers['smithy-protocol'] === 'rpc-v2-cbor') return cbor;
  if (contentType.startsWith('application/x-www-form-urlencoded')) return queryXml;
  return json;
}

/** Answers a request that never reached its service, as that service would have put it. */
export function replyWithError(
  { http, response }: { readonly http: IncomingMessage; readonly response: ServerResponse },
  signingName: string,
  error: ApiError,
): void {
  const { contentType, body } = shapeOf(http, signingName)(error);
  // Closing instead would cut clients off in the middle of sending, before they read the answer.
  http.resume();
  response.writeHead(error.status, {
    'content-type': contentType,
    'content-length': Buffer.byteLength(body),
    'x-amzn-errortype': error.code,
    ...(http.headers['smithy-protocol'] ? { 'smithy-protocol': 'rpc-v2-cbor' } : {}),
  });
  response.end(http.method === 'HEAD' ? undefined : body);
}

/** Ends a connection that was to become a tunnel. */
export function refuseConnection(socket: Duplex): void {
  socket.on('error', () => socket.destroy());
  socket.end('HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\nconnection: close\r\n\r\n');
}
