import { ClientError } from './errors';

export interface Page<T> {
  readonly items: readonly T[];
  readonly nextToken?: string;
}

export interface PageWish<T> {
  readonly maxResults?: number;
  readonly limit: number;
  readonly nextToken?: string;
  /** Rises along the list, so that a page goes on after the last one even when items came or went. */
  readonly keyOf: (item: T) => number;
}

function positionOf(token: string | undefined): number {
  if (token === undefined) return Number.NEGATIVE_INFINITY;
  const text = Buffer.from(token, 'base64url').toString('latin1');
  if (!/^-?\d+$/.test(text)) throw new ClientError(`nextToken ${token} is not valid`);
  return Number(text);
}

/** One page of a sorted list. */
export function page<T>(sorted: readonly T[], { maxResults, limit, nextToken, keyOf }: PageWish<T>): Page<T> {
  if (maxResults !== undefined && maxResults < 1) throw new ClientError(`maxResults must be at least 1, received ${maxResults}`);
  const after = positionOf(nextToken);
  const rest = sorted.filter((item) => keyOf(item) > after);
  const items = rest.slice(0, Math.min(maxResults ?? limit, limit));
  const last = items.at(-1);
  if (rest.length === items.length || last === undefined) return { items };
  return { items, nextToken: Buffer.from(String(keyOf(last)), 'latin1').toString('base64url') };
}
