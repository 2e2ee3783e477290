import { type Call, header, quoted } from './call';
import { invalidRequest, noSuchKey, notImplemented, notModified, preconditionFailed } from './errors';
import type { ObjectVersion } from './model';

const tags = (value: string): readonly string[] => value.split(',').map((tag) => tag.trim().replace(/^W\//, ''));
const matches = (value: string, version: ObjectVersion): boolean =>
  tags(value).some((tag) => tag === '*' || tag === quoted(version.etag) || tag === version.etag);

const MS_PER_SECOND = 1000;
/** HTTP dates have whole seconds only. */
const isAfter = (version: ObjectVersion, date: string): boolean =>
  Math.floor(version.modifiedMs / MS_PER_SECOND) > Math.floor(Date.parse(date) / MS_PER_SECOND);

/** The object a write would replace: a delete marker counts as nothing. */
const present = (latest: ObjectVersion | undefined): ObjectVersion | undefined => (latest?.deleteMarker ? undefined : latest);

/** Throws unless the latest version is what a conditional write or delete wants to find. */
export function checkWrite(call: Call, latest: ObjectVersion | undefined): void {
  const [ifMatch, ifNoneMatch] = [header(call, 'if-match'), header(call, 'if-none-match')];
  const existing = present(latest);
  if (ifMatch !== undefined && ifNoneMatch !== undefined) throw invalidRequest('If-Match and If-None-Match exclude each other');
  if (ifNoneMatch !== undefined && ifNoneMatch.trim() !== '*') throw notImplemented('If-None-Match other than * on a write');
  if (ifNoneMatch !== undefined && existing) throw preconditionFailed('If-None-Match');
  if (ifMatch === undefined) return;
  if (!existing) throw noSuchKey(call.key);
  if (!matches(ifMatch, existing)) throw preconditionFailed('If-Match');
}

/** Which headers carry the conditions of a read: its own, or those on the source of a copy. */
const OWN = {
  match: 'if-match',
  noneMatch: 'if-none-match',
  unmodified: 'if-unmodified-since',
  modified: 'if-modified-since',
} as const;
const SOURCE = {
  match: 'x-amz-copy-source-if-match',
  noneMatch: 'x-amz-copy-source-if-none-match',
  unmodified: 'x-amz-copy-source-if-unmodified-since',
  modified: 'x-amz-copy-source-if-modified-since',
} as const;

interface Verdict {
  /** Name of the condition that asks for 412. */
  readonly failed?: string;
  /** The reader has this version already. */
  readonly unchanged?: string;
}

/** If-Match wins over If-Unmodified-Since, and If-None-Match over If-Modified-Since (RFC 9110 §13.2.2). */
function judge(call: Call, names: Record<keyof typeof OWN, string>, version: ObjectVersion): Verdict {
  const value = (name: keyof typeof OWN): string | undefined => header(call, names[name]);
  const [match, noneMatch, unmodified, modified] = [value('match'), value('noneMatch'), value('unmodified'), value('modified')];
  if (match !== undefined && !matches(match, version)) return { failed: names.match };
  if (match === undefined && unmodified !== undefined && isAfter(version, unmodified)) return { failed: names.unmodified };
  if (noneMatch !== undefined) return matches(noneMatch, version) ? { unchanged: names.noneMatch } : {};
  return modified !== undefined && !isAfter(version, modified) ? { unchanged: names.modified } : {};
}

/** Throws 412, or 304 with the headers given, when a read's conditions say so. */
export function checkRead(call: Call, version: ObjectVersion, headers: Record<string, string>): void {
  const { failed, unchanged } = judge(call, OWN, version);
  if (failed !== undefined) throw preconditionFailed(failed);
  if (unchanged !== undefined) throw notModified(headers);
}

/** A copy whose source is not as wanted is refused with 412 in every case. */
export function checkSource(call: Call, version: ObjectVersion): void {
  const { failed, unchanged } = judge(call, SOURCE, version);
  const condition = failed ?? unchanged;
  if (condition !== undefined) throw preconditionFailed(condition);
}
