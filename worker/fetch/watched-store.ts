import type { ObjectStore } from '../../adapters/ports';
import type { Meter } from '../meter';

/** The same store for the fetch of one chunk: its reads end when the fetch is given up, and its bytes are counted. */
export const watched = (store: ObjectStore, signal: AbortSignal, meter: Meter): ObjectStore => ({
  bucket: store.bucket,
  head: (key, versionId) => store.head(key, versionId),
  async read(key, options) {
    const body = await store.read(key, { ...options, signal });
    meter.add('fetch', { bytes: body.length });
    return body;
  },
  createOnce: (key, body) => store.createOnce(key, body),
  list: (prefix) => store.list(prefix),
});
