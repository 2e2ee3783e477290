import { randomUUID } from 'node:crypto';
import {
  closeSync,
  constants,
  copyFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';

/** Read-only: a blob is also shown as a plain file under its key, and must not change by an editor's save. The owner's only. */
export const BLOB_MODE = 0o400;

/**
 * The bytes of a bucket's objects, one immutable file each. A blob is written in `incoming/` and moves to its place
 * only after the bucket's log names it; what a kill leaves in `incoming/` is therefore either named (and moved on the
 * next start) or garbage (and removed), without looking at the millions of others.
 */
export class Blobs {
  private readonly incoming: string;
  private readonly shards = new Set<string>();

  constructor(private readonly folder: string) {
    this.incoming = join(folder, 'incoming');
    mkdirSync(this.incoming, { recursive: true });
  }

  newId(): string {
    return randomUUID().replaceAll('-', '');
  }

  incomingPath(id: string): string {
    return join(this.incoming, id);
  }

  path(id: string): string {
    return join(this.folder, id.slice(0, 2), id);
  }

  /** Moves a blob to its place, unless it is there; the log names it already. */
  settle(id: string): void {
    if (existsSync(this.incomingPath(id))) this.keep(id);
  }

  private keep(id: string): void {
    const shard = join(this.folder, id.slice(0, 2));
    if (!this.shards.has(shard)) {
      mkdirSync(shard, { recursive: true });
      this.shards.add(shard);
    }
    renameSync(this.incomingPath(id), this.path(id));
  }

  /** A second name for the same bytes, still to be kept; a copy where the file system has no links. */
  duplicate(source: string): string {
    const id = this.newId();
    linkOrCopy(source, this.incomingPath(id));
    return id;
  }

  /** Writes a small blob at once. */
  write(bytes: Buffer): string {
    const id = this.newId();
    this.writeAs(id, [bytes]);
    return id;
  }

  writeAs(id: string, pieces: readonly Buffer[]): void {
    const bytes = pieces.length === 1 ? (pieces[0] as Buffer) : Buffer.concat(pieces);
    const file = openSync(this.incomingPath(id), 'wx', BLOB_MODE);
    try {
      for (let offset = 0; offset < bytes.length; ) offset += writeSync(file, bytes, offset);
    } finally {
      closeSync(file);
    }
  }

  /** Forgets what was written and never kept. */
  discard(id: string): void {
    rmSync(this.incomingPath(id), { force: true });
  }

  remove(id: string): void {
    rmSync(this.path(id), { force: true });
  }

  /** Finishes or undoes what a former process was writing. */
  heal(namedBlobs: () => ReadonlySet<string>): void {
    const left = readdirSync(this.incoming);
    if (left.length === 0) return;
    const named = namedBlobs();
    for (const id of left) {
      if (named.has(id)) this.keep(id);
      else this.discard(id);
    }
  }
}

/** A hard link, or a copy where linking is impossible; throws when `to` exists. */
export function linkOrCopy(from: string, to: string): void {
  try {
    linkSync(from, to);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'EXDEV' && code !== 'EPERM' && code !== 'ENOTSUP' && code !== 'EMLINK' && code !== 'ENOSYS') throw error;
    copyFileSync(from, to, constants.COPYFILE_EXCL);
  }
}
