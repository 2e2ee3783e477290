import { mkdir, open, readdir, rename, rm, writeFile } from 'node:fs/promises';
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

/** As large as the worker's own pieces at most, so that each has its place in the file. */
const PIECE_BYTES = 8 * 1024 * 1024;

/** Uploads whose pieces are written to where they belong in one file. */
export function diskUploads(folder: string): PendingUploads {
  let begun = 0;
  const fileOf = (uploadId: string): string => path.join(folder, `${uploadId}.pending`);
  return {
    bucket: path.basename(folder),
    begin: async () => {
      begun += 1;
      await mkdir(folder, { recursive: true });
      await writeFile(fileOf(String(begun)), '');
      return String(begun);
    },
    uploadPiece: async ({ uploadId, partNumber, body, checksum }) => {
      const handle = await open(fileOf(uploadId), 'r+');
      await handle.write(body, 0, body.length, (partNumber - 1) * PIECE_BYTES);
      await handle.close();
      return { partNumber, etag: `"${partNumber}"`, checksum };
    },
    complete: ({ key, uploadId }) => rename(fileOf(uploadId), path.join(folder, path.basename(key))),
    abort: ({ uploadId }) => rm(fileOf(uploadId), { force: true }),
    withdraw: (key) => rm(path.join(folder, path.basename(key))),
    async *pending() {
      for (const name of await readdir(folder)) yield { key: name, uploadId: path.basename(name, '.pending') };
    },
  };
}
