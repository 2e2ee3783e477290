/**
 * The keys of one chunk that must be told apart over a run: the MD5 of each, sorted, once each, behind an index. For a
 * billion keys the chance that two of them have the same MD5 is below 1e-20, so equal sums are taken for equal keys.
 */

export const KEY_BYTES = 16;
const BUCKETS = 256;
const COUNT_BYTES = 4;
/** For each first byte, how many keys begin with it or a smaller one; big-endian. */
export const INDEX_BYTES = BUCKETS * COUNT_BYTES;

/** The object of a chunk's sorted keys. */
export function packKeys(sorted: Buffer): Buffer {
  const index = Buffer.alloc(INDEX_BYTES);
  let at = 0;
  for (let first = 0; first < BUCKETS; first += 1) {
    while (at < sorted.length && (sorted[at] as number) <= first) at += KEY_BYTES;
    index.writeUInt32BE(at / KEY_BYTES, first * COUNT_BYTES);
  }
  return Buffer.concat([index, sorted]);
}

/** How many keys begin with a byte below this one. */
export const keysBefore = (index: Buffer, first: number): number => (first === 0 ? 0 : index.readUInt32BE((first - 1) * COUNT_BYTES));

/** First bytes [from, to). */
export interface Bucket {
  readonly from: number;
  readonly to: number;
}

/** Buckets of first bytes of which all chunks together have at most so many keys, or which cannot be made smaller. */
export function bucketsOf(indexes: readonly Buffer[], most: number): readonly Bucket[] {
  const before = Array.from({ length: BUCKETS + 1 }, (_, first) => indexes.reduce((sum, index) => sum + keysBefore(index, first), 0));
  const buckets: Bucket[] = [];
  let from = 0;
  for (let to = 1; to <= BUCKETS; to += 1) {
    const next = before[Math.min(to + 1, BUCKETS)] as number;
    if (to < BUCKETS && next - (before[from] as number) <= most) continue;
    buckets.push({ from, to });
    from = to;
  }
  return buckets;
}

/** How many of these keys are repetitions of another. */
export function repetitionsOf(keys: readonly Buffer[]): number {
  const all = Buffer.concat(keys);
  const suspects = repeatedHeads(all);
  if (suspects.size === 0) return 0;
  const seen = new Set<string>();
  let repetitions = 0;
  for (let at = 0; at < all.length; at += KEY_BYTES) {
    if (!suspects.has(all.readBigUInt64LE(at))) continue;
    const key = all.toString('latin1', at, at + KEY_BYTES);
    if (seen.has(key)) repetitions += 1;
    else seen.add(key);
  }
  return repetitions;
}

/** First halves that more than one key has: few, unless keys repeat. */
function repeatedHeads(all: Buffer): ReadonlySet<bigint> {
  const heads = new BigUint64Array(all.length / KEY_BYTES);
  for (let i = 0; i < heads.length; i += 1) heads[i] = all.readBigUInt64LE(i * KEY_BYTES);
  heads.sort();
  const repeated = new Set<bigint>();
  for (let i = 1; i < heads.length; i += 1) if (heads[i] === heads[i - 1]) repeated.add(heads[i] as bigint);
  return repeated;
}
