import { uploadText } from '../../adapters/text-upload';
import { MIB } from '../../core/units';
import { crc32Checksum, MemoryObjectStore } from '../support/memory-store';
import { MemoryPendingUploads } from '../support/memory-uploads';

const aBucket = () => {
  const store = new MemoryObjectStore();
  return { store, uploads: new MemoryPendingUploads(store) };
};

describe('uploadText', () => {
  test.each([
    ['no piece', []],
    ['an empty piece', ['']],
    ['one piece', ['one']],
    ['pieces of awkward text', ['é', '\u{1F600}', 'z'.repeat(100)]],
    ['pieces that fill a part exactly', ['x'.repeat(5 * MIB)]],
    ['a piece that spans parts', ['é'.repeat(6 * MIB), 'end']],
    ['many pieces over many parts', Array.from({ length: 200 }, (_, i) => String(i % 10).repeat(64 * 1024))],
  ])('%s is stored as it is, with its length told', async (_name, pieces) => {
    const { store, uploads } = aBucket();
    const text = Buffer.from(pieces.join(''));

    expect(await uploadText(uploads, 'k', pieces)).toBe(text.length);

    expect((await store.read('k')).equals(text)).toBe(true);
    expect((await store.head('k'))?.checksum).toEqual(crc32Checksum(text));
  });

  test('a text that fails on the way leaves nothing behind', async () => {
    const { store, uploads } = aBucket();
    async function* failing() {
      yield 'x'.repeat(6 * MIB);
      throw new Error('no more');
    }

    await expect(uploadText(uploads, 'k', failing())).rejects.toThrow('no more');

    expect(store.keys()).toEqual([]);
    expect(uploads.aborted).toHaveLength(1);
  });

  test('a part that cannot be sent fails the writing, even when no text follows, and leaves nothing behind', async () => {
    const { store, uploads } = aBucket();
    uploads.uploadPiece = async () => {
      throw new Error('refused');
    };

    for (const pieces of [['x'], ['x'.repeat(6 * MIB), 'y'.repeat(6 * MIB)]]) {
      await expect(uploadText(uploads, 'k', pieces)).rejects.toThrow('refused');
    }

    expect(store.keys()).toEqual([]);
    expect(uploads.aborted).toHaveLength(2);
  });
});
