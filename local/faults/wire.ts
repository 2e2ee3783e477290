import { setTimeout as sleep } from 'node:timers/promises';
import type { Intercept, Interception } from '../gateway/gateway';
import { ApiError } from '../kernel/errors';
import type { Point } from './draw';
import type { Faults, Strike } from './faults';
import { flipBit, flippedRequest } from './flipped-request';
import { type HeldResponse, holdResponse } from './held-response';
import { appIdOf, type Moments, type Trap } from './moments';
import { operationName } from './operation-name';
import { ERROR_STATUS, type RuleOf } from './plan';

const WIRE_KINDS = ['error', 'reset', 'hang', 'slow', 'truncate', 'flip'] as const;
type WireKind = (typeof WIRE_KINDS)[number];

/** A request on its way, and how it would be served if nothing went wrong. */
interface Exchange extends Interception {
  serve(changed?: Partial<Pick<Interception, 'request' | 'response'>>): Promise<void>;
}

const cut = ({ request }: Exchange): void => void request.http.socket.destroy();

const withoutChecksums = (headers: HeldResponse['headers']): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => !name.startsWith('x-amz-checksum')));

/** The service answers as always, into nothing. */
const held = ({ request, serve }: Exchange): Promise<HeldResponse> => holdResponse(request.http, (response) => serve({ response }));

async function error(exchange: Exchange, { code, when }: RuleOf<'error'>): Promise<void> {
  if (when === 'after') await held(exchange);
  throw new ApiError(code, `${code}: injected by the fault plan`, ERROR_STATUS[code]);
}

async function reset(exchange: Exchange, { when }: Pick<RuleOf<'reset'>, 'when'>): Promise<void> {
  if (when === 'after') await held(exchange);
  cut(exchange);
}

/** Clients have limits of their own; a hang that outlasts them ends all the same. */
async function hang(exchange: Exchange, { when, ms }: RuleOf<'hang'>): Promise<void> {
  if (when === 'after') await held(exchange);
  await sleep(ms, undefined, { ref: false });
  cut(exchange);
}

/** An answer without a body is cut off as a whole. */
async function truncate(exchange: Exchange, strike: Pick<Strike, 'drawn'>): Promise<void> {
  const { status, headers, body } = await held(exchange);
  if (body.length === 0) return cut(exchange);
  const { response } = exchange;
  response.writeHead(status, { ...headers, 'content-length': String(body.length) });
  response.write(body.subarray(0, Math.floor(strike.drawn('length') * body.length)), () => cut(exchange));
}

async function flip(exchange: Exchange, strike: Strike<'flip'>): Promise<void> {
  const { body: side, checksums } = strike.rule;
  const { request, response, serve } = exchange;
  if (side === 'request') {
    const http = flippedRequest(request.http, { fraction: strike.drawn('bit'), checksums });
    return serve({ request: { ...request, http } });
  }
  const { status, headers, body } = await held(exchange);
  response.writeHead(status, checksums === 'strip' ? withoutChecksums(headers) : headers);
  response.end(flipBit(body, strike.drawn('bit')));
}

async function commit(exchange: Exchange, strike: Strike<WireKind>): Promise<void> {
  const { rule } = strike;
  switch (rule.kind) {
    case 'error':
      return error(exchange, rule);
    case 'reset':
      return reset(exchange, rule);
    case 'hang':
      return hang(exchange, rule);
    case 'truncate':
      return truncate(exchange, strike);
    case 'flip':
      return flip(exchange, strike as Strike<'flip'>);
    default:
      await sleep(rule.ms, undefined, { ref: false });
      return exchange.serve();
  }
}

const pointOf = ({ service, request }: Interception): Point => ({
  service,
  operation: operationName(service, request.http, request.url),
  target: decodeURIComponent(request.url.pathname),
  caller: request.caller.arn,
});

/** Some requests and answers have no body to cut or to flip. */
function fits(rule: RuleOf<WireKind>, { http }: Interception['request']): boolean {
  if (rule.kind === 'flip' && rule.body === 'request') return http.method === 'PUT' || http.method === 'POST';
  return http.method !== 'HEAD' || !(rule.kind === 'truncate' || rule.kind === 'flip');
}

/** The program's call, and what befalls it there. */
async function spring({ when, cuts, act }: Trap, exchange: Exchange): Promise<void> {
  if (when === 'after') await (cuts ? held(exchange) : exchange.serve());
  act();
  if (cuts) return cut(exchange);
  if (when === 'before') await exchange.serve();
}

/** Faults between clients and services. */
export function wireFaults(faults: Faults, moments: Moments): Intercept {
  return async (interception, next) => {
    const exchange: Exchange = { ...interception, serve: (changed) => next({ ...interception, ...changed }) };
    const point = pointOf(interception);
    const trap = moments.sprung(appIdOf(String(interception.request.http.headers['user-agent'] ?? '')), point.operation);
    if (trap) return spring(trap, exchange);
    const strike = faults.draw(WIRE_KINDS, point);
    if (!strike || !fits(strike.rule, interception.request)) return next();
    strike.hit();
    return commit(exchange, strike);
  };
}
