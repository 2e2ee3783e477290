import fc from 'fast-check';
import { bucketsOf, INDEX_BYTES, KEY_BYTES, keysBefore, packKeys, repetitionsOf } from '../../../core/commit/unique-keys';

/** A key with these first and last bytes. */
const key = (first: number, last = 0): Buffer => {
  const bytes = Buffer.alloc(KEY_BYTES);
  bytes[0] = first;
  bytes[KEY_BYTES - 1] = last;
  return bytes;
};
const sortedKeys = (keys: readonly Buffer[]): Buffer => Buffer.concat(keys.toSorted(Buffer.compare));
const hex = (bytes: Buffer): string => bytes.toString('hex');
const anyKey = fc.tuple(fc.nat(255), fc.nat(3)).map(([first, last]) => key(first, last));

test.each([
  ['none', [], 0],
  ['one', [[key(1)]], 0],
  ['one twice', [[key(1)], [key(1)]], 1],
  ['one three times and one twice', [[key(1), key(2)], [key(1)], [key(1), key(2)]], 3],
  ['equal first halves', [[key(1, 1)], [key(1, 2)]], 0],
  ['equal second halves', [[key(1, 1)], [key(2, 1)]], 0],
])('%s of the keys of several chunks repeats another', (_name, chunks, repetitions) => {
  expect(repetitionsOf(chunks.map((keys) => Buffer.concat(keys)))).toBe(repetitions);
});

test('bucket by bucket, as many keys repeat as over all', () => {
  fc.assert(
    fc.property(
      fc.array(fc.uniqueArray(anyKey, { selector: hex, maxLength: 40 }), { maxLength: 5 }),
      fc.integer({ min: 1, max: 30 }),
      (chunks, most) => {
        const packed = chunks.map((keys) => packKeys(sortedKeys(keys)));
        const buckets = bucketsOf(packed, most);
        const inBucket = (object: Buffer, { from, to }: { from: number; to: number }) =>
          object.subarray(INDEX_BYTES + KEY_BYTES * keysBefore(object, from), INDEX_BYTES + KEY_BYTES * keysBefore(object, to));
        const found = buckets.map((bucket) => packed.map((object) => inBucket(object, bucket)));

        expect(buckets.map(({ from }) => from)).toEqual([0, ...buckets.slice(0, -1).map(({ to }) => to)]);
        expect(buckets.at(-1)?.to).toBe(256);
        expect(found.flat().reduce((sum, { length }) => sum + length, 0)).toBe(KEY_BYTES * chunks.flat().length);
        const distinct = new Set(chunks.flat().map(hex)).size;
        expect(found.reduce((sum, keys) => sum + repetitionsOf(keys), 0)).toBe(chunks.flat().length - distinct);
        for (const [i, { from, to }] of buckets.entries()) {
          const size = (found[i] ?? []).reduce((sum, { length }) => sum + length / KEY_BYTES, 0);
          expect(size <= most || to === from + 1).toBe(true);
        }
      },
    ),
  );
});
