import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { ApiError } from '../kernel/errors';

/** Above the limit of every operation that is not S3's; those know their own. */
const MAX_BODY_BYTES = 32 * 1024 * 1024;

const tooLarge = (): ApiError =>
  new ApiError('RequestEntityTooLargeException', `the request has more than ${MAX_BODY_BYTES} bytes, which no operation allows`, 413);

/** The whole body of a request; for protocols whose requests are small. */
export async function readWhole(http: IncomingMessage): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of http.iterator({ destroyOnReturn: false })) {
    pieces.push(piece as Buffer);
    bytes += (piece as Buffer).length;
    if (bytes > MAX_BODY_BYTES) throw tooLarge();
  }
  return Buffer.concat(pieces);
}

/** A request whose body was read, as if it had just come in. */
export function withBody(http: IncomingMessage, body: Buffer): IncomingMessage {
  const { method, url, headers, headersDistinct, rawHeaders, httpVersion, httpVersionMajor, httpVersionMinor, socket } = http;
  const head = { method, url, headers, headersDistinct, rawHeaders, httpVersion, httpVersionMajor, httpVersionMinor, socket };
  const stream = Readable.from(body.length === 0 ? [] : [body], { objectMode: false });
  return Object.assign(stream, head) as unknown as IncomingMessage;
}
