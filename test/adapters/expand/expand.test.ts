import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { CorruptStreamError, expand, expandStart } from '../../../adapters/expand';
import type { Compression } from '../../../core/contracts';
import { burstingFrame, bzip2, COMPRESS, plainFrame, skippableFrame, zstd } from '../../support/compressed';

async function* piecesOf(bytes: Buffer, length: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += length) yield bytes.subarray(at, at + length);
}

async function expanded(compression: Compression, bytes: Buffer, pieceBytes = 1 << 20): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of expand(compression, piecesOf(bytes, pieceBytes))) parts.push(part);
  return Buffer.concat(parts);
}

const LINES = Array.from({ length: 4000 }, (_, i) => `${i},${(i * 2654435761) % 997},line ${i}\n`).join('');
const ALL: readonly Compression[] = ['gzip', 'zstd', 'bzip2'];

describe.each(ALL)('%s', (compression) => {
  test('gives what was compressed, whatever the pieces it arrives in', async () => {
    const packed = await COMPRESS[compression](LINES);

    for (const pieceBytes of [7, 1000, 1 << 20]) {
      expect((await expanded(compression, packed, pieceBytes)).toString()).toBe(LINES);
    }
  });

  test('of an empty text is empty', async () => {
    const packed = compression === 'zstd' ? await plainFrame(Buffer.alloc(0)) : await COMPRESS[compression]('');

    expect(await expanded(compression, packed)).toEqual(Buffer.alloc(0));
  });

  test('files that were joined give their texts one after the other', async () => {
    const packed = await COMPRESS[compression](LINES);

    const joined = await expanded(compression, Buffer.concat([packed, packed, packed]), 5000);

    expect(joined.toString()).toBe(LINES.repeat(3));
  });

  test('cut short anywhere is refused', async () => {
    const packed = await COMPRESS[compression](LINES);

    for (const kept of [5, 11, packed.length >> 1, packed.length - 4, packed.length - 1]) {
      await expect(expanded(compression, packed.subarray(0, kept))).rejects.toThrow(CorruptStreamError);
    }
  });

  test('with a second file that is cut short is refused', async () => {
    const packed = await COMPRESS[compression](LINES);

    for (const kept of [1, 3, 9, packed.length - 1]) {
      await expect(expanded(compression, Buffer.concat([packed, packed.subarray(0, kept)]))).rejects.toThrow(CorruptStreamError);
    }
  });

  test('followed by something else is refused, not taken for its end', async () => {
    const packed = await COMPRESS[compression](LINES);

    await expect(expanded(compression, Buffer.concat([packed, Buffer.from('id,name\n1,one\n')]))).rejects.toThrow(CorruptStreamError);
  });

  test('a flipped bit is refused', async () => {
    const packed = Buffer.from(compression === 'zstd' ? await plainFrame(Buffer.from(LINES)) : await COMPRESS[compression](LINES));
    packed[packed.length >> 1]! ^= 0x10;

    await expect(expanded(compression, packed)).rejects.toThrow(CorruptStreamError);
  });

  test('the beginning of a file gives the beginning of its text', async () => {
    const text = LINES.repeat(10);
    const packed = await COMPRESS[compression](text);

    const start = await expandStart(compression, { bytes: packed.subarray(0, packed.length - 20), whole: false }, 1000);

    expect(start.complete).toBe(false);
    expect(start.bytes.length).toBeGreaterThan(1000);
    expect(text.startsWith(start.bytes.toString())).toBe(true);
  });

  test('a whole small file is known to be whole', async () => {
    const packed = await COMPRESS[compression]('a,b\n1,2\n');

    expect(await expandStart(compression, { bytes: packed, whole: true }, 1000)).toEqual({
      bytes: Buffer.from('a,b\n1,2\n'),
      complete: true,
    });
  });

  test('what fails its source is told as it is', async () => {
    const packed = await COMPRESS[compression](LINES);
    async function* failing(): AsyncGenerator<Buffer> {
      yield packed.subarray(0, 100);
      throw new Error('slow down');
    }

    const drain = async () => {
      for await (const part of expand(compression, failing())) expect(part).toBeInstanceOf(Buffer);
    };

    await expect(drain()).rejects.toThrow(new Error('slow down'));
  });
});

test('gzip members anywhere, in pieces of any size, give their texts in order', async () => {
  const members = fc.array(fc.uint8Array({ maxLength: 300 }), { minLength: 1, maxLength: 6 });
  await fc.assert(
    fc.asyncProperty(members, fc.integer({ min: 1, max: 400 }), fc.nat({ max: 600 }), async (texts, pieceBytes, zeros) => {
      const packed = Buffer.concat([...texts.map((text) => gzipSync(text)), Buffer.alloc(zeros)]);

      expect(await expanded('gzip', packed, pieceBytes)).toEqual(Buffer.concat(texts));
    }),
    { numRuns: 200 },
  );
});

test('a gzip member behind padding would be lost, so it is refused', async () => {
  const member = gzipSync('text');

  for (const pieceBytes of [1, 30, 1000]) {
    await expect(expanded('gzip', Buffer.concat([member, Buffer.alloc(50), member]), pieceBytes)).rejects.toThrow(
      /follows its end at byte/,
    );
  }
});

test('Zstandard frames of any size, some of them skippable, give their texts in order', async () => {
  const part = fc.oneof(
    fc.record({ bytes: fc.uint8Array({ maxLength: 3000 }), block: fc.integer({ min: 1, max: 900 }) }),
    fc.record({ skip: fc.string({ unit: 'binary-ascii', maxLength: 50 }) }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(part, { minLength: 1, maxLength: 5 }), fc.integer({ min: 1, max: 500 }), async (parts, pieceBytes) => {
      const frames = await Promise.all(
        parts.map((one) => ('skip' in one ? skippableFrame(one.skip) : plainFrame(Buffer.from(one.bytes), one.block))),
      );

      const text = await expanded('zstd', Buffer.concat(frames), pieceBytes);

      expect(text).toEqual(Buffer.concat(parts.map((one) => ('skip' in one ? Buffer.alloc(0) : one.bytes))));
    }),
    { numRuns: 100 },
  );
});

test('Zstandard frames of the real compressor stand between skippable ones', async () => {
  const packed = Buffer.concat([skippableFrame('note'), await zstd(LINES), skippableFrame(''), await zstd(LINES)]);

  expect((await expanded('zstd', packed, 777)).toString()).toBe(LINES + LINES);
});

test('a Zstandard frame that asks for too much memory, or for a dictionary, is refused by name', async () => {
  const frame = await plainFrame(Buffer.from('text'));
  const wide = Buffer.from(frame);
  wide[5] = 0xff;
  const withDictionary = Buffer.concat([frame.subarray(0, 4), Buffer.from([0x05, 0x38, 7]), frame.subarray(6)]);

  await expect(expanded('zstd', wide)).rejects.toThrow(/window of \d+ bytes, allowed: up to 134217728/);
  await expect(expanded('zstd', withDictionary)).rejects.toThrow(/dictionary/);
});

test('a file that bursts gives its text little by little, so that a limit is met in time', async () => {
  let largest = 0;
  let total = 0;
  for await (const part of expand('zstd', piecesOf(burstingFrame(2000), 1 << 20))) {
    largest = Math.max(largest, part.length);
    total += part.length;
    if (total > 50e6) break;
  }
  const bz = bzip2(Buffer.alloc(30e6), 9);
  for await (const part of expand('bzip2', piecesOf(bz, 1 << 20))) largest = Math.max(largest, part.length);

  expect(largest).toBeLessThan(50e6);
});
