import type { RunSource } from '../core/contracts';
import { Fingerprint } from '../core/plan/fingerprint';
import { createInventoryListing } from './inventory';
import type { ObjectStore, VersionListing } from './ports';

/** Where sources are looked up. */
export interface SourcePlaces {
  /** The bucket of the objects. */
  readonly listing: VersionListing;
  bucket(name: string): ObjectStore;
  /** Until a listing must be done; whoever has too little time fails rather than to be ended. @default as long as it takes */
  remainingMs?(): number;
}

/** There was too little time to list a source. */
export class TooLargeToListError extends Error {
  override readonly name = 'TooLargeToListError';
}

/** Enough to say so, and to do what else was asked for in the same call. */
const LEAVE_BEFORE_END_MS = 15_000;

/** A source as it is now, and the name of what it holds; undefined where it holds nothing. */
export interface PinnedSource {
  readonly source: RunSource;
  readonly fingerprint: string;
}

/** Pins a source: a prefix is listed once, of an inventory only the manifest's version is looked up. */
export async function pinSource(source: RunSource, places: SourcePlaces): Promise<PinnedSource | undefined> {
  if (source.kind === 'inventory') return pinInventory(source, places);
  const fingerprint = new Fingerprint();
  for await (const page of places.listing.listVersions(source.prefix)) {
    for (const object of page) fingerprint.add(object);
    if ((places.remainingMs?.() ?? Number.POSITIVE_INFINITY) > LEAVE_BEFORE_END_MS) continue;
    throw new TooLargeToListError(
      `s3://${source.bucket}/${source.prefix} holds more than ${fingerprint.objects} objects, too many to list in time: say the fingerprint when you ask, as the command line does, or name an S3 Inventory`,
    );
  }
  return fingerprint.objects === 0 ? undefined : { source, fingerprint: fingerprint.value };
}

async function pinInventory(source: RunSource & { kind: 'inventory' }, { bucket }: SourcePlaces): Promise<PinnedSource | undefined> {
  const head = await bucket(source.bucket).head(source.manifest, source.versionId);
  return head && { source: { ...source, versionId: head.versionId }, fingerprint: head.etag };
}

/** The listing that a source names; an inventory must be of the objects' own bucket. */
export const listingOf = (source: RunSource, { listing, bucket }: SourcePlaces, inputBucket: string): VersionListing =>
  source.kind === 'prefix' ? listing : createInventoryListing({ ...source, store: bucket(source.bucket), of: inputBucket });
