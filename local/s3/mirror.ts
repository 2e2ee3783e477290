import {
  appendFileSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  unlinkSync,
} from 'node:fs';
import { dirname, join, resolve, sep } from 'node:path';
import { linkOrCopy } from './blobs';
import { isFileName, standInOf } from './file-names';

/** How a file system says that a file stands where a folder is needed, or the reverse, or that a path is no name here. */
const CLASHES: ReadonlySet<string> = new Set(['ENOTDIR', 'EEXIST', 'EISDIR', 'ENOTEMPTY', 'ENAMETOOLONG', 'EPERM', 'EINVAL', 'EILSEQ']);
/** The same on the way out, where the file may never have been shown. */
const CLASHES_OR_GONE: ReadonlySet<string> = new Set([...CLASHES, 'ENOENT']);

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

/** Which kind of thing lies at a path, links not followed. */
function kindAt(path: string): 'file' | 'folder' | undefined {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (!found) return undefined;
  return found.isDirectory() ? 'folder' : 'file';
}

/**
 * Shows the latest version of every object as a plain file under its key. Where a part of a key is no file name here, or
 * is a file's and a folder's name at once, a stand-in takes its place, and `names` has a line that says so.
 */
export class Mirror {
  private readonly folder: string;
  private readonly names: string;
  /** Paths of the keys that do not lie where their name says. */
  private readonly moved = new Map<string, string>();

  constructor(
    folder: string,
    /** Where a link is made before it replaces an older file at one stroke, and where the index of stand-ins lies. */
    private readonly workFolder: string,
  ) {
    this.folder = resolve(folder);
    this.names = join(workFolder, 'names.jsonl');
    mkdirSync(this.folder, { recursive: true });
    for (const { key, file } of readNames(this.names)) this.moved.set(key, file);
  }

  /** Whether the key's file is there now; never fails because of other keys. */
  show(key: string, blobPath: string): boolean {
    const plain = this.moved.has(key) ? undefined : this.plainPath(key);
    // The usual case first: the folder is there and the key is new.
    if (plain !== undefined && tolerate(CLASHES_OR_GONE, () => linkSync(blobPath, plain))) return true;
    if (plain !== undefined && tolerate(CLASHES, () => this.replace(blobPath, plain))) return true;
    return [() => this.standIn(key), () => standInOf(key, key)].some((name) => this.showAs({ key, blobPath }, name));
  }

  hide(key: string): void {
    const moved = this.moved.get(key);
    const path = moved === undefined ? this.plainPath(key) : join(this.folder, moved);
    if (path !== undefined && tolerate(CLASHES_OR_GONE, () => unlinkSync(path))) this.prune(dirname(path));
  }

  /** Where a key's file lies if nothing is in the way; undefined for keys that are no path here. */
  private plainPath(key: string): string | undefined {
    if (!key.split('/').every(isFileName)) return undefined;
    const path = resolve(this.folder, key);
    return path.startsWith(`${this.folder}${sep}`) ? path : undefined;
  }

  private showAs({ key, blobPath }: { readonly key: string; readonly blobPath: string }, name: () => string): boolean {
    const file = this.moved.get(key) ?? name();
    if (!tolerate(CLASHES, () => this.replace(blobPath, join(this.folder, file)))) return false;
    if (this.moved.get(key) === file) return true;
    appendFileSync(this.names, `${JSON.stringify({ key, file })}\n`);
    this.moved.set(key, file);
    return true;
  }

  /** The path of a key with a stand-in for each part that cannot be what it should. */
  private standIn(key: string): string {
    const parts = key.split('/');
    let path = '';
    for (const [i, part] of parts.entries()) {
      const isLast = i === parts.length - 1;
      const whole = `${parts.slice(0, i + 1).join('/')}${isLast ? '' : '/'}`;
      const isFree = isFileName(part) && kindAt(join(this.folder, path, part)) !== (isLast ? 'folder' : 'file');
      path = join(path, isFree ? part : standInOf(part, whole));
    }
    return path;
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

interface MovedName {
  readonly key: string;
  /** Below the bucket's folder. */
  readonly file: string;
}

/** The stand-ins of former processes; a last line that was cut short was never relied on. */
function readNames(path: string): readonly MovedName[] {
  if (!existsSync(path)) return [];
  const text = readFileSync(path, 'utf8');
  return text
    .slice(0, text.lastIndexOf('\n') + 1)
    .split('\n')
    .flatMap((line) => (line === '' ? [] : [JSON.parse(line) as MovedName]));
}
