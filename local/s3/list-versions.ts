import { allowBucket } from './access';
import { bucketOf, type Call, parameter, quoted, type Reply } from './call';
import { invalidArgument } from './errors';
import { commonPrefixes, type Item, keyWriter, OWNER, page, pageSize, startAfter, walk } from './listing';
import type { ObjectVersion } from './model';
import { fromOrderKey, toOrderKey } from './ordered-keys';
import type { BucketState } from './state';
import { document, elements, type Xml } from './xml';

interface VersionItem {
  /** Order key. */
  readonly key: string;
  readonly version: ObjectVersion;
  readonly isLatest: boolean;
}
type Line = VersionItem | Extract<Item, { prefix: string }>;

interface Marker {
  readonly key: string;
  readonly versionId: string | undefined;
}

/** Versions of each key, newest first; those at or before the marker are left out. */
function* lines(state: BucketState, items: Iterable<Item>, marker: Marker | undefined): Generator<Line> {
  for (const item of items) {
    if ('prefix' in item) yield item;
    else yield* versionsOf(state, item.key, marker?.key === item.key ? marker.versionId : undefined);
  }
}

function* versionsOf(state: BucketState, key: string, afterVersion: string | undefined): Generator<VersionItem> {
  const newestFirst = state.versionsAt(key).toReversed();
  const skipped = afterVersion === undefined ? 0 : newestFirst.findIndex(({ versionId }) => versionId === afterVersion) + 1;
  for (const [index, version] of newestFirst.entries()) {
    if (index >= skipped) yield { key, version, isLatest: index === 0 };
  }
}

function versionElement({ key, version, isLatest }: VersionItem, write: (key: string) => string): Xml {
  const common = {
    Key: write(fromOrderKey(key)),
    VersionId: version.versionId,
    IsLatest: isLatest,
    LastModified: new Date(version.modifiedMs).toISOString(),
    Owner: OWNER,
  };
  if (version.deleteMarker) return elements(common);
  return elements({
    ...common,
    ETag: quoted(version.etag),
    ChecksumAlgorithm: version.checksum?.algorithm,
    ChecksumType: version.checksum?.type,
    Size: version.size,
    StorageClass: 'STANDARD',
  });
}

function markerOf(call: Call): Marker | undefined {
  const [key, versionId] = [parameter(call, 'key-marker'), parameter(call, 'version-id-marker')];
  if (versionId !== undefined && key === undefined) {
    throw invalidArgument('A version-id marker cannot be specified without a key marker.', 'version-id-marker', versionId);
  }
  return key === undefined ? undefined : { key: toOrderKey(key), versionId };
}

/** With a version id marker the listing goes on inside the marker's key, otherwise behind it. */
function startOf(marker: Marker | undefined, shape: { readonly prefix: string; readonly delimiter: string }): string {
  if (marker === undefined) return '';
  return marker.versionId === undefined ? startAfter(marker.key, shape) : marker.key;
}

function nextMarker(last: Line | undefined): Readonly<Record<string, string | undefined>> {
  if (last === undefined) return {};
  return 'prefix' in last
    ? { NextKeyMarker: fromOrderKey(last.prefix) }
    : { NextKeyMarker: fromOrderKey(last.key), NextVersionIdMarker: last.version.versionId };
}

export function listObjectVersions(call: Call): Reply {
  const { state } = bucketOf(call);
  allowBucket(call, 's3:ListBucketVersions');
  const size = pageSize(call, 'max-keys');
  const write = keyWriter(call);
  const [prefix, delimiter] = [parameter(call, 'prefix'), parameter(call, 'delimiter')];
  const shape = { prefix: toOrderKey(prefix ?? ''), delimiter: toOrderKey(delimiter ?? '') };
  const marker = markerOf(call);
  const { items, more } = page(lines(state, walk(state.all, startOf(marker, shape), shape), marker), size);
  const versions = items.filter((item): item is VersionItem => 'version' in item);
  const next = more ? nextMarker(items.at(-1)) : {};
  return {
    xml: document('ListVersionsResult', {
      Name: call.bucketName,
      Prefix: write(prefix ?? ''),
      Delimiter: delimiter === undefined ? undefined : write(delimiter),
      KeyMarker: write(marker ? fromOrderKey(marker.key) : ''),
      VersionIdMarker: marker?.versionId ?? '',
      NextKeyMarker: next.NextKeyMarker === undefined ? undefined : write(next.NextKeyMarker),
      NextVersionIdMarker: next.NextVersionIdMarker,
      MaxKeys: size,
      EncodingType: parameter(call, 'encoding-type'),
      IsTruncated: more,
      Version: versions.filter(({ version }) => !version.deleteMarker).map((item) => versionElement(item, write)),
      DeleteMarker: versions.filter(({ version }) => version.deleteMarker).map((item) => versionElement(item, write)),
      CommonPrefixes: commonPrefixes(
        items.filter((item) => 'prefix' in item),
        write,
      ),
    }),
  };
}
