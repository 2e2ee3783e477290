import { closeSync, createReadStream, readSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { ApiError } from '../kernel/errors';
import type { ApiRequest } from '../kernel/types';
import type { FileBody, Reply } from './call';
import { S3Error } from './errors';
import { errorDocument } from './xml';

const READ_BYTES = 1024 * 1024;
/** Bodies up to this size are read and sent in one go, which a stream would take several turns for. */
const SMALL_BYTES = 64 * 1024;

const common = (request: ApiRequest): Record<string, string> => ({
  'x-amz-request-id': request.requestId,
  'x-amz-id-2': Buffer.from(request.requestId).toString('base64'),
});

/** The whole of a small file; undefined when it is shorter than its record says. */
function readSmall({ fd, start, length }: FileBody): Buffer {
  const bytes = Buffer.allocUnsafe(length);
  let read = 0;
  try {
    for (let got = -1; read < length && got !== 0; read += got) got = readSync(fd, bytes, read, length - read, start + read);
  } finally {
    closeSync(fd);
  }
  if (read < length) throw new Error(`a blob ends ${length - read} bytes early`);
  return bytes;
}

async function sendFile(response: ServerResponse, file: FileBody): Promise<void> {
  const { fd, start, length } = file;
  await pipeline(createReadStream('', { fd, start, end: start + length - 1, highWaterMark: READ_BYTES }), response);
}

/** Sends an answer; a client that goes away in the middle of a body is no error. */
export async function sendReply(request: ApiRequest, response: ServerResponse, reply: Reply): Promise<void> {
  const { file, xml } = reply;
  const small = file && file.length <= SMALL_BYTES ? readSmall(file) : undefined;
  const text = xml === undefined ? undefined : Buffer.from(xml);
  const body = small ?? text;
  response.writeHead(reply.status ?? 200, {
    ...common(request),
    ...(text && { 'content-type': 'application/xml' }),
    ...(body && { 'content-length': String(body.length) }),
    ...reply.headers,
  });
  if (!file || small) {
    response.end(body);
    return;
  }
  try {
    await sendFile(response, file);
  } catch (error) {
    response.destroy();
    if ((error as NodeJS.ErrnoException).code !== 'ERR_STREAM_PREMATURE_CLOSE') throw error;
  }
}

const asS3Error = (thrown: unknown): S3Error => {
  if (thrown instanceof S3Error) return thrown;
  if (thrown instanceof ApiError) return new S3Error(thrown.code, thrown.message, { status: thrown.status });
  return new S3Error('InternalError', 'We encountered an internal error. Please try again.', { status: 500 });
};

/** Sends an error as S3 says it: in XML, or by its status alone where no body may be. */
export function sendError(request: ApiRequest, response: ServerResponse, thrown: unknown): void {
  if (response.headersSent || response.destroyed) {
    response.destroy();
    return;
  }
  const error = asS3Error(thrown);
  const { fields = {}, headers = {} } = error.details;
  const bodiless = request.http.method === 'HEAD' || error.status === 304;
  const xml = errorDocument({ Code: error.code, Message: error.message, ...fields, RequestId: request.requestId, HostId: 'local' });
  response.writeHead(error.status, {
    ...common(request),
    ...headers,
    ...(bodiless ? {} : { 'content-type': 'application/xml', 'content-length': String(Buffer.byteLength(xml)) }),
  });
  response.end(bodiless ? undefined : xml);
}

/** Whether an error is the service's own fault rather than an answer or a client that went away. */
export const isUnforeseen = (thrown: unknown): boolean =>
  !(thrown instanceof ApiError) && (thrown as NodeJS.ErrnoException | undefined)?.code !== 'ECONNRESET';
