import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { collect } from '../../adapters/concurrency';
import { countRequests } from '../../adapters/counted-store';
import { createLocalFiles } from '../../adapters/local-files';

const folder = mkdtempSync(join(tmpdir(), 'local-files-'));
afterAll(() => rmSync(folder, { recursive: true }));
mkdirSync(join(folder, 'b'));
writeFileSync(join(folder, 'digits'), '0123456789');
writeFileSync(join(folder, 'b/ä b%.csv'), 'x');
const files = createLocalFiles(folder);

test('a file is found with its size; a folder and what is not there are not', async () => {
  expect(await files.head('digits')).toMatchObject({ key: 'digits', bytes: 10 });
  expect(await files.head('b')).toBeUndefined();
  expect(await files.head('gone')).toBeUndefined();
  expect(await files.head('digits/below')).toBeUndefined();
});

test('a file outside the folder is found by its path', async () => {
  expect(await createLocalFiles(join(folder, 'b')).head('../digits')).toMatchObject({ bytes: 10 });
});

test.each([
  ['in the middle', { start: 2, end: 5 }, '234'],
  ['past the end is cut', { start: 8, end: 1000 }, '89'],
  ['that begins at the end is empty', { start: 10, end: 20 }, ''],
  ['of no bytes is empty', { start: 3, end: 3 }, ''],
])('a range %s', async (_name, range, expected) => {
  expect((await files.read('digits', { range })).toString()).toBe(expected);
});

test('without a range all of it is read', async () => {
  expect((await files.read('digits')).toString()).toBe('0123456789');
});

test('reading what is not there is an error with its name', async () => {
  await expect(files.read('gone')).rejects.toMatchObject({ name: 'ObjectNotFoundError' });
  await expect(files.read('gone', { range: { start: 0, end: 1 } })).rejects.toMatchObject({ name: 'ObjectNotFoundError' });
});

test('nothing is ever written', async () => {
  await expect(files.createOnce('new', 'x')).rejects.toMatchObject({ name: 'ReadOnlyError' });
});

test('files are listed below a prefix', async () => {
  expect(await collect(files.list(''))).toEqual([
    { key: 'b/ä b%.csv', bytes: 1 },
    { key: 'digits', bytes: 10 },
  ]);
  expect(await collect(files.list('b/'))).toHaveLength(1);
});

test('a range at the end of a huge sparse file costs that range', async () => {
  const huge = join(folder, 'huge');
  writeFileSync(huge, '');
  truncateSync(huge, 4 * 1024 ** 4);

  expect(await files.read('huge', { range: { start: 4 * 1024 ** 4 - 2, end: 4 * 1024 ** 4 } })).toEqual(Buffer.alloc(2));
  rmSync(huge);
});

describe('requests are counted', () => {
  test('heads, reads and their bytes, but not ranges of nothing', async () => {
    const { store, count } = countRequests(files);

    await store.head('digits');
    await store.read('digits', { range: { start: 2, end: 5 } });
    await store.read('digits', { range: { start: 2, end: 2 } });
    await collect(store.list(''));
    await store.createOnce('x', 'y').catch(() => undefined);

    expect(count).toEqual({ requests: 4, bytesRead: 3 });
    expect(store.bucket).toBe(files.bucket);
  });
});
