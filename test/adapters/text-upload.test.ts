import { type TextPlace, type TextState, TextUpload } from '../../adapters/text-upload';
import { MIB } from '../../core/units';
import { crc32Checksum, MemoryObjectStore } from '../support/memory-store';
import { MemoryPendingUploads } from '../support/memory-uploads';

const aPlace = () => {
  const store = new MemoryObjectStore();
  return { store, uploads: new MemoryPendingUploads(store), key: 'k' };
};

/** Writes all pieces, stopping and going on with what another process would know before those that are named. */
async function write(place: TextPlace, pieces: readonly string[], restartBefore: readonly number[] = []): Promise<void> {
  let text = await TextUpload.open(place);
  for (const [i, piece] of pieces.entries()) {
    if (restartBefore.includes(i)) text = await TextUpload.open(place, clone(await text.state()));
    await text.write(piece);
  }
  await text.complete();
}

const clone = (state: TextState): TextState => ({ ...structuredClone(state), tail: Buffer.from(state.tail) });

const TEXTS: readonly [string, readonly string[]][] = [
  ['no piece', []],
  ['an empty piece', ['']],
  ['one piece', ['one']],
  ['pieces of awkward text', ['é', '\u{1F600}', 'z'.repeat(100)]],
  ['pieces that fill a part exactly', ['x'.repeat(5 * MIB)]],
  ['a piece that spans parts', ['é'.repeat(6 * MIB), 'end']],
  ['many pieces over many parts', Array.from({ length: 200 }, (_, i) => String(i % 10).repeat(64 * 1024))],
];

test.each(TEXTS)('%s is stored as it is', async (_name, pieces) => {
  const place = aPlace();
  const text = Buffer.from(pieces.join(''));

  await write(place, pieces);

  expect((await place.store.read('k')).equals(text)).toBe(true);
  expect((await place.store.head('k'))?.checksum).toEqual(crc32Checksum(text));
});

test.each(TEXTS)('%s, gone on with by another process at any piece, is the same text in the same parts', async (_name, pieces) => {
  const [whole, left] = [aPlace(), aPlace()];
  const sent = (place: ReturnType<typeof aPlace>) => {
    const lengths: number[] = [];
    const { uploadPiece } = place.uploads;
    place.uploads.uploadPiece = (piece) => {
      lengths.push(piece.body.length);
      return uploadPiece.call(place.uploads, piece);
    };
    return lengths;
  };
  const [parts, again] = [sent(whole), sent(left)];

  await write(whole, pieces);
  await write(left, pieces, [0, 1, 2, 81, 82, 199]);

  expect(again).toEqual(parts);
  expect((await left.store.read('k')).equals(await whole.store.read('k'))).toBe(true);
});

test('a text of less than a part is one request', async () => {
  const place = aPlace();
  place.uploads.begin = async () => {
    throw new Error('not needed');
  };

  await write(place, ['short']);

  expect(place.store.text('k')).toBe('short');
});

test.each(TEXTS)('%s that stands already is written no more', async (_name, pieces) => {
  const place = aPlace();
  await write(place, pieces);
  const before = await place.store.head('k');
  place.uploads.uploadPiece = async () => {
    throw new Error('not needed');
  };

  await write(place, pieces);

  expect(await place.store.head('k')).toEqual(before);
});

test('another text under its key is never replaced, whenever it came', async () => {
  for (const length of [1, 6 * MIB]) {
    const before = aPlace();
    before.store.put('k', 'other');
    await expect(write(before, ['x'.repeat(length)])).rejects.toMatchObject({ name: 'OtherTextError' });

    const meanwhile = aPlace();
    const text = await TextUpload.open(meanwhile);
    await text.write('x'.repeat(length));
    meanwhile.store.put('k', 'other');
    await expect(text.complete()).rejects.toThrow();

    for (const { store } of [before, meanwhile]) expect(store.text('k')).toBe('other');
  }
});

test('a text that is given up leaves nothing behind', async () => {
  const { store, uploads, key } = aPlace();
  const text = await TextUpload.open({ store, uploads, key });
  await text.write('x'.repeat(6 * MIB));

  await text.abort();

  expect(store.keys()).toEqual([]);
  expect(uploads.aborted).toHaveLength(1);
});

test('a part that cannot be sent fails the writing, even when no text follows', async () => {
  for (const pieces of [['x'.repeat(6 * MIB)], ['x'.repeat(6 * MIB), 'y'.repeat(6 * MIB)]]) {
    const place = aPlace();
    place.uploads.uploadPiece = async () => {
      throw new Error('refused');
    };

    await expect(write(place, pieces)).rejects.toThrow('refused');

    expect(place.store.keys()).toEqual([]);
  }
});
