import path from 'node:path';
import { createObjectStore } from '../../adapters/aws/object-store';
import { createPendingUploads } from '../../adapters/aws/pending-uploads';
import type { ObjectStore, PendingUploads } from '../../adapters/ports';
import { diskStore, noUploads } from './disk';

export interface Stores {
  readonly state: ObjectStore;
  readonly input: ObjectStore;
  readonly output: PendingUploads;
}

/** The three buckets: over the wire where an endpoint is set for the SDK, else folders, and output that goes nowhere. */
export const openStores = (folder: string, endpoint: string | undefined): Stores =>
  endpoint
    ? { state: createObjectStore('state'), input: createObjectStore('input'), output: createPendingUploads('output') }
    : {
        state: diskStore(path.join(folder, 'state')),
        input: diskStore(path.join(folder, 'input')),
        output: noUploads('output'),
      };
