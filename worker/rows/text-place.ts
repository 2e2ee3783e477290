import type { Fault } from '../../core/fault';
import { framingOf, RecordCursor } from '../../core/records';
import { fromUtf8 } from '../../core/records/from-utf8';
import type { CsvDialect } from '../../core/spec/sections/csv';
import type { Kept } from '../quarantine';
import type { Location, TextSource } from '../work';
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
    return locationOf(this.source, this.start).offset;
  }

  get raw(): () => Buffer {
    return () => this.source.bytes.subarray(this.start, this.end);
  }

  get kept(): () => Kept {
    return () => keepText(this.source, this);
  }
}

function locationOf({ origin, locate }: TextSource, start: number): Location {
  const place = origin + start;
  return locate ? locate(place) : { offset: place };
}

const LINE_BREAKS = ['\r\n', '\n'] as const;

/** What stands behind a record of a text, if only the end of its object. */
function lineBreakAt({ bytes, end: last }: TextSource, end: number): NonNullable<Kept['lineBreak']> {
  const behind = bytes.toString('latin1', end, Math.min(end + 2, last));
  return LINE_BREAKS.find((lineBreak) => behind.startsWith(lineBreak)) ?? '';
}

/** What quarantine keeps of the record that is the bytes [start, end) of a text: a copy, so that the text need not be held. */
export function keepText(source: TextSource, { start, end }: Pick<TextPlace, 'start' | 'end'>): Kept {
  const raw = Buffer.from(source.bytes.subarray(start, end));
  const location = locationOf(source, start);
  // Records of Avro were made into lines by the reader.
  if (location.index !== undefined) return { ...location, raw };
  const { encoding } = source;
  return { ...location, raw, lineBreak: lineBreakAt(source, end), ...(encoding && { encoding, stored: fromUtf8(raw, encoding) }) };
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
