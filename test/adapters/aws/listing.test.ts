import { DeleteObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { createVersionListing } from '../../../adapters/aws/listing';
import { collect, mapConcurrently } from '../../../adapters/concurrency';
import type { VersionListing } from '../../../adapters/ports';
import { compareUtf8 } from '../../../core/utf8-order';
import { startS3, type TestCloud, VERSIONED } from '../../local/s3/support';

const BUCKETS = { versioned: VERSIONED, plain: {} };
const AWKWARD = [
  'a b',
  'a+b',
  '100%',
  'ü/日本',
  'quote"\'&<>',
  'tab\there',
  '\u{1F600}/x',
  '\uFFFD/x',
  'a/',
  'a/b',
  'a!',
  'a0',
  'end\u0001',
];

const sequence = async (listing: VersionListing, prefix = '', after?: string): Promise<string[]> =>
  (await collect(listing.listVersions(prefix, { after }))).flat().map(({ key }) => key);

describe.each(['versioned', 'plain'])('a listing of a %s bucket', (bucket) => {
  let cloud: TestCloud;
  let listing: VersionListing;
  beforeEach(async () => {
    cloud = await startS3(BUCKETS);
    listing = createVersionListing(bucket, {}, cloud.client);
  });
  afterEach(() => cloud.stop());

  const put = (key: string, body = key) => cloud.s3.putObject(bucket, key, Buffer.from(body));

  test('holds key, version, size and etag of what is there now', async () => {
    put('file', 'old');
    const versionId = put('file', 'newer');

    expect((await collect(listing.listVersions(''))).flat()).toEqual([
      { key: 'file', versionId, bytes: 5, etag: expect.stringMatching(/^"[0-9a-f]{32}"$/) },
    ]);
  });

  test('leaves deleted keys out, and holds those that were written again', async () => {
    for (const key of ['gone', 'back', 'kept']) put(key);
    for (const Key of ['gone', 'back']) await cloud.client.send(new DeleteObjectCommand({ Bucket: bucket, Key }));
    put('back', 'again');

    expect(await sequence(listing)).toEqual(['back', 'kept']);
  });

  test('keeps awkward keys as they are, in UTF-8 order, and continues behind each of them', async () => {
    for (const key of AWKWARD) await cloud.client.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: key }));
    const sorted = AWKWARD.toSorted(compareUtf8);

    expect(await sequence(listing)).toEqual(sorted);
    for (const [i, key] of sorted.entries()) expect(await sequence(listing, '', key)).toEqual(sorted.slice(i + 1));
  });

  test('holds only what is below the prefix', async () => {
    for (const key of ['a', 'a/1', 'a/2', 'a0', 'b/1']) put(key);

    expect(await sequence(listing, 'a/')).toEqual(['a/1', 'a/2']);
    expect(await sequence(listing, 'none/')).toEqual([]);
  });
});

/** Five thousand requests and more, on a machine that may be busy. */
jest.setTimeout(180_000);

describe('a listing of 25,000 keys', () => {
  const digits = (n: number, width: number) => String(n).padStart(width, '0');
  const keys = [
    ...Array.from({ length: 15_000 }, (_, i) => `in/flat/obj-${digits(i, 6)}.csv`),
    ...Array.from({ length: 10_000 }, (_, i) => `in/2024/${digits(i % 5, 2)}/${digits(i, 5)}.csv`),
  ].toSorted(compareUtf8);
  let cloud: TestCloud;
  let most = 0;
  let requests = 0;

  beforeAll(async () => {
    cloud = await startS3(BUCKETS);
    await mapConcurrently(keys, 1, async (key) => cloud.s3.putObject('versioned', key, Buffer.alloc(0)));
    let now = 0;
    cloud.client.middlewareStack.add(
      (next) => async (args) => {
        requests++;
        most = Math.max(most, ++now);
        try {
          return await next(args);
        } finally {
          now--;
        }
      },
      { step: 'initialize' },
    );
  }, 120_000);
  afterAll(() => cloud.stop());

  test('is whole, in order, eight requests at once and few in vain', async () => {
    const listing = createVersionListing('versioned', { versioned: true }, cloud.client);

    expect(await sequence(listing, 'in/')).toEqual(keys);

    expect(most).toBe(8);
    expect(requests).toBeLessThan(1.8 * 25);
  });

  test('continued at any page boundary it goes on with the very next key', async () => {
    const listing = createVersionListing('versioned', { versioned: true }, cloud.client);
    const pages = await collect(listing.listVersions('in/'));
    let done = 0;
    for (const page of pages) {
      done += page.length;
      const next = listing.listVersions('in/', { after: page.at(-1)?.key })[Symbol.asyncIterator]();

      const { value } = await next.next();

      expect(value?.[0]?.key).toBe(keys[done]);
      await next.return?.();
    }
    const middle = Math.floor(pages.length / 2);
    const upTo = pages.slice(0, middle).flat();
    expect(await sequence(listing, 'in/', upTo.at(-1)?.key)).toEqual(keys.slice(upTo.length));
  }, 60_000);
});
