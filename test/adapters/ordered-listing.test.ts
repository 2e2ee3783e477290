import fc from 'fast-check';
import { collect } from '../../adapters/concurrency';
import { orderedPages } from '../../adapters/ordered-listing';
import type { ListedVersion } from '../../adapters/ports';
import type { FetchPage, ListingRequest } from '../../adapters/stretch';
import { compareUtf8 } from '../../core/utf8-order';

const object = (key: string): ListedVersion => ({ key, versionId: 'v', bytes: 1, etag: '"e"' });

/** A bucket of these keys whose answers take their time in an order drawn by seed, and how it was used. */
function aBucket(keys: readonly string[], { pageKeys = 5, seed = 1 } = {}) {
  const sorted = [...new Set(keys)].toSorted(compareUtf8);
  const use = { requests: [] as ListingRequest[], now: 0, most: 0, failAt: Number.POSITIVE_INFINITY };
  let state = seed;
  const fetchPage: FetchPage = async (request) => {
    use.requests.push(request);
    use.now++;
    use.most = Math.max(use.most, use.now);
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    for (let turns = state % 7; turns > 0; turns--) await Promise.resolve();
    use.now--;
    if (use.requests.length >= use.failAt) throw new Error('no answer');
    const { prefix, after, folded } = request;
    const below = sorted.filter((key) => key.startsWith(prefix) && (!after || compareUtf8(key, after.key) > 0));
    if (!folded) {
      const page = below.slice(0, pageKeys);
      const last = page.at(-1);
      return { objects: page.map(object), prefixes: [], ...(last && below.length > pageKeys && { next: { key: last } }) };
    }
    const folders = below.flatMap((key) => {
      const end = key.indexOf('/', prefix.length);
      return end < 0 ? [] : [key.slice(0, end + 1)];
    });
    const prefixes = [...new Set(folders)];
    const some = prefixes.slice(0, pageKeys);
    return { objects: [], prefixes: some, ...(prefixes.length > pageKeys && { next: { key: some.at(-1)! } }) };
  };
  return { sorted, use, fetchPage };
}

const keysOf = async (pages: AsyncIterable<readonly ListedVersion[]>): Promise<string[]> =>
  (await collect(pages)).flat().map(({ key }) => key);

const limits = { lanes: 4, pages: 8, pageKeys: 20 };

const segment = fc.oneof(
  fc.constantFrom('a', 'b', 'data', '2024', '01', 'é', '日本', '\u{1F600}', '\uFFFD', '+', '%', ' '),
  fc.integer({ min: 0, max: 300 }).map((n) => String(n).padStart(4, '0')),
  fc.integer({ min: 0, max: 0xffff }).map((n) => n.toString(16)),
);
const key = fc.array(segment, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('/'));

describe('orderedPages', () => {
  test('law: every key once and in UTF-8 order, whatever the keys, the timing and where it is continued', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(key, { maxLength: 300 }),
        fc.nat(),
        fc.nat(),
        fc.integer({ min: 1, max: 7 }),
        async (keys, seed, at, lanes) => {
          const bucket = aBucket(keys, { seed });
          const after = at % 3 === 0 ? undefined : bucket.sorted[at % (bucket.sorted.length + 1)];

          const listed = await keysOf(orderedPages({ prefix: '', after }, bucket.fetchPage, { lanes, pages: lanes * 2, pageKeys: 5 }));

          expect(listed).toEqual(bucket.sorted.filter((each) => after === undefined || compareUtf8(each, after) > 0));
          expect(bucket.use.most).toBeLessThanOrEqual(lanes);
        },
      ),
      { numRuns: 300 },
    );
  });

  const flat = Array.from({ length: 4000 }, (_, i) => `logs/obj-${String(i).padStart(7, '0')}.csv`);
  const hex = Array.from({ length: 4000 }, (_, i) =>
    Buffer.from([i * 7, i >> 3, i * 13])
      .toString('hex')
      .padEnd(12, String(i)),
  );
  const folders = Array.from(
    { length: 4000 },
    (_, i) => `2024/${String(i % 12).padStart(2, '0')}/${String(i % 29).padStart(2, '0')}/${i}.csv`,
  );
  const tiny = Array.from({ length: 4000 }, (_, i) => `users/${i.toString(36)}/profile.json`);

  test.each([
    ['flat numbered', flat],
    ['flat hexadecimal', hex],
    ['dated folder', folders],
    ['a file a folder', tiny],
  ])('%s keys are listed on every lane at once with few requests wasted', async (_name, keys) => {
    const bucket = aBucket(keys, { pageKeys: 20 });

    const listed = await keysOf(orderedPages({ prefix: '' }, bucket.fetchPage, limits));

    expect(listed).toEqual(bucket.sorted);
    expect(bucket.use.most).toBe(limits.lanes);
    expect(bucket.use.requests.length).toBeLessThan(1.5 * (bucket.sorted.length / 20));
  });

  test('a reader that stops asking stops the listing, with no more pages in memory than allowed', async () => {
    const bucket = aBucket(flat, { pageKeys: 20 });
    const pages = orderedPages({ prefix: '' }, bucket.fetchPage, limits)[Symbol.asyncIterator]();

    await pages.next();
    for (let turn = 0; turn < 1000; turn++) await Promise.resolve();

    expect(bucket.use.requests.length).toBeLessThanOrEqual(limits.pages + limits.lanes);
    await pages.return?.();
    expect(bucket.use.now).toBe(0);
  });

  test('nothing below the prefix is no page', async () => {
    expect(await keysOf(orderedPages({ prefix: 'none/' }, aBucket(flat).fetchPage, limits))).toEqual([]);
  });

  test('a request that fails fails the listing, after what came before it or at once', async () => {
    const bucket = aBucket(flat, { pageKeys: 20 });
    bucket.use.failAt = 9;

    await expect(keysOf(orderedPages({ prefix: '' }, bucket.fetchPage, limits))).rejects.toThrow('no answer');

    expect(bucket.use.now).toBe(0);
  });
});
