import type { ServerResponse } from 'node:http';
import { ApiError, NotEmulatedError } from '../kernel/errors';
import { readBody, serveJson } from '../kernel/http';
import type { ApiRequest, Kernel } from '../kernel/types';
import type { FunctionDefinition } from './definition';
import { type Functions, functionArn } from './functions';

const INVOKE = /^\/2015-03-31\/functions\/([^/]+)\/invocations$/;
const GET = /^\/2015-03-31\/functions\/([^/]+)$/;
const LIST = /^\/2015-03-31\/functions\/?$/;

const configurationOf = (definition: FunctionDefinition) => ({
  FunctionName: definition.name,
  FunctionArn: definition.arn,
  Runtime: definition.runtime,
  Role: definition.roleArn,
  Handler: definition.handler,
  Timeout: definition.timeoutSeconds,
  MemorySize: definition.memoryMb,
  State: 'Active',
});

async function invoked(functions: Functions, name: string, request: ApiRequest) {
  const type = String(request.http.headers['x-amz-invocation-type'] ?? 'RequestResponse');
  if (type !== 'RequestResponse') throw new NotEmulatedError(`the invocation type ${type} of Lambda's Invoke`);
  const body = await readBody(request.http);
  return functions.invoke(name, body.length === 0 ? {} : JSON.parse(body.toString('utf8')), request.caller);
}

function sendError(response: ServerResponse, thrown: unknown): void {
  const error = thrown instanceof ApiError ? thrown : new ApiError('ServiceException', String(thrown), 500);
  response.writeHead(error.status, { 'content-type': 'application/json', 'x-amzn-errortype': error.code });
  response.end(JSON.stringify({ Message: error.message, message: error.message }));
}

/** Invoke answers with the function's bare payload, and says in a header whether that is an error. */
async function serveInvoke(functions: Functions, name: string, wire: { request: ApiRequest; response: ServerResponse }): Promise<void> {
  try {
    const { payload, error } = await invoked(functions, name, wire.request);
    wire.response.writeHead(200, {
      'content-type': 'application/json',
      'x-amz-executed-version': '$LATEST',
      ...(error && { 'x-amz-function-error': 'Unhandled' }),
    });
    wire.response.end(JSON.stringify(payload));
  } catch (thrown) {
    sendError(wire.response, thrown);
  }
}

/** The Lambda API: Invoke, GetFunction, ListFunctions. */
export async function serveLambda(
  parts: { kernel: Kernel; functions: Functions },
  request: ApiRequest,
  response: ServerResponse,
): Promise<void> {
  const { kernel, functions } = parts;
  const path = decodeURIComponent(request.url.pathname);
  const method = request.http.method ?? '';
  const [, invokedName] = method === 'POST' ? (INVOKE.exec(path) ?? []) : [];
  if (invokedName) return serveInvoke(functions, invokedName, { request, response });
  const [, name = ''] = GET.exec(path) ?? [];
  const list = method === 'GET' && LIST.test(path);
  const operation = list ? 'ListFunctions' : `${method === 'GET' && name ? 'GetFunction' : `${method} ${path}`}`;
  return serveJson(
    {
      GetFunction: (_, { caller }) => {
        kernel.authorize({ caller, action: 'lambda:GetFunction', resource: name.startsWith('arn:') ? name : functionArn(name) });
        return { Configuration: configurationOf(functions.find(name).definition) };
      },
      ListFunctions: (_, { caller }) => {
        kernel.authorize({ caller, action: 'lambda:ListFunctions', resource: '*' });
        return { Functions: functions.all().map(configurationOf) };
      },
    },
    operation,
    request,
    response,
  );
}
