import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { collect } from '../../adapters/concurrency';
import { createInventoryListing } from '../../adapters/inventory';
import type { ListedVersion } from '../../adapters/ports';
import { CSV_SCHEMA, csvFile, ETAG, PARQUET_SCHEMA, parquetFile, type InventoryRow as Row } from '../support/inventory-files';
import { MemoryObjectStore } from '../support/memory-store';

const MANIFEST = 'inventory/2026-11-01T01-00Z/manifest.json';
const ROWS: readonly Row[] = [
  { key: 'in/b.csv', versionId: 'v2', bytes: 20 },
  { key: 'in/b.csv', versionId: 'v1', latest: false, bytes: 10 },
  { key: 'in/gone.csv', versionId: 'v3', deleted: true },
  { key: 'in/a b+c 100%, "ü".csv', versionId: 'v4', bytes: 0 },
  { key: 'other/x.csv', versionId: 'v5', bytes: 5 },
  { key: 'in/old.csv', bytes: 7 },
];
const LISTED: readonly ListedVersion[] = [
  { key: 'in/b.csv', versionId: 'v2', bytes: 20, etag: `"${ETAG}"` },
  { key: 'in/a b+c 100%, "ü".csv', versionId: 'v4', bytes: 0, etag: `"${ETAG}"` },
  { key: 'in/old.csv', versionId: 'null', bytes: 7, etag: `"${ETAG}"` },
];

/** A bucket with an inventory of these files. */
function anInventory(files: readonly Buffer[], manifest: { fileFormat?: string; fileSchema?: string } = {}) {
  const store = new MemoryObjectStore('inventories');
  const described = files.map((bytes, i) => {
    store.put(`inventory/data/${i}`, bytes);
    return { key: `inventory/data/${i}`, size: bytes.length, MD5checksum: createHash('md5').update(bytes).digest('hex') };
  });
  const content = {
    sourceBucket: 'bucket',
    destinationBucket: 'arn:aws:s3:::inventories',
    version: '2016-11-30',
    creationTimestamp: '1793494800000',
    fileFormat: 'CSV',
    fileSchema: CSV_SCHEMA,
    ...manifest,
    files: described,
  };
  store.put(MANIFEST, JSON.stringify(content));
  return { store, listing: createInventoryListing({ store, manifest: MANIFEST }) };
}

/** What is listed, but for the files that tell of it. */
const list = async (listing: ReturnType<typeof createInventoryListing>, prefix = 'in/', after?: string) =>
  (await collect(listing.listVersions(prefix, { after }))).flat().map(({ file, ...object }) => object);

const FORMATS = [
  ['CSV', async (rows: readonly Row[]) => csvFile(rows), { fileFormat: 'CSV', fileSchema: CSV_SCHEMA }],
  ['Parquet', parquetFile, { fileFormat: 'Parquet', fileSchema: PARQUET_SCHEMA }],
] as const;

describe.each(FORMATS)('an inventory in %s', (_name, file, manifest) => {
  test('lists the latest versions below the prefix, deleted keys left out, keys as they are', async () => {
    const { listing } = anInventory([await file(ROWS.slice(0, 3)), await file(ROWS.slice(3))], manifest);

    expect(await list(listing)).toEqual(LISTED);
    expect((await list(listing, '')).map(({ key }) => key)).toContain('other/x.csv');
  });

  test('is continued behind any of its objects', async () => {
    const { listing } = anInventory([await file(ROWS)], manifest);

    for (const [i, { key }] of LISTED.entries()) expect(await list(listing, 'in/', key)).toEqual(LISTED.slice(i + 1));
    await expect(list(listing, 'in/', 'in/none')).rejects.toThrow('holds no in/none');
  });

  test('a file with another MD5 than the manifest says fails the listing', async () => {
    const { store, listing } = anInventory([await file(ROWS)], manifest);
    const { files, ...rest } = JSON.parse(store.text(MANIFEST));
    store.put(MANIFEST, JSON.stringify({ ...rest, files: [{ ...files[0], MD5checksum: '0'.repeat(32) }] }));

    await expect(list(listing)).rejects.toMatchObject({
      name: 'InventoryError',
      message: expect.stringContaining('its manifest says 000'),
    });
  });
});

test('pages are as long as those of a listing at most, and end with their file', async () => {
  const rows = Array.from({ length: 2500 }, (_, i) => ({ key: `in/${i}`, versionId: 'v', bytes: i }));
  const { listing } = anInventory([csvFile(rows.slice(0, 700)), csvFile(rows.slice(700))]);

  expect((await collect(listing.listVersions('in/'))).map(({ length }) => length)).toEqual([700, 1000, 800]);
});

test('a listing that is continued from its file does not read those before', async () => {
  const rows = ['a', 'b', 'c', 'd'].map((name) => ({ key: `in/${name}`, versionId: 'v', bytes: 1 }));
  const { store, listing } = anInventory([csvFile(rows.slice(0, 2)), csvFile(rows.slice(2))]);
  store.remove('inventory/data/0', (await store.head('inventory/data/0'))?.versionId ?? '');

  const left = (await collect(listing.listVersions('in/', { after: 'in/c', file: 1 }))).flat();

  expect(left).toMatchObject([{ key: 'in/d', file: 1 }]);
});

test('an inventory of another bucket is refused, and a pinned version of its manifest is what is read', async () => {
  const { store } = anInventory([csvFile(ROWS)]);
  const { versionId } = (await store.head(MANIFEST))!;
  store.put(MANIFEST, JSON.stringify({ ...JSON.parse(store.text(MANIFEST)), sourceBucket: 'other' }));

  await expect(list(createInventoryListing({ store, manifest: MANIFEST, of: 'bucket' }))).rejects.toThrow(
    'of the bucket other, expected bucket',
  );
  expect(await list(createInventoryListing({ store, manifest: MANIFEST, of: 'bucket', versionId }))).toHaveLength(LISTED.length);
});

test('an inventory of no files is an empty listing', async () => {
  expect(await list(anInventory([]).listing)).toEqual([]);
});

test.each([
  [{ fileFormat: 'ORC', fileSchema: 'struct<bucket:string>' }, "the inventory's files are ORC, expected CSV or Parquet"],
  [{ fileSchema: 'Bucket, Key, Size' }, 'the inventory has no VersionId, IsLatest, IsDeleteMarker, only Bucket, Key, Size'],
])('an inventory of %j is refused', async (manifest, message) => {
  await expect(list(anInventory([csvFile(ROWS)], manifest).listing)).rejects.toThrow(message);
});

test('a line that is none of an inventory is refused, showing it', async () => {
  await expect(list(anInventory([gzipSync('bucket,key\n')]).listing)).rejects.toThrow('"bucket,key"');
});
