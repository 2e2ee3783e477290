import { folderOf, isClaimed, isInventoryFile } from '../../../core/operate/unclaimed';

test('a key belongs to the job whose prefix it begins with', () => {
  const jobs = [{ prefix: 'incoming/orders/' }, { prefix: 'incoming/flights/' }];

  expect(isClaimed('incoming/orders/a.csv', jobs)).toBe(true);
  expect(isClaimed('incoming/order/a.csv', jobs)).toBe(false);
  expect(isClaimed('incoming/orders', jobs)).toBe(false);
  expect(isClaimed('a.csv', [])).toBe(false);
});

test.each([
  ['a.csv', ''],
  ['in/a.csv', 'in/'],
  ['in/b/c/d/a.csv', 'in/b/'],
])('%s is told of with %j', (key, folder) => {
  expect(folderOf(key)).toBe(folder);
});

test.each([
  ['lists/in/daily/2026-01-01T01-00Z/manifest.json', true],
  ['lists/in/daily/2026-01-01T01-00Z/manifest.checksum', true],
  ['lists/in/daily/data/0f.csv.gz', true],
  ['in/daily/data/0f.parquet', true],
  ['lists/in/daily/hive/dt=2026-01-01-01-00/symlink.txt', true],
  ['in/in/daily/data/0f.parquet', true],
  ['lists/other/daily/data/0f.csv.gz', false],
  ['in/daily/a.csv', false],
  ['lists/in/daily/2026-01-01T01-00Z/orders.csv', false],
])('%s is a file of S3 Inventory: %s', (key, isOne) => {
  expect(isInventoryFile(key, 'in')).toBe(isOne);
});
