import type { ServerResponse } from 'node:http';
import { ApiError } from '../kernel/errors';
import { readBody } from '../kernel/http';
import type { ApiRequest } from '../kernel/types';

/** The fields of a query-protocol request. */
export type Form = Readonly<Record<string, string>>;

/** Takes a form and gives the content of the result element; a list becomes `<member>` elements, a Map `<entry>` elements. */
export type QueryOperations = Readonly<Record<string, (form: Form, request: ApiRequest) => XmlValue>>;

export type XmlValue = string | undefined | readonly XmlValue[] | ReadonlyMap<string, string> | { readonly [name: string]: XmlValue };

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&apos;' };

const isList = (value: XmlValue): value is readonly XmlValue[] => Array.isArray(value);

/** XML of plain values. */
export function xmlOf(value: XmlValue): string {
  if (value === undefined) return '';
  if (typeof value === 'string') return value.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character);
  if (isList(value)) return value.map((item) => `<member>${xmlOf(item)}</member>`).join('');
  if (value instanceof Map) return [...value].map(([key, content]) => `<entry>${xmlOf({ key, value: content })}</entry>`).join('');
  return Object.entries(value)
    .filter(([, content]) => content !== undefined)
    .map(([name, content]) => `<${name}>${xmlOf(content)}</${name}>`)
    .join('');
}

function send(response: ServerResponse, status: number, xml: string): void {
  response.writeHead(status, { 'content-type': 'text/xml', 'content-length': Buffer.byteLength(xml) });
  response.end(xml);
}

function sendError(response: ServerResponse, requestId: string, thrown: unknown): void {
  const error = thrown instanceof ApiError ? thrown : new ApiError('InternalError', String(thrown), 500);
  const Type = error.status < 500 ? 'Sender' : 'Receiver';
  send(
    response,
    error.status,
    xmlOf({ ErrorResponse: { Error: { Type, Code: error.code, Message: error.message }, RequestId: requestId } }),
  );
}

/** Serves AWS's query protocol: a form in, XML out. */
export async function serveQuery(operations: QueryOperations, request: ApiRequest, response: ServerResponse): Promise<void> {
  try {
    const form: Form = Object.fromEntries(new URLSearchParams((await readBody(request.http)).toString('utf8')));
    const action = form.Action ?? '';
    const operation = Object.hasOwn(operations, action) ? operations[action] : undefined;
    if (!operation) throw new ApiError('InvalidAction', `${action} is not emulated by the local cloud`);
    const result = operation(form, request);
    const body = { [`${action}Response`]: { [`${action}Result`]: result, ResponseMetadata: { RequestId: request.requestId } } };
    send(response, 200, xmlOf(body));
  } catch (thrown) {
    sendError(response, request.requestId, thrown);
  }
}
