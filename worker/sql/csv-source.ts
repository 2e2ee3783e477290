import { isUtf8 } from 'node:buffer';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Fault } from '../../core/fault';
import { dialectOf, OUTPUT_DIALECT, splitFields } from '../../core/records';
import type { CsvDialect } from '../../core/spec/sections/csv';
import { MIB } from '../../core/units';
import { identifier, literal } from '../engine';
import type { BadRecord } from '../quarantine';
import { columnNames, cursorOf } from '../rows/text';
import { castText, checkCompilable, checksOf, isReadAsText, type TextOrigin } from '../schema/checks';
import { type Column, checkDistinct, columnsOf, sqlType } from '../schema/columns';
import type { ChunkWork, TextSource } from '../work';
import type { FiledRecord, PreparedSource } from './sources';

/** Lines up to here cost DuckDB nothing extra. */
const USUAL_LINE_BYTES = 16 * MIB;
/** DuckDB needs a buffer of at least two of the longest lines. */
const ROOM_FOR_LINES = 2;

interface CsvFile {
  readonly file: string;
  readonly dialect: CsvDialect;
  readonly lineBreak: '\\n' | '\\r\\n';
  /** How each column is read. */
  readonly types: string;
  /** Bytes of the longest record. */
  readonly longest: number;
}

const LINE_BREAK_BYTES = 2;

/** The scan of a delimited file: strict, typed, nothing guessed. */
function scan({ file, dialect, lineBreak, types, longest }: CsvFile, noting: boolean): string {
  const rejects = noting ? 'store_rejects = true, rejects_limit = 0' : 'ignore_errors = true';
  const line = Math.max(USUAL_LINE_BYTES, longest + LINE_BREAK_BYTES);
  return `read_csv(${literal(file)}, columns = {${types}}, auto_detect = false, header = false,
    delim = ${literal(dialect.delimiter)}, quote = ${literal(dialect.quote)}, escape = ${literal(dialect.escape)},
    new_line = '${lineBreak}', strict_mode = true, null_padding = false,
    max_line_size = ${line}, buffer_size = ${ROOM_FOR_LINES * line}, ${rejects})`;
}

function describe(work: ChunkWork, source: TextSource) {
  const dialect = dialectOf(work.config.spec.input) ?? OUTPUT_DIALECT;
  const schema = work.config.schemas.input;
  checkCompilable(schema);
  const all = columnsOf(columnNames(source, dialect, schema), schema);
  checkDistinct(all, source.object.key);
  const text = source.bytes.subarray(source.body, source.end);
  const origin: TextOrigin = { dirty: !isUtf8(text), underscores: text.includes('_') };
  const read = all.map((column) => ({ column, asText: isReadAsText(column, origin.underscores) }));
  return {
    dialect,
    width: all.length,
    types: read.map(({ column, asText }) => `${literal(column.name)}: ${literal(asText ? 'VARCHAR' : sqlType(column))}`).join(', '),
    common: {
      source,
      columns: read.map(({ column, asText }) => typedAs(column, asText)).join(', '),
      checks: checksOf(all, origin),
      pushesFilters: false,
    },
  };
}

const typedAs = (column: Column, asText: boolean): string =>
  `${asText ? castText(column) : identifier(column.name)} AS ${identifier(column.name)}`;

/** The owned bytes as they are, which is right for every file that is written one way throughout. */
export async function csvAsIs(work: ChunkWork, source: TextSource, index: number): Promise<PreparedSource> {
  const { dialect, types, common } = describe(work, source);
  const file = path.join(work.scratch, `input-${index}.csv`);
  await writeFile(file, source.bytes.subarray(source.body, source.end));
  const cursor = cursorOf(source, dialect);
  const lineBreak = cursor.next() && source.bytes[cursor.end] === 13 ? '\\r\\n' : '\\n';
  return {
    ...common,
    file,
    reader: (noting) => scan({ file, dialect, lineBreak, types, longest: source.longest }, noting),
    bad: [],
    filed: () => filedAsIs(source, dialect),
    expected: source.read.records,
  };
}

function filedAsIs(source: TextSource, dialect: CsvDialect): readonly FiledRecord[] {
  const cursor = cursorOf(source, dialect);
  const filed: FiledRecord[] = [];
  while (cursor.next()) {
    const { start, end, records } = cursor;
    filed.push({ record: records - 1, offset: source.origin + start, filed: start - source.body, raw: source.bytes.subarray(start, end) });
  }
  return filed;
}

/**
 * The records rewritten one way: every field quoted, every line ended by LF. Slower, and only for files that mix line
 * breaks or bend the rules so that DuckDB would find other records than the splitter did.
 */
export async function csvRewritten(work: ChunkWork, source: TextSource, index: number): Promise<PreparedSource> {
  const { dialect, width, types, common } = describe(work, source);
  const file = path.join(work.scratch, `rewritten-${index}.csv`);
  const { lines, filed, bad } = rewrite(source, dialect, width);
  await writeFile(file, lines.join(''));
  const longest = lines.reduce((most, line) => Math.max(most, Buffer.byteLength(line)), 0);
  return {
    ...common,
    file,
    reader: (noting) => scan({ file, dialect: OUTPUT_DIALECT, lineBreak: '\\n', types, longest }, noting),
    bad,
    filed: () => filed,
    expected: filed.length,
  };
}

function rewrite(source: TextSource, dialect: CsvDialect, columns: number) {
  const cursor = cursorOf(source, dialect);
  const lines: string[] = [];
  const filed: FiledRecord[] = [];
  const bad: BadRecord[] = [];
  let position = 0;
  while (cursor.next()) {
    const raw = source.bytes.subarray(cursor.start, cursor.end);
    const at = { record: cursor.records - 1, offset: source.origin + cursor.start, raw };
    const rewritten = rewriteRecord(raw, dialect, columns);
    if (rewritten instanceof Fault) bad.push({ object: source.object, fault: rewritten, ...at });
    else {
      lines.push(rewritten);
      filed.push({ ...at, filed: position });
      position += Buffer.byteLength(rewritten);
    }
  }
  return { lines, filed, bad };
}

function rewriteRecord(raw: Buffer, dialect: CsvDialect, columns: number): string | Fault {
  if (!isUtf8(raw)) return new Fault('PARSE', 'is not valid UTF-8');
  const fields = splitFields(raw.toString('utf8'), dialect);
  if (!fields) return new Fault('PARSE', 'has malformed quotes');
  if (fields.length !== columns) return new Fault('PARSE', `has ${fields.length} fields, expected ${columns}`);
  return `${fields.map((field) => `"${field.replaceAll('"', '""')}"`).join(',')}\n`;
}
