import type { ObjectStore, StoredObject } from '../../adapters/ports';
import { crc32Checksum } from './memory-store';

/** A fresh, empty bucket, and the plain PUT with which users drop files into it. */
export interface ObjectStoreFixture {
  readonly store: ObjectStore;
  put(key: string, body: Buffer): Promise<StoredObject>;
  stop?(): Promise<void>;
}

const collect = async <T>(items: AsyncIterable<T>): Promise<T[]> => {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
};

/** What every ObjectStore promises, whatever stands behind it. */
export function describeObjectStore(name: string, open: () => Promise<ObjectStoreFixture>): void {
  describe(`${name} keeps the promises of an object store`, () => {
    let fixture: ObjectStoreFixture;
    beforeEach(async () => {
      fixture = await open();
    });
    afterEach(async () => fixture.stop?.());

    test('what was created is read back byte for byte', async () => {
      const body = Buffer.from([0, 255, 10, 13, 200, 0]);

      expect(await fixture.store.createOnce('a/b.bin', body)).toBe(true);

      expect(await fixture.store.read('a/b.bin')).toEqual(body);
    });

    test('the first writer of a key wins, the second is told so and changes nothing', async () => {
      await fixture.store.createOnce('k', 'first');

      expect(await fixture.store.createOnce('k', 'second')).toBe(false);

      expect((await fixture.store.read('k')).toString()).toBe('first');
    });

    test('of writers that race for a key exactly one wins', async () => {
      const outcomes = await Promise.all(['a', 'b', 'c', 'd'].map((body) => fixture.store.createOnce('race', body)));

      expect(outcomes.filter(Boolean)).toHaveLength(1);
    });

    test.each([
      ['in the middle', { start: 2, end: 5 }, '234'],
      ['from the beginning', { start: 0, end: 1 }, '0'],
      ['past the end is cut', { start: 8, end: 1000 }, '89'],
      ['that begins at the end is empty', { start: 10, end: 20 }, ''],
      ['of no bytes is empty', { start: 3, end: 3 }, ''],
    ])('a range %s', async (_name, range, expected) => {
      await fixture.store.createOnce('digits', '0123456789');

      expect((await fixture.store.read('digits', { range })).toString()).toBe(expected);
    });

    test('an empty object can be written and read', async () => {
      await fixture.store.createOnce('empty', '');

      expect(await fixture.store.read('empty')).toHaveLength(0);
      expect(await fixture.store.read('empty', { range: { start: 0, end: 10 } })).toHaveLength(0);
      expect((await fixture.store.head('empty'))?.bytes).toBe(0);
    });

    test('head tells size, version, etag and the full checksum', async () => {
      const body = Buffer.from('some bytes');
      const dropped = await fixture.put('file', body);

      const head = await fixture.store.head('file');

      expect(head).toMatchObject({ key: 'file', bytes: 10, versionId: dropped.versionId, checksum: crc32Checksum(body) });
      expect(head?.etag).not.toBe('');
    });

    test('an overwritten version stays readable by its id', async () => {
      const old = await fixture.put('file', Buffer.from('old'));
      await fixture.put('file', Buffer.from('newer'));

      expect((await fixture.store.read('file', { versionId: old.versionId })).toString()).toBe('old');
      expect((await fixture.store.head('file', old.versionId))?.bytes).toBe(3);
      expect((await fixture.store.read('file')).toString()).toBe('newer');
    });

    test('what does not exist has no head, and reading it is an ObjectNotFoundError', async () => {
      expect(await fixture.store.head('nothing')).toBeUndefined();
      await expect(fixture.store.read('nothing')).rejects.toMatchObject({ name: 'ObjectNotFoundError' });
    });

    test('a list holds the keys below the prefix only, in UTF-8 order', async () => {
      for (const key of ['p/b', 'p/a', 'q/a', 'p/é', 'p/Z', 'p/a/c']) await fixture.store.createOnce(key, key);

      expect(await collect(fixture.store.list('p/'))).toEqual(
        ['p/Z', 'p/a', 'p/a/c', 'p/b', 'p/é'].map((key) => ({ key, bytes: Buffer.byteLength(key) })),
      );
      expect(await collect(fixture.store.list('none/'))).toEqual([]);
    });

    test.each(['a b', 'a+b', '100%', 'ü/日本', 'quote"\'&<>'])('the key %j is kept as it is', async (key) => {
      await fixture.store.createOnce(key, 'x');

      expect((await fixture.store.read(key)).toString()).toBe('x');
      expect((await collect(fixture.store.list(''))).map((entry) => entry.key)).toEqual([key]);
    });
  });
}
