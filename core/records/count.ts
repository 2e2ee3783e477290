import type { CsvDialect } from '../spec/sections/csv';
import { RecordCursor } from './cursor';
import { type Framing, framingOf } from './framing';
import { byteOrderMark, headerEnd } from './header';

const NOTHING = Buffer.alloc(0);

/** Counts the records of a whole file that comes in pieces, its header not counted; memory holds one piece and one record. */
export class RecordCounter {
  private records = 0;
  private rest: Buffer = NOTHING;
  private begun = false;
  private readonly framing: Framing;

  /** Without a dialect a record is a line. Empty lines never count. */
  constructor(private readonly dialect?: CsvDialect) {
    this.framing = framingOf(dialect);
  }

  add(piece: Buffer): void {
    this.count(this.rest.length === 0 ? piece : Buffer.concat([this.rest, piece]), false);
  }

  finish(): number {
    this.count(this.rest, true);
    return this.records;
  }

  private count(bytes: Buffer, complete: boolean): void {
    this.rest = bytes;
    if (!this.begun && !complete && this.endsInHeader(bytes)) return;
    const start = this.begun ? 0 : bodyStart(bytes, this.dialect);
    this.begun = true;
    const cursor = new RecordCursor(bytes, { start, end: bytes.length, framing: this.framing, complete });
    while (cursor.next());
    this.records += cursor.records;
    this.rest = bytes.subarray(cursor.position);
  }

  private endsInHeader(bytes: Buffer): boolean {
    return this.dialect?.header === true && headerEnd(bytes, this.dialect) === -1;
  }
}

/** Records of a whole file that is at hand. */
export function countRecords(bytes: Buffer, dialect?: CsvDialect): number {
  const counter = new RecordCounter(dialect);
  counter.add(bytes);
  return counter.finish();
}

/** Where a file's records begin: after its byte order mark and its header. */
export function bodyStart(bytes: Buffer, dialect?: CsvDialect): number {
  if (!dialect?.header) return byteOrderMark(bytes);
  const end = headerEnd(bytes, dialect);
  return end === -1 ? bytes.length : end;
}
