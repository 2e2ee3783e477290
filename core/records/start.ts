import type { CsvDialect } from '../spec/sections/csv';
import { KIB } from '../units';
import { RecordCursor } from './cursor';
import { splitFields } from './fields';
import type { Framing } from './framing';
import { LineScanner } from './scanner';

/** Records looked at to choose between two guesses: enough to tell data from the inside of a text field. */
const SAMPLE_RECORDS = 12;
/** Bytes looked at for the same purpose, so that a wrong guess never reads far. */
const SAMPLE_BYTES = 256 * KIB;

/**
 * Index of the first record that begins after `bytes[0]`, the byte before the range; -1 when the bytes end before it.
 *
 * With quoted line breaks the answer is a guess: both "the range begins outside quotes" and "inside" are tried, and the
 * one wins under which more of the next records have the expected number of columns; outside wins a tie. A wrong guess
 * is found when the chain of chunks is checked, and costs only a repetition.
 */
export function findRecordStart(bytes: Buffer, framing: Framing, columns?: number): number {
  const outside = new LineScanner(bytes, framing).endFromMiddle(0, false);
  if (!framing.quoted) return outside;
  const sample = bytes.subarray(0, SAMPLE_BYTES);
  const candidate = new LineScanner(sample, framing).endFromMiddle(0, true);
  if (candidate === -1) return outside;
  if (outside === -1) return candidate;
  return fitness(sample, candidate, framing, columns) > fitness(sample, outside, framing, columns) ? candidate : outside;
}

/** Share of the next records that have the expected number of columns. */
function fitness(sample: Buffer, start: number, framing: Framing, columns?: number): number {
  const cursor = new RecordCursor(sample, { start, end: sample.length, framing, complete: false });
  let expected = columns;
  let fitting = 0;
  while (cursor.records < SAMPLE_RECORDS && cursor.next()) {
    const count = columnCount(sample.subarray(cursor.start, cursor.end), framing);
    expected ??= count;
    if (count === expected) fitting += 1;
  }
  return cursor.records === 0 ? 0 : fitting / cursor.records;
}

function columnCount(record: Buffer, framing: Framing): number {
  return splitFields(record.toString('latin1'), dialectOfFraming(framing))?.length ?? 0;
}

const dialectOfFraming = (framing: Framing): CsvDialect => ({
  header: false,
  quotedNewlines: framing.quoted,
  delimiter: String.fromCharCode(framing.delimiter),
  quote: String.fromCharCode(framing.quote),
  escape: String.fromCharCode(framing.escape),
});
