import { linkSync, mkdirSync, renameSync, rmdirSync, rmSync, unlinkSync } from 'node:fs';
import { dirname, join, resolve, sep } from 'node:path';
import { linkOrCopy } from './blobs';

/** Longest file name of the usual file systems, in bytes. */
const MAX_SEGMENT_BYTES = 255;

/** How a file system says that a file stands where a folder is needed, or the reverse, or that a path is no name here. */
const CLASHES: ReadonlySet<string> = new Set(['ENOTDIR', 'EEXIST', 'EISDIR', 'ENOTEMPTY', 'ENAMETOOLONG', 'EPERM', 'EINVAL', 'EILSEQ']);
/** The same on the way out, where the file may never have been shown. */
const CLASHES_OR_GONE: ReadonlySet<string> = new Set([...CLASHES, 'ENOENT']);

const isSafe = (segment: string): boolean =>
  segment !== '' &&
  segment !== '.' &&
  segment !== '..' &&
  !segment.includes('\0') &&
  !segment.includes(sep) &&
  Buffer.byteLength(segment) <= MAX_SEGMENT_BYTES;

const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? '';

function tolerate(codes: ReadonlySet<string>, action: () => void): boolean {
  try {
    action();
    return true;
  } catch (error) {
    if (codes.has(codeOf(error))) return false;
    throw error;
  }
}

/** Shows the latest version of every object as a plain file under its key, as far as the key makes a safe path. */
export class Mirror {
  private readonly folder: string;

  constructor(
    folder: string,
    /** Where a link is made before it replaces an older file at one stroke. */
    private readonly workFolder: string,
  ) {
    this.folder = resolve(folder);
    mkdirSync(this.folder, { recursive: true });
  }

  /** Where a key's plain file lies; undefined for keys that have no safe path. */
  pathOf(key: string): string | undefined {
    if (!key.split('/').every(isSafe)) return undefined;
    const path = resolve(this.folder, key);
    return path.startsWith(`${this.folder}${sep}`) ? path : undefined;
  }

  /** Whether the key's file is there now; never fails because of other keys. */
  show(key: string, blobPath: string): boolean {
    const path = this.pathOf(key);
    if (path === undefined) return false;
    // The usual case first: the folder is there and the key is new.
    if (tolerate(CLASHES_OR_GONE, () => linkSync(blobPath, path))) return true;
    return tolerate(CLASHES, () => this.replace(blobPath, path));
  }

  hide(key: string): void {
    const path = this.pathOf(key);
    if (path !== undefined && tolerate(CLASHES_OR_GONE, () => unlinkSync(path))) this.prune(dirname(path));
  }

  private replace(blobPath: string, path: string): void {
    mkdirSync(dirname(path), { recursive: true });
    const work = join(this.workFolder, 'shown');
    rmSync(work, { force: true });
    linkOrCopy(blobPath, work);
    try {
      renameSync(work, path);
    } finally {
      // Renaming one link of a file onto another link of it leaves both.
      rmSync(work, { force: true });
    }
  }

  /** Removes folders that a removed file leaves empty. */
  private prune(folder: string): void {
    for (let at = folder; at.length > this.folder.length; at = dirname(at)) {
      if (!tolerate(CLASHES_OR_GONE, () => rmdirSync(at))) return;
    }
  }
}
