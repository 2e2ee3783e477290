import type { ListedVersion, ListingPlace, VersionListing } from '../../adapters/ports';
import type { MemoryObjectStore } from './memory-store';

/** What a bucket in memory holds, in pages of a few objects, so that small tests have several. */
export class MemoryListing implements VersionListing {
  constructor(
    private readonly store: MemoryObjectStore,
    private readonly pageObjects = 3,
  ) {}

  async *listVersions(prefix: string, { after }: ListingPlace = {}): AsyncIterable<readonly ListedVersion[]> {
    const keys = this.store.keys(prefix).filter((key) => after === undefined || Buffer.compare(Buffer.from(key), Buffer.from(after)) > 0);
    for (let i = 0; i < keys.length; i += this.pageObjects) {
      const heads = await Promise.all(keys.slice(i, i + this.pageObjects).map((key) => this.store.head(key)));
      yield heads.flatMap((head) => (head ? [{ key: head.key, versionId: head.versionId, bytes: head.bytes, etag: head.etag }] : []));
    }
  }
}
