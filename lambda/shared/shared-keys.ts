import { mapConcurrently } from '../../adapters/concurrency';
import type { ObjectStore } from '../../adapters/ports';
import type { Work } from '../../core/commit/conclude';
import { isOfRun } from '../../core/commit/quality';
import { type Bucket, bucketsOf, INDEX_BYTES, KEY_BYTES, keysBefore, repetitionsOf } from '../../core/commit/unique-keys';
import type { QualityRule } from '../../core/spec/sections/quality';

const READS_AT_ONCE = 16;
/** Sixteen megabytes of keys, and half as much again to sort. */
const KEYS_AT_ONCE = 1_000_000;
/** More cannot be read within a step's time; a rule over more is not kept, and says so. */
const MOST_KEYS = 1_000_000_000;

/** For each rule about keys of the whole run, how many rows repeat a key of another chunk; a rule that cannot be told is left out. */
export async function sharedKeys(state: ObjectStore, rules: readonly QualityRule[], work: Work): Promise<ReadonlyMap<number, number>> {
  const shared = new Map<number, number>();
  for (const [index, rule] of rules.entries()) {
    if (!isOfRun(rule)) continue;
    const count = await sharedBy(state, keyObjects(index, work));
    if (count !== undefined) shared.set(index, count);
  }
  return shared;
}

interface KeyObject {
  readonly key: string;
  readonly count: number;
}

const keyObjects = (rule: number, { leaves, markers }: Work): readonly KeyObject[] =>
  leaves.flatMap(({ id }) => (markers.get(id)?.quality ?? []).filter((one) => one.rule === rule).flatMap(({ keys }) => keys ?? []));

async function sharedBy(state: ObjectStore, objects: readonly KeyObject[]): Promise<number | undefined> {
  const total = objects.reduce((sum, { count }) => sum + count, 0);
  if (objects.length < 2) return 0;
  if (total > MOST_KEYS) return undefined;
  const indexes = await mapConcurrently(objects, READS_AT_ONCE, ({ key }) => state.read(key, { range: { start: 0, end: INDEX_BYTES } }));
  let repetitions = 0;
  for (const bucket of bucketsOf(indexes, KEYS_AT_ONCE)) {
    const keys = await mapConcurrently(objects, READS_AT_ONCE, ({ key }, i) => keysIn(state, { key, index: indexes[i] as Buffer }, bucket));
    repetitions += repetitionsOf(keys);
  }
  return repetitions;
}

async function keysIn(state: ObjectStore, { key, index }: { key: string; index: Buffer }, { from, to }: Bucket): Promise<Buffer> {
  const start = INDEX_BYTES + KEY_BYTES * keysBefore(index, from);
  const end = INDEX_BYTES + KEY_BYTES * keysBefore(index, to);
  return start === end ? Buffer.alloc(0) : state.read(key, { range: { start, end } });
}
