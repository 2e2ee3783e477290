import { Manifest } from '../../../core/contracts';
import { manifestKey, successKey } from '../../../core/keys';
import type { MemoryObjectStore } from '../../../test/support/memory-store';

/** Whoever reads the output bucket, and trusts what it may. */
export interface Reader {
  /** Throws when what can be seen is neither nothing nor exactly the right rows. */
  look(): void;
  /** Whether the run is published. */
  readonly published: boolean;
}

/** A promise was broken; the message says which. */
export class Violation extends Error {
  override readonly name = 'Violation';
}

export function readerOf(output: MemoryObjectStore, run: { readonly job: string; readonly runId: string }, expected: string): Reader {
  const success = successKey(run.job, run.runId);
  const isPublished = (): boolean => output.keys(success).includes(success);
  return {
    get published() {
      return isPublished();
    },
    look: () => {
      if (!isPublished()) return;
      const manifest = manifestKey(run.job, run.runId);
      if (!output.keys(manifest).includes(manifest)) throw new Violation('_SUCCESS is there, and no manifest');
      const { parts } = Manifest.parse(JSON.parse(output.text(manifest)));
      const visible = new Set(output.keys());
      const missing = parts.find(({ key }) => !visible.has(key));
      if (missing) throw new Violation(`a published part is not there: ${missing.key}`);
      const rows = parts.map(({ key }) => output.text(key)).join('');
      if (rows !== expected)
        throw new Violation(`published rows are not the right ones: ${rows.length} bytes, expected ${expected.length}`);
    },
  };
}
