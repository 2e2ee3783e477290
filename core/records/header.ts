import type { CsvDialect } from '../spec/sections/csv';
import { splitFields } from './fields';
import { framingOf } from './framing';
import { CARRIAGE_RETURN, LINE_FEED, LineScanner } from './scanner';

const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf]);

/** Bytes of the byte order mark that a file may begin with: 3 or 0. */
export const byteOrderMark = (bytes: Buffer): number => (bytes.subarray(0, 3).equals(BYTE_ORDER_MARK) ? 3 : 0);

/** Where the line of the header ends: the file's first line, even an empty one; -1 when the bytes end before it. */
export const headerEnd = (bytes: Buffer, dialect: CsvDialect): number =>
  new LineScanner(bytes, framingOf(dialect)).endOf(byteOrderMark(bytes));

/** Column names from the first bytes of a file; undefined when they end within the first line and are not the complete file. */
export function parseHeader(bytes: Buffer, dialect: CsvDialect, { complete = false } = {}): string[] | undefined {
  const end = headerEnd(bytes, dialect);
  if (end === -1 && !complete) return undefined;
  const line = bytes.subarray(byteOrderMark(bytes), end === -1 ? bytes.length : end).toString('utf8');
  const names = splitFields(withoutLineBreak(line), dialect);
  if (!names) throw new RangeError(`the header ${shown(line)} has malformed quotes, expected a field to end after its closing quote`);
  checkNames(names);
  return [...names];
}

function checkNames(names: readonly string[]): void {
  const empty = names.indexOf('');
  if (empty !== -1) throw new RangeError(`column ${empty + 1} of the header has no name, expected ${names.length} names`);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new RangeError(`the header names column ${shown(twice)} twice, expected each name once`);
  if (names.includes('__proto__')) throw new RangeError('the header names a column "__proto__", which cannot be a property of a record');
}

function withoutLineBreak(line: string): string {
  if (line.charCodeAt(line.length - 1) !== LINE_FEED) return line;
  return line.charCodeAt(line.length - 2) === CARRIAGE_RETURN ? line.slice(0, -2) : line.slice(0, -1);
}

/** Long enough to recognise, short enough for a message. */
const shown = (text: string): string => JSON.stringify(text.slice(0, 80));
