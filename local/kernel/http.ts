import type { IncomingMessage, ServerResponse } from 'node:http';
import { ApiError } from './errors';
import type { ApiRequest } from './types';

/** The whole body; for protocols whose requests are small. */
export async function readBody(http: IncomingMessage): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of http) pieces.push(piece as Buffer);
  return Buffer.concat(pieces);
}

/** Operations of a JSON protocol by name: they take the parsed input and return the output; errors are `ApiError`s. */
export type Operations = Readonly<Record<string, (input: Record<string, unknown>, request: ApiRequest) => unknown>>;

function sendJson(response: ServerResponse, status: number, body: unknown, headers: Record<string, string>): void {
  const text = JSON.stringify(body ?? {});
  response.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(text) });
  response.end(text);
}

/** What went wrong, as the JSON protocols say it; anything unforeseen is a 500 whose text goes to the log only. */
function sendJsonError(request: ApiRequest, response: ServerResponse, thrown: unknown): void {
  const error = thrown instanceof ApiError ? thrown : new ApiError('InternalFailure', String(thrown), 500);
  sendJson(
    response,
    error.status,
    { __type: error.code, message: error.message, Message: error.message },
    {
      'content-type': 'application/x-amz-json-1.1',
      'x-amzn-errortype': error.code,
      'x-amzn-requestid': request.requestId,
    },
  );
}

/** Serves AWS JSON 1.0 and 1.1, where `X-Amz-Target` names the operation (Step Functions, SQS, EventBridge, Logs). */
export async function serveAwsJson(operations: Operations, request: ApiRequest, response: ServerResponse): Promise<void> {
  const target = String(request.http.headers['x-amz-target'] ?? '');
  const name = target.slice(target.lastIndexOf('.') + 1);
  await serveJson(operations, name, request, response);
}

/** Serves REST-JSON whose operation was found from the path (Batch: `POST /v1/submitjob`). */
export async function serveJson(operations: Operations, name: string, request: ApiRequest, response: ServerResponse): Promise<void> {
  try {
    const operation = operations[name];
    const body = await readBody(request.http);
    if (!operation) throw new ApiError('UnknownOperationException', `${name} is not emulated by the local cloud`, 400);
    const output = await operation(body.length === 0 ? {} : JSON.parse(body.toString('utf8')), request);
    sendJson(response, 200, output, {
      'content-type': String(request.http.headers['content-type'] ?? 'application/json'),
      'x-amzn-requestid': request.requestId,
    });
  } catch (thrown) {
    sendJsonError(request, response, thrown);
  }
}
