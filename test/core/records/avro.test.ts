import fc from 'fast-check';
import { tile } from '../../../core/plan/chunking';
import { type AvroSlice, avroWindowStart, type OwnedBlocks, ownedBlocks } from '../../../core/records/avro-blocks';
import { AvroError, parseAvroHeader } from '../../../core/records/avro-header';
import { type AvroSchema, avroFile, avscFile } from '../../support/avro';

const SCHEMA: AvroSchema = { type: 'record', name: 'R', fields: [{ name: 'text', type: 'string' }] };

/** What a reader does: a window that grows as far as it is told to. */
function read(file: Buffer, range: { start: number; end: number }, told = false): OwnedBlocks {
  const slice: AvroSlice = { ...range, bytes: file.length, header: parseAvroHeader(file)!, told };
  const origin = avroWindowStart(slice);
  for (let until = range.end; ; ) {
    const owned = ownedBlocks(file.subarray(origin, Math.max(origin, until)), slice);
    if (!('until' in owned)) return owned;
    expect(owned.until).toBeGreaterThan(until);
    expect(owned.until).toBeLessThanOrEqual(file.length);
    until = owned.until;
  }
}

const blocksOfTexts = fc.array(fc.array(fc.string({ maxLength: 30 }), { maxLength: 5 }), { maxLength: 12 });
const recordsOf = (texts: readonly string[]) => texts.map((text) => ({ text }));

test('any blocks, cut anywhere, are owned once and in order, and the cuts tile the file', async () => {
  await fc.assert(
    fc.asyncProperty(blocksOfTexts, fc.integer({ min: 1, max: 300 }), async (texts, chunkBytes) => {
      const { file, starts } = await avroFile(SCHEMA, texts.map(recordsOf));

      const owned = tile(file.length, chunkBytes).map((range) => read(file, range));

      expect(owned.flatMap(({ blocks }) => blocks.map(({ start, records }) => [start, records]))).toEqual(
        starts.map((start, i) => [start, texts[i]!.length]),
      );
      expect(owned[0]!.start).toBe(0);
      expect(owned.at(-1)!.end).toBe(file.length);
      expect(owned.slice(1).map(({ start }) => start)).toEqual(owned.slice(0, -1).map(({ end }) => end));
    }),
    { numRuns: 300 },
  );
});

test('a start that is known is taken as it is', async () => {
  const { file, starts } = await avroFile(SCHEMA, [recordsOf(['a', 'b']), recordsOf(['c']), recordsOf(['d'])]);

  const owned = read(file, { start: starts[1]!, end: starts[1]! + 1 }, true);

  expect(owned).toMatchObject({ start: starts[1], end: starts[2], blocks: [{ records: 1 }] });
  expect(read(file, { start: starts[2]!, end: starts[1]! }, true)).toEqual({ start: starts[2], end: starts[2], blocks: [] });
});

test('a block larger than a chunk leaves the chunks that it covers empty, at the place of the next one', async () => {
  const { file, starts } = await avroFile(SCHEMA, [recordsOf(['x'.repeat(1000)]), recordsOf(['y'])]);

  const covered = read(file, { start: starts[0]! + 300, end: starts[0]! + 400 });

  expect(covered).toEqual({ start: starts[1], end: starts[1], blocks: [] });
});

test('a file without records, and one without blocks, are all header', async () => {
  const none = await avroFile(SCHEMA, []);
  const empty = await avscFile(SCHEMA, [], { codec: 'null', blockSize: 10 });

  for (const file of [none.file, empty]) {
    expect(read(file, { start: 0, end: file.length })).toEqual({ start: 0, end: file.length, blocks: [] });
  }
});

describe('what cannot be read is named by its byte', () => {
  test('a marker that is not there', async () => {
    const { file, starts } = await avroFile(SCHEMA, [recordsOf(['a']), recordsOf(['b'])]);
    const bad = Buffer.from(file);
    bad[starts[1]! - 1]! ^= 1;

    expect(() => read(bad, { start: 0, end: bad.length })).toThrow(
      `the block that begins at byte ${starts[0]} does not end with the sync marker`,
    );
  });

  test('a file that ends within a block, wherever', async () => {
    const { file, starts } = await avroFile(SCHEMA, [recordsOf(['a']), recordsOf(['bcd'])]);

    for (let length = starts[1]! + 1; length < file.length; length += 1) {
      const cut = file.subarray(0, length);
      expect(() => read(cut, { start: 0, end: length })).toThrow(`within the block that begins at byte ${starts[1]}`);
    }
  });

  test('a negative or an absurd number', async () => {
    const { file, starts } = await avroFile(SCHEMA, [recordsOf(['a'])]);
    const negative = Buffer.from(file);
    negative[starts[0]!] = 1;
    const absurd = Buffer.concat([file.subarray(0, starts[0]), Buffer.alloc(30, 0xff)]);

    expect(() => read(negative, { start: 0, end: file.length })).toThrow(
      /the number of records of the block at byte \d+ is -1, expected zero or more/,
    );
    expect(() => read(absurd, { start: 0, end: absurd.length })).toThrow(AvroError);
  });
});

describe('a header', () => {
  test('tells schema, codec and marker, and needs all of its bytes', async () => {
    const { file, starts } = await avroFile(SCHEMA, [recordsOf(['a'])], 'deflate');
    const end = starts[0]!;

    expect(parseAvroHeader(file)).toEqual({ schema: JSON.stringify(SCHEMA), codec: 'deflate', sync: Buffer.from('0123456789abcdef'), end });
    for (let length = 0; length < end; length += 1) expect(parseAvroHeader(file.subarray(0, length))).toBeUndefined();
  });

  test('of another file is refused', () => {
    expect(() => parseAvroHeader(Buffer.from('PAR1 and more'))).toThrow('does not begin as an Avro file');
  });

  test('without a schema is refused', () => {
    expect(() => parseAvroHeader(Buffer.concat([Buffer.from('Obj\x01\x00'), Buffer.alloc(16)]))).toThrow('names no schema');
  });

  test('whose metadata come in sized batches is read', async () => {
    const schema = '"string"';
    const entry = Buffer.concat([Buffer.from([22]), Buffer.from('avro.schema'), Buffer.from([schema.length * 2]), Buffer.from(schema)]);
    const sized = Buffer.concat([Buffer.from('Obj\x01'), Buffer.from([1, entry.length * 2]), entry, Buffer.from([0]), Buffer.alloc(16, 7)]);

    expect(parseAvroHeader(sized)).toMatchObject({ schema, codec: 'null', end: sized.length });
  });
});
