import { MemoryOpenRuns } from './memory-open-runs';
import { MemoryObjectStore } from './memory-store';
import { MemoryPendingUploads } from './memory-uploads';
import { describeObjectStore } from './object-store-contract';
import { describeOpenRuns } from './open-runs-contract';
import { describePendingUploads } from './pending-uploads-contract';

describeObjectStore('MemoryObjectStore', async () => {
  const store = new MemoryObjectStore();
  return { store, put: async (key, body) => store.put(key, body) };
});

describePendingUploads('MemoryPendingUploads', async () => {
  const store = new MemoryObjectStore();
  return { store, uploads: new MemoryPendingUploads(store) };
});

describeOpenRuns('MemoryOpenRuns', async () => ({ open: new MemoryOpenRuns(), stop: async () => undefined }));
