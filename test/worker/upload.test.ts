import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { pieceBytesOf, type Upload, uploadPending } from '../../worker/upload';
import { crc32Checksum, MemoryObjectStore } from '../support/memory-store';
import { MemoryPendingUploads } from '../support/memory-uploads';

const MIB = 1024 * 1024;
const GIB = 1024 * MIB;
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'upload-test-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function aFile(bytes: number): { file: string; content: Buffer } {
  const content = Buffer.alloc(bytes);
  for (let at = 0; at + 4 <= bytes; at += 1000) content.writeUInt32LE(at, at);
  const file = path.join(folder, `file-${bytes}`);
  writeFileSync(file, content);
  return { file, content };
}

const anUpload = (file: string, signal = new AbortController().signal): Upload => ({ file, key: 'k', contentType: 't', rows: 3, signal });

test.each([
  [0, 8 * MIB, 1],
  [80_000 * MIB, 8 * MIB, 10_000],
  [5000 * GIB, 536_870_912, 10_000],
])('a file of %i bytes goes in pieces of %i, %i at most', (size, piece, most) => {
  expect(pieceBytesOf(size)).toBe(piece);
  expect(Math.max(1, Math.ceil(size / pieceBytesOf(size)))).toBeLessThanOrEqual(most);
});

test.each([0, 1, 8 * MIB, 8 * MIB + 1, 27 * MIB])('a file of %i bytes arrives whole, with the checksum of the whole', async (bytes) => {
  const store = new MemoryObjectStore();
  const uploads = new MemoryPendingUploads(store);
  const { file, content } = aFile(bytes);

  const part = await uploadPending(uploads, anUpload(file));
  await uploads.complete({ key: 'k', uploadId: part.uploadId, pieces: part.pieces, checksum: part.checksum.value });

  expect((await store.read('k')).equals(content)).toBe(true);
  expect(part).toMatchObject({ bytes, rows: 3, checksum: crc32Checksum(content) });
  expect(part.pieces.map(({ partNumber }) => partNumber)).toEqual(part.pieces.map((_, index) => index + 1));
});

test('two pieces at most are held at once', async () => {
  const uploads = new MemoryPendingUploads(new MemoryObjectStore());
  const { file } = aFile(60 * MIB);
  let [held, most] = [0, 0];
  const send = uploads.uploadPiece.bind(uploads);
  jest.spyOn(uploads, 'uploadPiece').mockImplementation(async (piece) => {
    most = Math.max(most, ++held);
    await new Promise((done) => setTimeout(done, 5));
    held -= 1;
    return send(piece);
  });

  await uploadPending(uploads, anUpload(file));

  expect(most).toBe(2);
});

test('an upload that is given up is taken back', async () => {
  const uploads = new MemoryPendingUploads(new MemoryObjectStore());
  const stop = new AbortController();
  const { file } = aFile(27 * MIB);
  jest.spyOn(uploads, 'uploadPiece').mockImplementation(async () => {
    stop.abort();
    throw Object.assign(new Error('aborted'), { name: 'AbortError' });
  });

  await expect(uploadPending(uploads, anUpload(file, stop.signal))).rejects.toMatchObject({ name: 'StoppedError' });

  expect(uploads.aborted).toHaveLength(1);
});
