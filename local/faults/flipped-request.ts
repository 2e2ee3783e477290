import type { IncomingMessage } from 'node:http';
import { Transform } from 'node:stream';

/** Bytes at the front of a body in which the flipped bit lies: bodies are longer, and its length is not known before its end. */
const REACH = 64;

/** A copy with one bit changed; an empty body stays as it is. */
export function flipBit(body: Buffer, fraction: number): Buffer {
  const flipped = Buffer.from(body);
  const at = Math.floor(fraction * flipped.length);
  const byte = flipped[at];
  if (byte !== undefined) flipped[at] = byte ^ 1;
  return flipped;
}

const isChecksum = (name: string): boolean => /^(x-amz-(checksum|sdk-checksum|content-sha256|trailer)|content-md5)/.test(name);

const withoutChecksums = (headers: IncomingMessage['headers']): IncomingMessage['headers'] => ({
  ...Object.fromEntries(Object.entries(headers).filter(([name]) => !isChecksum(name))),
  'x-amz-content-sha256': 'UNSIGNED-PAYLOAD',
});

/** The same request whose body has one bit changed near its front, as faulty memory on the way would. */
export function flippedRequest(
  http: IncomingMessage,
  { fraction, checksums }: { readonly fraction: number; readonly checksums: 'keep' | 'strip' },
): IncomingMessage {
  let first = true;
  const body = new Transform({
    transform: (piece: Buffer, _encoding, done) => {
      const front = first ? flipBit(piece.subarray(0, REACH), fraction) : piece.subarray(0, REACH);
      first = false;
      done(null, Buffer.concat([front, piece.subarray(REACH)]));
    },
  });
  const { method, url, httpVersion, socket } = http;
  const headers = checksums === 'strip' ? withoutChecksums(http.headers) : http.headers;
  return Object.assign(http.pipe(body), { method, url, httpVersion, socket, headers }) as unknown as IncomingMessage;
}
