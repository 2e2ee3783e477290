import { compareUtf8 } from '../core/utf8-order';
import type { ListedVersion } from './ports';

/** Where the next page of a listing starts: behind a key, or behind one of its versions. */
export interface ListingPosition {
  readonly key: string;
  readonly versionId?: string;
}

export interface ListingRequest {
  readonly prefix: string;
  readonly after?: ListingPosition;
  /** Folds keys below the next `/` into `prefixes`. */
  readonly folded?: boolean;
}

/** What one request answers, in UTF-8 order. */
export interface ListingPage {
  readonly objects: readonly ListedVersion[];
  readonly prefixes: readonly string[];
  /** Undefined when nothing follows. */
  readonly next?: ListingPosition;
}

export type FetchPage = (request: ListingRequest) => Promise<ListingPage>;

export interface ListingLimits {
  /** Requests under way at once. */
  readonly lanes: number;
  /** Whole pages that may lie in memory, those under way included. */
  readonly pages: number;
  /** Most keys of a page. @default 1,000, S3's own limit */
  readonly pageKeys?: number;
}

export interface ListingQuery {
  readonly prefix: string;
  /** Where an earlier listing was left: the last key that it handed over. */
  readonly after?: string | undefined;
}

/** Keys above `position` up to `until`, listed by one request after another. */
export interface Stretch {
  position: ListingPosition | undefined;
  until: string | undefined;
  /** The folder whose sub-folders, if any, were not looked for yet. */
  folder: string | undefined;
  ready: (readonly ListedVersion[])[];
  fetched: number;
  /** Pages after which the rest is cut. */
  quota: number;
  /** Into how many more it is cut then; doubled while they turn out not to be enough. */
  guesses: number;
  /** Whether its next request is for sub-folders. */
  look: boolean;
  busy: boolean;
  done: boolean;
}

const BLANK = {
  position: undefined,
  until: undefined,
  folder: undefined,
  fetched: 0,
  quota: 1,
  guesses: 1,
  look: false,
  busy: false,
  done: false,
};
export const stretch = (part: Partial<Stretch>): Stretch => ({ ...BLANK, ready: [], ...part });

export const isFresh = (s: Stretch | undefined): s is Stretch => s !== undefined && s.fetched === 0 && !s.busy && !s.done;
export const reaches = (key: string, until: string | undefined): boolean => until !== undefined && compareUtf8(key, until) >= 0;
export const isAfter = (key: string, position: ListingPosition | undefined): boolean =>
  position === undefined || compareUtf8(key, position.key) > 0;

/** The folder directly below `folder` that holds a key; undefined when the key lies in `folder` itself. */
export function childOf(folder: string, key: string): string | undefined {
  const end = key.indexOf('/', folder.length);
  return end < 0 ? undefined : key.slice(0, end + 1);
}

/** Whether all keys of the page lie in one folder directly below `folder`. */
export function isOneChild(folder: string, page: readonly ListedVersion[]): boolean {
  const child = childOf(folder, page[0]?.key ?? '');
  return child !== undefined && (page.at(-1)?.key ?? '').startsWith(child);
}

/** How many of the objects, which are in order, lie at or below a key. */
function countUpTo(objects: readonly ListedVersion[], key: string): number {
  let [low, high] = [0, objects.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compareUtf8(objects[middle]?.key ?? '', key) <= 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The objects of a page that belong to a stretch. */
export function ownOf({ position, until }: Stretch, objects: readonly ListedVersion[]): readonly ListedVersion[] {
  const from = position === undefined ? 0 : countUpTo(objects, position.key);
  return objects.slice(from, until === undefined ? objects.length : countUpTo(objects, until));
}
