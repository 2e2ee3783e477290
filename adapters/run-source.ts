import type { RunSource } from '../core/contracts';
import { Fingerprint } from '../core/fingerprint';
import { createInventoryListing } from './inventory';
import type { ObjectStore, VersionListing } from './ports';

/** Where sources are looked up. */
export interface SourcePlaces {
  /** The bucket of the objects. */
  readonly listing: VersionListing;
  bucket(name: string): ObjectStore;
}

/** A source as it is now, and the name of what it holds; undefined where it holds nothing. */
export interface PinnedSource {
  readonly source: RunSource;
  readonly fingerprint: string;
}

/** Pins a source: a prefix is listed once, of an inventory only the manifest's version is looked up. */
export async function pinSource(source: RunSource, places: SourcePlaces): Promise<PinnedSource | undefined> {
  if (source.kind === 'inventory') return pinInventory(source, places);
  const fingerprint = new Fingerprint();
  for await (const page of places.listing.listVersions(source.prefix)) for (const object of page) fingerprint.add(object);
  return fingerprint.objects === 0 ? undefined : { source, fingerprint: fingerprint.value };
}

async function pinInventory(source: RunSource & { kind: 'inventory' }, { bucket }: SourcePlaces): Promise<PinnedSource | undefined> {
  const head = await bucket(source.bucket).head(source.manifest, source.versionId);
  return head && { source: { ...source, versionId: head.versionId }, fingerprint: head.etag };
}

/** The listing that a source names; an inventory must be of the objects' own bucket. */
export const listingOf = (source: RunSource, { listing, bucket }: SourcePlaces, inputBucket: string): VersionListing =>
  source.kind === 'prefix' ? listing : createInventoryListing({ ...source, store: bucket(source.bucket), of: inputBucket });
