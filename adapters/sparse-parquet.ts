import { open } from 'node:fs/promises';
import { MIB } from '../core/units';
import type { ObjectStore } from './ports';

/** The footer's length and the magic stand in the last eight bytes. */
const TRAILER_BYTES = 8;
const COPY_BYTES = 8 * MIB;

export interface ParquetObject {
  readonly key: string;
  readonly versionId: string;
  readonly bytes: number;
}

/** The bytes of a Parquet file's footer, up to the file's end. */
export async function readFooterBytes(store: Pick<ObjectStore, 'read'>, { key, versionId, bytes }: ParquetObject): Promise<Buffer> {
  const trailer = await store.read(key, { versionId, range: { start: bytes - TRAILER_BYTES, end: bytes } });
  const start = bytes - TRAILER_BYTES - trailer.readUInt32LE(0);
  return store.read(key, { versionId, range: { start, end: bytes } });
}

/** Writes pieces of a Parquet file to where they lie in it: a sparse file that reads like the whole as far as they go. */
export async function writeSparse(
  file: string,
  size: number,
  pieces: readonly { readonly at: number; readonly bytes: Buffer }[],
): Promise<void> {
  const handle = await open(file, 'w');
  try {
    await handle.truncate(size);
    for (const { at, bytes } of pieces) {
      for (let done = 0; done < bytes.length; done += COPY_BYTES) {
        await handle.write(bytes, done, Math.min(COPY_BYTES, bytes.length - done), at + done);
      }
    }
    await handle.write('PAR1', 0);
  } finally {
    await handle.close();
  }
}
