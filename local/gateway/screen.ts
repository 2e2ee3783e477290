import type { IncomingMessage } from 'node:http';

/** Names of this machine's loopback; a name that an attacker's DNS answers for is none of them. */
const LOOPBACK_NAMES = ['127.0.0.1', 'localhost', '[::1]'];

const HTTP_PORT = 80;

/**
 * Headers that only a browser sends. `Sec-Fetch-Mode` is not one of them: Node's own `fetch` sends it, and browsers
 * send it with `Sec-Fetch-Site` only.
 */
const BROWSER_HEADERS = ['origin', 'sec-fetch-site', 'sec-fetch-dest', 'sec-fetch-user', 'sec-websocket-key'];

const MAX_SHOWN_CHARACTERS = 100;

/** A value that somebody else wrote, fit for one line of a log. */
export const shownValue = (value: string): string => JSON.stringify(value.slice(0, MAX_SHOWN_CHARACTERS));

function isLoopback(host: string, port: number | undefined): boolean {
  const names = LOOPBACK_NAMES.flatMap((name) => (port === HTTP_PORT ? [name, `${name}:${port}`] : [`${name}:${port}`]));
  return names.includes(host.toLowerCase());
}

function hostRefusal({ headersDistinct, socket }: Pick<IncomingMessage, 'headersDistinct' | 'socket'>): string | undefined {
  const { host: [host = '', ...more] = [] } = headersDistinct;
  if (more.length === 0 && isLoopback(host, socket.localPort)) return undefined;
  return `Host ${shownValue([host, ...more].join(', '))} is not served: use 127.0.0.1:${socket.localPort} or localhost:${socket.localPort}, with bucket names in the path`;
}

/** Why a request is refused before anything of it is read: it comes from a web page, or under a name that is not this machine's. */
export function refusalOf(http: Pick<IncomingMessage, 'headersDistinct' | 'socket' | 'url'>): string | undefined {
  const foreign = hostRefusal(http);
  if (foreign !== undefined) return foreign;
  const browser = BROWSER_HEADERS.find((name) => http.headersDistinct[name] !== undefined);
  if (browser !== undefined) return `web pages are not served (${browser}: ${shownValue(http.headersDistinct[browser]?.join(', ') ?? '')})`;
  if (http.headersDistinct.upgrade?.some((protocol) => /websocket/i.test(protocol))) return 'WebSocket is not served';
  if (!http.url?.startsWith('/')) return `request target ${shownValue(http.url ?? '')} is not served: expected a path`;
  return undefined;
}
