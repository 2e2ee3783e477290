import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { createLocalFiles } from '../../adapters/local-files';
import type { ObjectStore, PendingUploads } from '../../adapters/ports';

/** A bucket that is a folder, without any wire: what the worker costs when S3 costs nothing. */
export function diskStore(folder: string): ObjectStore {
  const files = createLocalFiles(folder);
  return {
    bucket: path.basename(folder),
    head: (key) => files.head(key),
    read: (key, options) => files.read(key, options),
    list: (prefix) => files.list(prefix),
    createOnce: (key, body) => createOnce(path.join(folder, key), body),
  };
}

async function createOnce(file: string, body: string | Buffer): Promise<boolean> {
  await mkdir(path.dirname(file), { recursive: true });
  try {
    await writeFile(file, body, { flag: 'wx' });
    return true;
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw thrown;
  }
}

/**
 * Uploads that cost nothing: with S3 taken away, the part that lies on the worker's disk is the result, as the one file that
 * others write is theirs. It is still read and summed for the upload.
 */
export function noUploads(bucket: string): PendingUploads {
  let begun = 0;
  const nothing = async (): Promise<void> => undefined;
  return {
    bucket,
    begin: async () => {
      begun += 1;
      return String(begun);
    },
    uploadPiece: async ({ partNumber, checksum }) => ({ partNumber, etag: `"${partNumber}"`, checksum }),
    complete: nothing,
    abort: nothing,
    withdraw: nothing,
    async *pending() {},
  };
}
