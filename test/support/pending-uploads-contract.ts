import type { ObjectStore, PendingUploads } from '../../adapters/ports';
import { MIB } from '../../core/units';
import { crc32Checksum } from './memory-store';

/** A fresh bucket, seen as pending uploads and as a store. */
export interface PendingUploadsFixture {
  readonly uploads: PendingUploads;
  readonly store: ObjectStore;
  stop?(): Promise<void>;
}

/** S3 refuses smaller pieces, but for the last. */
const PIECE_BYTES = 5 * MIB;
const FILE = Buffer.alloc(PIECE_BYTES + 7, 'batchwright');
const WHOLE = crc32Checksum(FILE).value;

/** What every PendingUploads promises, whatever stands behind it. */
export function describePendingUploads(name: string, open: () => Promise<PendingUploadsFixture>): void {
  describe(`${name} keeps the promises of pending uploads`, () => {
    let fixture: PendingUploadsFixture;
    beforeEach(async () => {
      fixture = await open();
    });
    afterEach(async () => fixture.stop?.());

    const piece = (key: string, uploadId: string, partNumber: number, body: Buffer) =>
      fixture.uploads.uploadPiece({ key, uploadId, partNumber, body, checksum: crc32Checksum(body).value });

    const upload = async (key: string) => {
      const uploadId = await fixture.uploads.begin(key, 'application/octet-stream');
      const first = await piece(key, uploadId, 1, FILE.subarray(0, PIECE_BYTES));
      const second = await piece(key, uploadId, 2, FILE.subarray(PIECE_BYTES));
      return { key, uploadId, pieces: [first, second] };
    };

    const pending = async (prefix: string) => {
      const all: { key: string; uploadId: string }[] = [];
      for await (const entry of fixture.uploads.pending(prefix)) all.push(entry);
      return all;
    };

    test('an upload is invisible until it is completed', async () => {
      const { key, uploadId, pieces } = await upload('out/part');

      expect(await fixture.store.head(key)).toBeUndefined();
      expect(await pending('out/')).toEqual([{ key, uploadId }]);

      await fixture.uploads.complete({ key, uploadId, pieces, checksum: WHOLE });

      expect((await fixture.store.read(key)).equals(FILE)).toBe(true);
      expect((await fixture.store.head(key))?.checksum).toEqual({ algorithm: 'CRC32', value: WHOLE });
      expect(await pending('out/')).toEqual([]);
    });

    test('completing twice is harmless', async () => {
      const { key, uploadId, pieces } = await upload('out/part');

      await fixture.uploads.complete({ key, uploadId, pieces, checksum: WHOLE });
      const before = await fixture.store.head(key);
      await fixture.uploads.complete({ key, uploadId, pieces, checksum: WHOLE });

      expect(await fixture.store.head(key)).toEqual(before);
    });

    test('completed once, a file that is there stays; only the same file is no failure', async () => {
      const [first, same] = [await upload('out/part'), await upload('out/part')];
      const other = await fixture.uploads.begin('out/part', 'text/csv');
      const pieces = [await piece('out/part', other, 1, Buffer.from('other'))];
      await fixture.uploads.complete({ ...first, checksum: WHOLE, once: true });
      const before = await fixture.store.head('out/part');

      await fixture.uploads.complete({ ...same, checksum: WHOLE, once: true });
      const checksum = crc32Checksum(Buffer.from('other')).value;
      await expect(fixture.uploads.complete({ key: 'out/part', uploadId: other, pieces, checksum, once: true })).rejects.toThrow();

      expect(await fixture.store.head('out/part')).toEqual(before);
    });

    test('a piece whose bytes are not what the sender summed is refused', async () => {
      const uploadId = await fixture.uploads.begin('out/part', 'text/csv');
      const body = Buffer.from('flipped');
      const checksum = crc32Checksum(Buffer.from('fl1pped')).value;

      await expect(fixture.uploads.uploadPiece({ key: 'out/part', uploadId, partNumber: 1, body, checksum })).rejects.toThrow();
    });

    test('a file whose sum is not the announced one never appears', async () => {
      const { key, uploadId, pieces } = await upload('out/part');
      const checksum = crc32Checksum(Buffer.from('something else')).value;

      await expect(fixture.uploads.complete({ key, uploadId, pieces, checksum })).rejects.toMatchObject({ name: 'DamagedUploadError' });

      expect(await fixture.store.head(key)).toBeUndefined();
    });

    test('a file whose pieces are not those that the sender listed never appears', async () => {
      const { key, uploadId, pieces } = await upload('out/part');
      const [first, second] = pieces;
      const other = [first!, { ...second!, etag: first!.etag, checksum: first!.checksum }];

      await expect(fixture.uploads.complete({ key, uploadId, pieces: other, checksum: WHOLE })).rejects.toMatchObject({
        name: 'DamagedUploadError',
      });

      expect(await fixture.store.head(key)).toBeUndefined();
    });

    test('an aborted upload is gone, aborting it again is harmless, and it cannot be completed', async () => {
      const { key, uploadId, pieces } = await upload('out/part');

      await fixture.uploads.abort({ key, uploadId });
      await fixture.uploads.abort({ key, uploadId });

      expect(await pending('')).toEqual([]);
      await expect(fixture.uploads.complete({ key, uploadId, pieces, checksum: WHOLE })).rejects.toMatchObject({
        name: 'DamagedUploadError',
      });
      expect(await fixture.store.head(key)).toBeUndefined();
    });

    test('withdrawing takes back exactly the version that is named', async () => {
      const { key, uploadId, pieces } = await upload('out/part');
      await fixture.uploads.complete({ key, uploadId, pieces, checksum: WHOLE });
      const head = await fixture.store.head(key);

      await fixture.uploads.withdraw(key, head!.versionId);
      await fixture.uploads.withdraw(key, head!.versionId);

      expect(await fixture.store.head(key)).toBeUndefined();
    });

    test('two uploads of one key are separate, and listed by prefix', async () => {
      const one = await fixture.uploads.begin('out/part', 'text/csv');
      const two = await fixture.uploads.begin('out/part', 'text/csv');
      await fixture.uploads.begin('elsewhere/part', 'text/csv');

      expect(one).not.toBe(two);
      expect((await pending('out/')).map((entry) => entry.uploadId).toSorted()).toEqual([one, two].toSorted());
    });
  });
}
