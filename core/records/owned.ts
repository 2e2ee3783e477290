import type { CsvDialect } from '../spec/sections/csv';
import type { ByteRange } from '../values';
import { bodyStart } from './count';
import { RecordCursor } from './cursor';
import { type Framing, framingOf } from './framing';
import { byteOrderMark } from './header';
import { findRecordStart } from './start';

/** What a reader was asked for: the lines whose first byte lies in [start, end) of one object. */
export interface Slice extends ByteRange {
  /** Size of the whole object. */
  readonly bytes: number;
  readonly dialect?: CsvDialect;
  /** Number of columns that a record should have; it helps to guess where the first one begins. */
  readonly columns?: number;
  /** Whether `start` is known to begin a line. */
  readonly proven?: boolean;
  /** Whether `start` is to be taken as it is, although nobody knows whether it begins a line. */
  readonly given?: boolean;
}

/** A slice as it was really found; positions are the object's. */
export interface Owned extends ByteRange {
  /** First byte after the byte order mark and the header, where the slice holds them. */
  readonly body: number;
  readonly records: number;
  /** The longest of the records, without its line break. */
  readonly longest: ByteRange;
}

/** What a slice owns when no record begins in it, or none that can be told. */
export const nothingAt = (start: number): Owned => ({ start, end: start, body: start, records: 0, longest: { start, end: start } });

/** Where the window of a slice must begin: one byte before it, to see whether a line begins exactly at its start. */
export const windowStart = (slice: Slice): number => (isTold(slice) ? slice.start : slice.start - 1);

/** Whether a slice need not look for its first line. */
const isTold = ({ start, proven, given }: Slice): boolean => proven === true || given === true || start === 0;

/**
 * Which lines of an object a slice owns, found in a window of its bytes that begins at `windowStart` and may have to
 * grow. Slices that tile the object own lines that tile it: each begins where the one before it ended.
 */
export class OwnedLines {
  /** Where the record begins whose end was not in the last window, if it began there. */
  unfinished: number | undefined;
  private readonly framing: Framing;

  constructor(private readonly slice: Slice) {
    this.framing = framingOf(slice.dialect);
  }

  /** The owned lines; undefined when the window is too short to tell. */
  find(window: Buffer): Owned | undefined {
    const { start, end } = this.slice;
    if (isTold(this.slice) && start >= end) return nothingAt(start);
    const origin = windowStart(this.slice);
    const complete = origin + window.length >= this.slice.bytes;
    const first = this.firstLine(window, complete);
    if (first === undefined) return undefined;
    const body = start === 0 ? bodyStart(window, this.slice.dialect) : first;
    // A byte order mark is part of the first line, so whoever owns the one owns the other.
    const limit = Math.max(end - origin, start === 0 ? byteOrderMark(window) + 1 : 0);
    const cursor = new RecordCursor(window, { start: body, end: limit, framing: this.framing, complete });
    while (cursor.next());
    this.unfinished = cursor.starved ? origin + cursor.position : undefined;
    if (cursor.starved || (body === window.length && !complete)) return undefined;
    return {
      start: origin + first,
      end: origin + cursor.position,
      body: origin + body,
      records: cursor.records,
      longest: { start: origin + cursor.longestStart, end: origin + cursor.longestEnd },
    };
  }

  private firstLine(window: Buffer, complete: boolean): number | undefined {
    if (isTold(this.slice)) return 0;
    const found = findRecordStart(window, this.framing, this.slice.columns);
    if (found !== -1) return found;
    return complete ? window.length : undefined;
  }
}
