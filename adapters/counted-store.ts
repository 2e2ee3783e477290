import type { ObjectStore } from './ports';

/** What was asked of a store; it grows while the store is used. */
export interface RequestCount {
  requests: number;
  bytesRead: number;
}

/** The same store, with what is asked of it counted; a range of no bytes is no request. */
export function countRequests(
  store: ObjectStore,
  count: RequestCount = { requests: 0, bytesRead: 0 },
): { readonly store: ObjectStore; readonly count: Readonly<RequestCount> } {
  const counted: ObjectStore = {
    bucket: store.bucket,
    async head(key, versionId) {
      count.requests += 1;
      return store.head(key, versionId);
    },
    async read(key, options) {
      const { range } = options ?? {};
      if (!range || range.end > range.start) count.requests += 1;
      const body = await store.read(key, options);
      count.bytesRead += body.length;
      return body;
    },
    async createOnce(key, body) {
      count.requests += 1;
      return store.createOnce(key, body);
    },
    async *list(prefix) {
      count.requests += 1;
      yield* store.list(prefix);
    },
  };
  return { store: counted, count };
}
