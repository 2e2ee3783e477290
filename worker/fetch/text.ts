import type { ObjectStore } from '../../adapters/ports';
import type { JobConfig, PlannedObject, Range } from '../../core/contracts';
import { dialectOf, OwnedLines, type Slice, windowStart } from '../../core/records';
import { KIB, MIB } from '../../core/units';
import { checksumOf } from '../checksum';
import { DataFailure } from '../failures';
import type { TextSource } from '../work';

/** Read past a range at once, to finish its last record without a second request. */
const LOOK_AHEAD_BYTES = 64 * KIB;
/** A longer record is taken for a mistake, such as a quote that is never closed. */
export const MAX_RECORD_BYTES = 16 * MIB;

export interface TextRange {
  readonly object: PlannedObject;
  readonly range: Range;
  readonly proven: boolean;
  readonly input: JobConfig['spec']['input'];
}

/** Reads the records that a range owns, and sums exactly their bytes. */
export async function fetchText(store: ObjectStore, wanted: TextRange): Promise<TextSource> {
  const { object, range, input, proven } = wanted;
  const slice: Slice = {
    start: range.start,
    end: range.end,
    bytes: object.bytes,
    dialect: dialectOf(input),
    columns: object.header?.length,
    proven,
  };
  const origin = windowStart(slice);
  const { bytes, owned } = await growWindow(store, wanted.object, slice);
  const checksum =
    object.checksum && (await checksumOf(bytes.subarray(owned.start - origin, owned.end - origin), object.checksum.algorithm));
  const read = { object: range.object, start: owned.start, end: owned.end, records: owned.records, ...(checksum && { checksum }) };
  return { kind: 'text', object, read, bytes, origin, body: owned.body - origin, end: owned.end - origin };
}

/** Reads further and further past the range until its last record is whole. */
async function growWindow(store: ObjectStore, object: PlannedObject, slice: Slice) {
  const lines = new OwnedLines(slice);
  const origin = windowStart(slice);
  let bytes: Buffer = Buffer.alloc(0);
  for (let ahead = LOOK_AHEAD_BYTES; ; ahead *= 2) {
    const end = Math.min(object.bytes, slice.end + ahead);
    const more = { start: origin + bytes.length, end };
    if (more.end > more.start) bytes = join(bytes, await store.read(object.key, { versionId: object.versionId, range: more }));
    if (origin + bytes.length < end) throw cutShort(object, origin + bytes.length);
    const owned = lines.find(bytes);
    if (owned) return { bytes, owned };
    if (ahead >= MAX_RECORD_BYTES) return { bytes, owned: nothingOf(slice, object) };
  }
}

const join = (head: Buffer, tail: Buffer): Buffer => (head.length === 0 ? tail : Buffer.concat([head, tail]));

const cutShort = (object: PlannedObject, bytes: number): DataFailure =>
  new DataFailure(
    `${object.key} gave ${bytes} of its ${object.bytes} bytes`,
    'the object is shorter than it was when the run was planned: run it again',
  );

/**
 * A record that does not end. Where the range's start was guessed the guess may be at fault: it then owns nothing, the
 * chain breaks there, and the range is read again from a start that is known.
 */
function nothingOf(slice: Slice, object: PlannedObject) {
  if (slice.dialect?.quotedNewlines && !slice.proven && slice.start > 0) {
    return { start: slice.start, end: slice.start, body: slice.start, records: 0 };
  }
  throw new DataFailure(
    `a record of ${object.key} that begins at or after byte ${slice.start} is longer than ${MAX_RECORD_BYTES} bytes`,
    'look for a quote that is never closed; set csv.quotedNewlines: false where fields hold no line breaks',
  );
}
