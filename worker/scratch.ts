import { mkdir, readdir, rm, statfs } from 'node:fs/promises';
import path from 'node:path';
import { formatBytes } from '../core/units';
import { DiskFullFailure } from './failures';

/** A chunk lies on the disk once as its engine reads it, and once as its part. */
const COPIES = 2;

/** Bytes that may still be written to the disk of a folder. */
export async function freeBytes(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}

/** Makes a chunk's folder, if the disk has room for what will at least be put there. */
export async function openScratch(folder: string, chunkBytes: number): Promise<void> {
  const free = await freeBytes(path.dirname(folder));
  const needed = COPIES * chunkBytes;
  if (free < needed) {
    throw new DiskFullFailure(
      `the task's disk has ${formatBytes(free)} left, a chunk of ${formatBytes(chunkBytes)} needs ${formatBytes(needed)}`,
    );
  }
  await mkdir(folder);
}

/** Empties a folder but for some files, so that space is free as soon as it can be. */
export async function emptyBut(folder: string, kept: readonly string[]): Promise<void> {
  for (const entry of await readdir(folder)) {
    const full = path.join(folder, entry);
    const isKept = kept.some((file) => file === full || file.startsWith(full + path.sep));
    if (!isKept) await rm(full, { recursive: true, force: true });
  }
}

export const closeScratch = (folder: string): Promise<void> => rm(folder, { recursive: true, force: true });
