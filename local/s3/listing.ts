import { allowBucket } from './access';
import { bucketOf, type Call, parameter, quoted, type Reply } from './call';
import { invalidArgument } from './errors';
import { AFTER, fromOrderKey, type OrderedKeys, toOrderKey } from './ordered-keys';
import type { BucketState } from './state';
import { document, elements, type Xml } from './xml';

/** S3 never answers more keys at once. */
const MAX_KEYS = 1000;
export const OWNER = elements({ ID: '0'.repeat(64), DisplayName: 'local' });

/** How many keys a page may have, from any of the parameters that say so. */
export function pageSize(call: Call, name: string): number {
  const text = parameter(call, name);
  if (text === undefined) return MAX_KEYS;
  if (!/^\d{1,10}$/.test(text) || Number(text) > 2 ** 31 - 1) {
    throw invalidArgument(`Provided ${name} not an integer or within integer range`, name, text);
  }
  return Math.min(MAX_KEYS, Number(text));
}

/** How a listing writes keys: percent-encoded on demand, as keys may hold what XML cannot. */
export function keyWriter(call: Call): (key: string) => string {
  const encoding = parameter(call, 'encoding-type');
  if (encoding === undefined) return (key) => key;
  if (encoding !== 'url') throw invalidArgument('Invalid Encoding Method specified in Request', 'encoding-type', encoding);
  return (key) =>
    encodeURIComponent(key)
      .replaceAll('%2F', '/')
      .replaceAll('%20', '+')
      .replace(/[!'()]/g, percent);
}

const percent = (character: string): string => `%${character.charCodeAt(0).toString(16).toUpperCase()}`;

/** One line of a listing: a key, or a prefix that stands for every key under it. All in order keys. */
export type Item = { readonly key: string } | { readonly prefix: string };

/**
 * Walks keys from a position on, folding those that share a common prefix. Each step is one seek, so a folder of a
 * million keys costs as much as one key.
 */
export function* walk(
  keys: OrderedKeys,
  from: string,
  { prefix, delimiter }: { readonly prefix: string; readonly delimiter: string },
): Generator<Item> {
  let position = from > prefix ? from : prefix;
  for (;;) {
    const folded = yield* plainKeys(keys, position, { prefix, delimiter });
    if (folded === undefined) return;
    yield { prefix: folded };
    position = folded + AFTER;
  }
}

/** Yields keys up to the first one that folds, and returns its common prefix. */
function* plainKeys(
  keys: OrderedKeys,
  position: string,
  { prefix, delimiter }: { readonly prefix: string; readonly delimiter: string },
): Generator<Item, string | undefined> {
  for (const key of keys.from(position)) {
    if (!key.startsWith(prefix)) return undefined;
    const end = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length);
    if (end >= 0) return key.slice(0, end + delimiter.length);
    yield { key };
  }
  return undefined;
}

/** Where the page after an item starts. */
const after = (item: Item): string => ('key' in item ? `${item.key}\0` : item.prefix + AFTER);

/** A position in the listing that only this server reads. */
const encodeToken = (position: string): string => Buffer.from(position, 'utf16le').toString('base64');

function decodeToken(token: string): string {
  const position = Buffer.from(token, 'base64').toString('utf16le');
  if (position === '' || encodeToken(position) !== token) {
    throw invalidArgument('The continuation token provided is incorrect', 'continuation-token', token);
  }
  return position;
}

/** Where a listing that starts after a key begins: behind a whole common prefix when the key is one. */
export function startAfter(key: string, { prefix, delimiter }: { readonly prefix: string; readonly delimiter: string }): string {
  const folds = delimiter !== '' && key.startsWith(prefix) && key.indexOf(delimiter, prefix.length) >= 0;
  return folds && key.endsWith(delimiter) ? key + AFTER : `${key}\0`;
}

/** The first items, and whether there are more. */
export function page<T>(source: Iterable<T>, size: number): { readonly items: readonly T[]; readonly more: boolean } {
  if (size === 0) return { items: [], more: false };
  const items: T[] = [];
  for (const item of source) {
    if (items.length === size) return { items, more: true };
    items.push(item);
  }
  return { items, more: false };
}

function contents(state: BucketState, write: (key: string) => string, withOwner: boolean): (item: { readonly key: string }) => Xml {
  return ({ key }) => {
    const version = state.versionsAt(key).at(-1);
    return elements({
      Key: write(fromOrderKey(key)),
      LastModified: new Date(version?.modifiedMs ?? 0).toISOString(),
      ETag: quoted(version?.etag ?? ''),
      ChecksumAlgorithm: version?.checksum?.algorithm,
      ChecksumType: version?.checksum?.type,
      Size: version?.size ?? 0,
      StorageClass: 'STANDARD',
      Owner: withOwner ? OWNER : undefined,
    });
  };
}

export const commonPrefixes = (items: readonly Item[], write: (key: string) => string): readonly Xml[] =>
  items.flatMap((item) => ('prefix' in item ? [elements({ Prefix: write(fromOrderKey(item.prefix)) })] : []));

export function listObjectsV2(call: Call): Reply {
  const { state } = bucketOf(call);
  allowBucket(call, 's3:ListBucket');
  const size = pageSize(call, 'max-keys');
  const write = keyWriter(call);
  const [prefix, delimiter, start, token] = ['prefix', 'delimiter', 'start-after', 'continuation-token'].map((name) =>
    parameter(call, name),
  );
  const shape = { prefix: toOrderKey(prefix ?? ''), delimiter: toOrderKey(delimiter ?? '') };
  const from = token === undefined ? (start === undefined ? '' : startAfter(toOrderKey(start), shape)) : decodeToken(token);
  const { items, more } = page(walk(state.live, from, shape), size);
  const last = items.at(-1);
  return {
    xml: document('ListBucketResult', {
      Name: call.bucketName,
      Prefix: write(prefix ?? ''),
      Delimiter: delimiter === undefined ? undefined : write(delimiter),
      StartAfter: start === undefined ? undefined : write(start),
      ContinuationToken: token,
      NextContinuationToken: more && last ? encodeToken(after(last)) : undefined,
      KeyCount: items.length,
      MaxKeys: size,
      EncodingType: parameter(call, 'encoding-type'),
      IsTruncated: more,
      Contents: items.filter((item) => 'key' in item).map(contents(state, write, call.query.get('fetch-owner') === 'true')),
      CommonPrefixes: commonPrefixes(items, write),
    }),
  };
}
