import type { ObjectStore, ReadOptions } from '../../adapters/ports';
import type { Chunk, JobConfig, PlannedObject, Range } from '../../core/contracts';
import { dialectOf, nothingAt, type Owned, OwnedLines, type Slice, windowStart } from '../../core/records';
import { KIB } from '../../core/units';
import { rangeChecksum } from '../checksum';
import { DataFailure } from '../failures';
import type { Meter } from '../meter';
import type { TextSource } from '../work';

/** Read past a range at once, to finish its last record without a second request. */
const LOOK_AHEAD_BYTES = 64 * KIB;
/** A line break is not counted as part of its record. */
const LINE_BREAK_BYTES = 2;

type Reader = Pick<ObjectStore, 'read'>;

export interface TextRange extends Pick<Chunk, 'proven' | 'given'> {
  readonly object: PlannedObject;
  readonly range: Range;
  readonly input: JobConfig['spec']['input'];
  readonly meter?: Meter;
  readonly memory?: ReadOptions['memory'];
}

/** Reads the records that a range owns, and sums exactly their bytes. */
export async function fetchText(store: Reader, wanted: TextRange): Promise<TextSource> {
  const { object, range, input, proven, given, meter, memory } = wanted;
  const slice: Slice = {
    start: range.start,
    end: range.end,
    bytes: object.bytes,
    dialect: dialectOf(input),
    columns: object.header?.length,
    proven,
    given,
  };
  const origin = windowStart(slice);
  const { bytes, owned } = await growWindow(store, object, { slice, limit: input.maxRecordBytes, memory });
  const checksum = await rangeChecksum(bytes.subarray(owned.start - origin, owned.end - origin), object.checksum, meter);
  const read = { object: range.object, start: owned.start, end: owned.end, records: owned.records, ...(checksum && { checksum }) };
  const longest = owned.longest.end - owned.longest.start;
  return { kind: 'text', object, read, bytes, origin, body: owned.body - origin, end: owned.end - origin, longest };
}

interface Search {
  readonly slice: Slice;
  /** Bytes that a record may have. */
  readonly limit: number;
  readonly memory: ReadOptions['memory'];
}

/** Reads further and further past the range until its last record is whole. */
async function growWindow(store: Reader, object: PlannedObject, { slice, limit, memory }: Search) {
  const lines = new OwnedLines(slice);
  const origin = windowStart(slice);
  const far = limit + LINE_BREAK_BYTES;
  let bytes: Buffer = Buffer.alloc(0);
  for (let ahead = Math.min(LOOK_AHEAD_BYTES, far); ; ahead = Math.min(2 * ahead, far)) {
    const end = origin < slice.end ? Math.min(object.bytes, slice.end + ahead) : origin;
    if (end > origin + bytes.length)
      bytes = join(bytes, await readMore(store, object, { range: { start: origin + bytes.length, end }, memory }));
    const owned = lines.find(bytes);
    const isTooLong = owned ? owned.longest.end - owned.longest.start > limit : ahead === far;
    if (isTooLong) return { bytes, owned: nothingOf(slice, tooLong(object, { slice, limit }, owned?.longest.start ?? lines.unfinished)) };
    if (owned) return { bytes, owned };
  }
}

type Part = Required<Pick<ReadOptions, 'range'>> & Pick<ReadOptions, 'memory'>;

async function readMore(store: Reader, { key, versionId, bytes }: PlannedObject, { range, memory }: Part): Promise<Buffer> {
  const more = await store.read(key, { versionId, range, memory });
  if (more.length === range.end - range.start) return more;
  throw new DataFailure(
    `${key} gave ${range.start + more.length} of its ${bytes} bytes`,
    'the object is shorter than it was when the run was planned: run it again',
  );
}

const join = (head: Buffer, tail: Buffer): Buffer => (head.length === 0 ? tail : Buffer.concat([head, tail]));

/** `at` is where the record begins, where that is known. */
function tooLong({ key }: PlannedObject, { slice, limit }: Pick<Search, 'slice' | 'limit'>, at: number | undefined): DataFailure {
  const which = at === undefined ? `holds byte ${slice.start}` : `begins at byte ${at}`;
  return new DataFailure(
    `the record of ${key} that ${which} is longer than input.maxRecordBytes allows, ${limit} bytes`,
    'look for a quote that is never closed; set csv.quotedNewlines: false where fields hold no line breaks, or raise input.maxRecordBytes',
  );
}

/**
 * A record that is too long. Where the range's start was guessed the guess may be at fault: it then owns nothing, the
 * chain breaks there, and the range is read again from a start that is known.
 */
function nothingOf({ dialect, proven, start }: Slice, failure: DataFailure): Owned {
  if (dialect?.quotedNewlines && !proven && start > 0) return nothingAt(start);
  throw failure;
}
