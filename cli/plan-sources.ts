import { relative } from 'node:path';
import { createLocalFiles } from '../adapters/local-files';
import type { ObjectStore, ReadOptions, StoredObject } from '../adapters/ports';
import type { ObjectRef } from '../core/contracts';
import { UsageError } from './errors';
import { nameOf, type Source } from './sources';
import { parseUri } from './state/local-path';

/** What is to be planned: files and objects side by side, each under the name that was given. */
export interface PlanSources {
  readonly store: ObjectStore;
  readonly objects: readonly ObjectRef[];
}

/** The store of a bucket; asked only where an object is named. */
export type OpenBucket = (bucket: string) => ObjectStore;

/** Looks every source up, and pins the version that is planned over. */
export async function planSources(sources: readonly Source[], cwd: string, openBucket: OpenBucket): Promise<PlanSources> {
  const store = new NamedSources(createLocalFiles(cwd), openBucket);
  const objects: ObjectRef[] = [];
  for (const source of sources) {
    const key = source.kind === 'file' ? relative(cwd, source.path) : nameOf(source);
    const found = await store.head(key);
    if (!found) throw new UsageError(source.kind === 'file' ? `no such file: ${key}` : `no such object: ${key}`);
    objects.push({ bucket: source.kind === 'file' ? 'this machine' : source.bucket, key, versionId: found.versionId });
  }
  return { store, objects };
}

/** One store over many: a key is an `s3://` URI, or the path of a file. */
class NamedSources implements ObjectStore {
  readonly bucket = 'files and objects';

  constructor(
    private readonly files: ObjectStore,
    private readonly openBucket: OpenBucket,
  ) {}

  async head(name: string, versionId?: string): Promise<StoredObject | undefined> {
    const { store, key } = this.find(name);
    const found = await store.head(key, versionId);
    return found && { ...found, key: name };
  }

  read(name: string, options?: ReadOptions): Promise<Buffer> {
    const { store, key } = this.find(name);
    return store.read(key, options);
  }

  createOnce(name: string, body: string | Buffer): Promise<boolean> {
    return this.files.createOnce(name, body);
  }

  list(prefix: string): AsyncIterable<{ readonly key: string; readonly bytes: number }> {
    return this.files.list(prefix);
  }

  private find(name: string): { readonly store: ObjectStore; readonly key: string } {
    const uri = parseUri(name);
    return uri ? { store: this.openBucket(uri.bucket), key: uri.key } : { store: this.files, key: name };
  }
}
