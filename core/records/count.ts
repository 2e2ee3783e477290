import type { CsvDialect } from '../spec/sections/csv';
import { RecordCursor } from './cursor';
import { framingOf } from './framing';
import { byteOrderMark, headerEnd } from './header';

/** Records of a whole file, its header not counted; without a dialect a record is a line. Empty lines never count. */
export function countRecords(bytes: Buffer, dialect?: CsvDialect): number {
  const cursor = new RecordCursor(bytes, {
    start: bodyStart(bytes, dialect),
    end: bytes.length,
    framing: framingOf(dialect),
    complete: true,
  });
  while (cursor.next());
  return cursor.records;
}

/** Where a file's records begin: after its byte order mark and its header. */
export function bodyStart(bytes: Buffer, dialect?: CsvDialect): number {
  if (!dialect?.header) return byteOrderMark(bytes);
  const end = headerEnd(bytes, dialect);
  return end === -1 ? bytes.length : end;
}
