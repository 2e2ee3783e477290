import { createHash } from 'node:crypto';

/**
 * One short name for a listing, however long: two listings of the same object versions in the same order have the same.
 * It can be left and gone on with, which a running hash of the platform cannot.
 */

export interface Fingerprinted {
  readonly key: string;
  readonly versionId: string;
  readonly bytes: number;
  readonly etag: string;
}

/** Everything that a fingerprint remembers, as plain JSON. */
export interface FingerprintState {
  /** Of all whole blocks, chained. */
  readonly hash: string;
  readonly objects: number;
  /** Of the block that is not full yet. */
  readonly block: readonly string[];
}

/** Objects that are hashed at once: few enough to be written down, enough to cost nothing. */
const BLOCK_OBJECTS = 256;
const HASH_DIGITS = 32;

const NOTHING: FingerprintState = { hash: '', objects: 0, block: [] };

/** Lengths first, so that no two lists are written alike. Without versions it is the ETag that pins the content. */
const entryOf = ({ key, versionId, bytes, etag }: Fingerprinted): string =>
  `${key.length}:${key}${versionId.length}:${versionId}${versionId === 'null' ? `${bytes}:${etag}` : ''}`;

const chained = (hash: string, block: readonly string[]): string =>
  createHash('sha256')
    .update(`${hash}\n${block.join('\n')}`)
    .digest('hex')
    .slice(0, HASH_DIGITS);

/** A fingerprint that grows with the listing. */
export class Fingerprint {
  private hash: string;
  private block: string[];
  objects: number;

  constructor({ hash, objects, block }: FingerprintState = NOTHING) {
    this.hash = hash;
    this.objects = objects;
    this.block = [...block];
  }

  add(object: Fingerprinted): void {
    this.objects++;
    if (this.block.push(entryOf(object)) < BLOCK_OBJECTS) return;
    this.hash = chained(this.hash, this.block);
    this.block = [];
  }

  /** Of all that was added so far. */
  get value(): string {
    return this.block.length === 0 ? this.hash : chained(this.hash, this.block);
  }

  state(): FingerprintState {
    return { hash: this.hash, objects: this.objects, block: [...this.block] };
  }
}
