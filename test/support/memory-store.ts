import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { ObjectNotFoundError } from '../../adapters/errors';
import type { ObjectStore, ReadOptions, StoredObject } from '../../adapters/ports';
import type { Checksum } from '../../core/contracts';

interface Version extends StoredObject {
  readonly body: Buffer;
}

/** The CRC32 that S3 keeps of an object uploaded by the SDK with its defaults. */
export function crc32Checksum(body: Buffer): Checksum {
  const value = Buffer.alloc(4);
  value.writeUInt32BE(crc32(body));
  return { algorithm: 'CRC32', value: value.toString('base64') };
}

const byUtf8 = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));

/** A versioned bucket in memory. Beside the port it has `put` and `delete`, for the world outside the system. */
export class MemoryObjectStore implements ObjectStore {
  private readonly versions = new Map<string, Version[]>();
  private readonly deleted = new Set<string>();
  private written = 0;
  /** Grows with whatever changes what can be seen. */
  changes = 0;

  constructor(readonly bucket = 'memory') {}

  /** Writes a new version unconditionally, as a user does. `checksum: null` stores an object without one. */
  put(key: string, content: string | Buffer, options: { checksum?: Checksum | null } = {}): StoredObject {
    const body = Buffer.from(content);
    const checksum = options.checksum === undefined ? crc32Checksum(body) : (options.checksum ?? undefined);
    this.written += 1;
    this.changes += 1;
    const etag = `"${createHash('md5').update(body).digest('hex')}"`;
    const version = { key, versionId: `v${this.written}`, bytes: body.length, etag, checksum, body };
    this.versions.set(key, [...(this.versions.get(key) ?? []), version]);
    this.deleted.delete(key);
    return described(version);
  }

  /** Hides the current version, as a delete marker does; older versions stay readable by id. */
  delete(key: string): void {
    this.deleted.add(key);
    this.changes += 1;
  }

  /** Removes one version for good. */
  remove(key: string, versionId: string): void {
    this.changes += 1;
    const left = (this.versions.get(key) ?? []).filter((version) => version.versionId !== versionId);
    if (left.length > 0) this.versions.set(key, left);
    else this.versions.delete(key);
  }

  /** Whether there is an object of this name, for assertions. */
  has(key: string): boolean {
    return this.versions.has(key) && !this.deleted.has(key);
  }

  /** Every visible key below a prefix, for assertions. */
  keys(prefix = ''): string[] {
    return [...this.versions.keys()].filter((key) => key.startsWith(prefix) && !this.deleted.has(key)).toSorted(byUtf8);
  }

  /** The current body as text, for assertions. */
  text(key: string): string {
    return this.mustFind(key).body.toString();
  }

  async head(key: string, versionId?: string): Promise<StoredObject | undefined> {
    const version = this.find(key, versionId);
    return version && described(version);
  }

  async read(key: string, { versionId, range }: ReadOptions = {}): Promise<Buffer> {
    const { body } = this.mustFind(key, versionId);
    return Buffer.from(range ? body.subarray(range.start, Math.max(range.start, range.end)) : body);
  }

  async createOnce(key: string, body: string | Buffer): Promise<boolean> {
    if (this.find(key)) return false;
    this.put(key, body);
    return true;
  }

  async *list(prefix: string): AsyncIterable<{ readonly key: string; readonly bytes: number }> {
    for (const key of this.keys(prefix)) yield { key, bytes: this.mustFind(key).bytes };
  }

  private find(key: string, versionId?: string): Version | undefined {
    const versions = this.versions.get(key) ?? [];
    if (versionId !== undefined) return versions.find((version) => version.versionId === versionId);
    return this.deleted.has(key) ? undefined : versions.at(-1);
  }

  private mustFind(key: string, versionId?: string): Version {
    const version = this.find(key, versionId);
    if (!version) throw new ObjectNotFoundError(this.bucket, key);
    return version;
  }
}

const described = ({ key, versionId, bytes, etag, checksum }: Version): StoredObject => ({ key, versionId, bytes, etag, checksum });
