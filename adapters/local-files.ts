import { open, readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import type { ByteRange } from '../core/values';
import { ObjectNotFoundError } from './errors';
import type { ObjectStore, ReadOptions, StoredObject } from './ports';

/** A folder of this machine cannot be written through this store. */
export class ReadOnlyError extends Error {
  override readonly name = 'ReadOnlyError';
}

const isMissing = (thrown: unknown): boolean => ['ENOENT', 'ENOTDIR'].includes((thrown as NodeJS.ErrnoException).code ?? '');

/** Files of this machine read as if they were objects; keys are paths relative to a folder, which may lead out of it. */
class LocalFiles implements ObjectStore {
  constructor(readonly bucket: string) {}

  async head(key: string): Promise<StoredObject | undefined> {
    try {
      const found = await stat(this.pathOf(key));
      const version = `${found.mtimeMs}-${found.size}`;
      return found.isFile() ? { key, versionId: version, bytes: found.size, etag: `"${version}"` } : undefined;
    } catch (thrown) {
      if (isMissing(thrown)) return undefined;
      throw thrown;
    }
  }

  async read(key: string, { range, memory = Buffer.allocUnsafeSlow }: ReadOptions = {}): Promise<Buffer> {
    try {
      return range ? await readRange(this.pathOf(key), range, memory) : await readFile(this.pathOf(key));
    } catch (thrown) {
      if (isMissing(thrown)) throw new ObjectNotFoundError(this.bucket, key);
      throw thrown;
    }
  }

  async createOnce(key: string): Promise<boolean> {
    throw new ReadOnlyError(`${key} cannot be written: files of ${this.bucket} are only read`);
  }

  async *list(prefix: string): AsyncIterable<{ key: string; bytes: number }> {
    const entries = await readdir(this.bucket, { recursive: true, withFileTypes: true });
    const keys = entries
      .filter((entry) => entry.isFile())
      .map((entry) => path.relative(this.bucket, path.join(entry.parentPath, entry.name)))
      .filter((key) => key.startsWith(prefix));
    for (const key of keys.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))) {
      yield { key, bytes: (await stat(this.pathOf(key))).size };
    }
  }

  private pathOf(key: string): string {
    return path.resolve(this.bucket, key);
  }
}

/** Bytes [start, end), cut to the file's end. */
async function readRange(file: string, { start, end }: ByteRange, memory: (bytes: number) => Buffer): Promise<Buffer> {
  const handle = await open(file);
  try {
    const { size } = await handle.stat();
    const bytes = memory(Math.max(0, Math.min(end, size) - start));
    const { bytesRead } = await handle.read(bytes, 0, bytes.length, start);
    return bytes.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}

export const createLocalFiles = (folder: string): ObjectStore => new LocalFiles(path.resolve(folder));
