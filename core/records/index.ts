/** Telling records apart in bytes: pure, fast, and the same for every processor. */
export { bodyStart, countRecords, RecordCounter } from './count';
export { type CursorOptions, RecordCursor } from './cursor';
export { splitFields, unescaped } from './fields';
export { dialectOf, type Framing, framingOf, LINES, OUTPUT_DIALECT } from './framing';
export { byteOrderMark, headerEnd, parseHeader } from './header';
export { nothingAt, type Owned, OwnedLines, type Slice, windowStart } from './owned';
export { ESCAPED, FieldSpans, NOT_ASCII } from './spans';
export { findRecordStart } from './start';
