import { open } from 'node:fs/promises';
import { readAvroHeader } from '../../adapters/avro/records';
import type { ObjectStore } from '../../adapters/ports';
import type { Chunk, JobConfig, PlannedObject, Range } from '../../core/contracts';
import { type AvroBlock, type AvroSlice, avroWindowStart, type OwnedBlocks, ownedBlocks } from '../../core/records/avro-blocks';
import { AvroError } from '../../core/records/avro-header';
import { KIB, MIB } from '../../core/units';
import { AvroLines } from '../avro/lines';
import { rangeChecksum } from '../checksum';
import { DataFailure } from '../failures';
import type { Meter } from '../meter';
import type { TextSource } from '../work';
import { type Mark, Marks } from './marks';
import { windowsOf } from './text-windows';

/** Read past a range at once, to finish its last block without a second request. */
const LOOK_AHEAD_BYTES = 64 * KIB;
/** A block is held in memory; writers make them of some kilobytes, at times megabytes. */
const MAX_BLOCK_BYTES = 64 * MIB;

export interface AvroRange extends Pick<Chunk, 'proven' | 'given'> {
  readonly object: PlannedObject;
  readonly range: Range;
  readonly input: JobConfig['spec']['input'];
  /** Where the records go as lines. */
  readonly file: string;
  readonly meter?: Meter;
}

/** Reads the blocks that a range owns, sums exactly their bytes, and writes their records down as lines of JSON. */
export async function fetchAvro(store: ObjectStore, wanted: AvroRange): Promise<readonly TextSource[]> {
  try {
    return await readBlocks(store, wanted);
  } catch (thrown) {
    if (!(thrown instanceof AvroError)) throw thrown;
    throw new DataFailure(
      `${wanted.object.key} cannot be read as Avro: ${thrown.message}`,
      'the file is corrupt or cut short: write it anew',
    );
  }
}

async function readBlocks(
  store: ObjectStore,
  { object, range, input, file, proven, given, meter }: AvroRange,
): Promise<readonly TextSource[]> {
  const header = await readAvroHeader(store, object);
  const slice: AvroSlice = { start: range.start, end: range.end, bytes: object.bytes, header, told: proven === true || given === true };
  const { bytes, owned } = await growWindow(store, object, slice);
  const origin = avroWindowStart(slice);
  const checksum = await rangeChecksum(bytes.subarray(owned.start - origin, owned.end - origin), object.checksum, meter);
  const lines = new AvroLines(header);
  const written = await writeLines(lines, owned.blocks, file);
  const read = { object: range.object, start: owned.start, end: owned.end, ...(checksum && { checksum }) };
  const local = { file, bytes: written.bytes, object, input, read, columns: lines.columns, locate: locatorOf(file, written.marks) };
  return checkCount(await windowsOf(local), owned.blocks);
}

/** The lines are counted once more as they are read; the blocks have said how many there are. */
function checkCount(windows: readonly TextSource[], blocks: readonly AvroBlock[]): readonly TextSource[] {
  const lines = windows.reduce((sum, { read }) => sum + read.records, 0);
  const records = blocks.reduce((sum, block) => sum + block.records, 0);
  if (lines === records) return windows;
  throw new AvroError(`its blocks hold ${records} records, but ${lines} lines were made of them`);
}

/** Reads further and further until the last owned block is whole, or the next one is found. */
async function growWindow(store: ObjectStore, object: PlannedObject, slice: AvroSlice): Promise<{ bytes: Buffer; owned: OwnedBlocks }> {
  const origin = avroWindowStart(slice);
  let bytes: Buffer = Buffer.alloc(0);
  let until = slice.end + LOOK_AHEAD_BYTES;
  for (let ahead = 2 * LOOK_AHEAD_BYTES; ; ahead *= 2) {
    const end = Math.max(origin, Math.min(until, object.bytes));
    bytes = await readOn(store, object, { bytes, origin, end });
    const owned = ownedBlocks(bytes, slice);
    if (!('until' in owned)) return { bytes, owned };
    const { block = slice.end } = owned;
    until = owned.block === undefined ? Math.max(owned.until, slice.end + ahead) : owned.until;
    if (until - block > MAX_BLOCK_BYTES + LOOK_AHEAD_BYTES) {
      throw new AvroError(`the block that holds byte ${block} is larger than ${MAX_BLOCK_BYTES} bytes, which is what a worker takes`);
    }
  }
}

async function readOn(
  store: ObjectStore,
  { key, versionId, bytes: size }: PlannedObject,
  { bytes, origin, end }: { readonly bytes: Buffer; readonly origin: number; readonly end: number },
): Promise<Buffer> {
  const start = origin + bytes.length;
  if (end <= start) return bytes;
  const more = await store.read(key, { versionId, range: { start, end } });
  if (start + more.length < end) throw new AvroError(`it gave ${start + more.length} of its ${size} bytes`);
  return bytes.length === 0 ? more : Buffer.concat([bytes, more]);
}

async function writeLines(lines: AvroLines, blocks: readonly AvroBlock[], file: string): Promise<{ bytes: number; marks: Mark[] }> {
  const marks: Mark[] = [];
  let bytes = 0;
  const out = await open(file, 'w');
  try {
    for (const block of blocks) {
      marks.push({ place: bytes, offset: block.start });
      for await (const batch of lines.of(block)) {
        const text = Buffer.from(batch.map((line) => `${line}\n`).join(''));
        await out.appendFile(text);
        bytes += text.length;
      }
    }
    return { bytes, marks };
  } finally {
    await out.close();
  }
}

const LINE_FEED = 10;

function countLines(bytes: Buffer): number {
  let lines = 0;
  for (let at = bytes.indexOf(LINE_FEED); at !== -1; at = bytes.indexOf(LINE_FEED, at + 1)) lines += 1;
  return lines;
}

/** Records have no place of their own in the object: each is found by its number in its block. */
function locatorOf(file: string, blocks: readonly Mark[]): TextSource['locate'] {
  const marks = new Marks(file, blocks, countLines);
  return (line) => {
    const { offset, measured } = marks.find(line);
    return { offset, index: measured };
  };
}
