import type { Fault } from '../../core/fault';
import { framingOf, RecordCursor } from '../../core/records';
import type { CsvDialect } from '../../core/spec/sections/csv';
import type { TextSource } from '../work';
import type { TypedRecord } from './convert';
import type { ReadRecord } from './records';

/** Where a record of a text source stands. Its offset and its bytes are worked out when asked for, which most never are. */
export class TextPlace {
  constructor(
    readonly source: TextSource,
    readonly number: number,
    /** In the source's bytes, as `end`. */
    readonly start: number,
    readonly end: number,
  ) {}

  get offset(): number {
    const place = this.source.origin + this.start;
    return this.source.locate ? this.source.locate(place) : place;
  }

  get raw(): () => Buffer {
    return () => this.source.bytes.subarray(this.start, this.end);
  }
}

/** A record of a text source. */
export class TextRecord extends TextPlace implements ReadRecord {
  constructor(
    { source, number, start, end }: Pick<TextPlace, 'source' | 'number' | 'start' | 'end'>,
    readonly value: TypedRecord | undefined,
    readonly fault: Fault | undefined,
  ) {
    super(source, number, start, end);
  }
}

/** A cursor over a text source's records. */
export function cursorOf({ bytes, body, end }: Pick<TextSource, 'bytes' | 'body' | 'end'>, dialect: CsvDialect | undefined): RecordCursor {
  return new RecordCursor(bytes.subarray(0, end), { start: body, end, framing: framingOf(dialect), complete: true });
}
