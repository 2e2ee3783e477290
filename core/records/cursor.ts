import type { ByteRange } from '../values';
import type { Framing } from './framing';
import { CARRIAGE_RETURN, LINE_FEED, LineScanner } from './scanner';

/** Which records of some bytes a cursor visits: those whose first byte lies in [start, end). */
export interface CursorOptions extends ByteRange {
  readonly framing: Framing;
  /** Whether nothing follows the bytes, so that a last record without a line break is whole. */
  readonly complete: boolean;
}

/**
 * Visits the records of a run of bytes, which must begin at a record. An empty line is no record, in any format.
 * It is one object that moves, not one value per record: it runs over every record of every file.
 */
export class RecordCursor {
  /** The current record without its line break, [start, end). */
  start: number;
  end: number;
  /** Records visited; the current one's number within the chunk is one less. */
  records = 0;
  /** First byte after the current line; the next line begins here. */
  position: number;
  /** The longest record visited, [longestStart, longestEnd). */
  longestStart: number;
  longestEnd: number;
  /** Whether the last line could not be finished because the bytes end. */
  starved = false;
  private readonly scanner: LineScanner;

  constructor(
    private readonly bytes: Buffer,
    private readonly options: CursorOptions,
  ) {
    this.scanner = new LineScanner(bytes, options.framing);
    this.start = options.start;
    this.end = options.start;
    this.position = options.start;
    this.longestStart = options.start;
    this.longestEnd = options.start;
  }

  /** Moves to the next record; false when none is left in the range or its end is not among the bytes. */
  next(): boolean {
    while (this.nextLine()) {
      if (this.end > this.start) {
        this.records += 1;
        if (this.end - this.start > this.longestEnd - this.longestStart) {
          this.longestStart = this.start;
          this.longestEnd = this.end;
        }
        return true;
      }
    }
    return false;
  }

  private nextLine(): boolean {
    const { bytes, position } = this;
    if (position >= this.options.end || position >= bytes.length) return false;
    let end = this.scanner.endOf(position);
    if (end === -1) {
      if (!this.options.complete) {
        this.starved = true;
        return false;
      }
      end = bytes.length;
    }
    this.start = position;
    this.end = contentEnd(bytes, position, end);
    this.position = end;
    return true;
  }
}

function contentEnd(bytes: Buffer, start: number, end: number): number {
  if (bytes[end - 1] !== LINE_FEED) return end;
  return end - 2 >= start && bytes[end - 2] === CARRIAGE_RETURN ? end - 2 : end - 1;
}
