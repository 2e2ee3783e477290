import { isUtf8 } from 'node:buffer';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Fault } from '../../core/fault';
import { dialectOf, OUTPUT_DIALECT, splitFields } from '../../core/records';
import type { CsvDialect } from '../../core/spec/sections/csv';
import { MIB } from '../../core/units';
import { identifier, literal } from '../engine';
import type { BadRecord } from '../quarantine';
import { faultsOf } from '../rows/faults';
import { columnNames } from '../rows/text';
import { cursorOf } from '../rows/text-place';
import { type Check, compileText } from '../schema/checks';
import { type Column, checkDistinct, columnsOf } from '../schema/columns';
import { ALL_TEXT, type ColumnReading, modesFor, readingOf } from '../schema/reading';
import type { ChunkWork, TextSource } from '../work';
import { badRecordOf, type FiledRecord, type PreparedSource } from './sources';

/** Lines up to here cost DuckDB nothing extra. */
const USUAL_LINE_BYTES = 16 * MIB;
/** DuckDB needs a buffer of at least two of the longest lines. */
const ROOM_FOR_LINES = 2;

interface CsvFile {
  readonly file: string;
  readonly dialect: CsvDialect;
  readonly lineBreak: '\\n' | '\\r\\n';
  readonly columns: readonly Column[];
  readonly readings: readonly ColumnReading[];
  /** Bytes of the longest record. */
  readonly longest: number;
}

const LINE_BREAK_BYTES = 2;
const CARRIAGE_RETURN = 13;

/** The scan of a delimited file: strict, typed, nothing guessed. */
function scan({ file, dialect, lineBreak, columns, readings, longest }: CsvFile, noting: boolean): string {
  const types = columns.map(({ name }, i) => `${literal(name)}: ${literal(readings[i]?.readAs ?? '')}`).join(', ');
  const rejects = noting ? 'store_rejects = true, rejects_limit = 0' : 'ignore_errors = true';
  const line = Math.max(USUAL_LINE_BYTES, longest + LINE_BREAK_BYTES);
  return `read_csv(${literal(file)}, columns = {${types}}, auto_detect = false, header = false,
    delim = ${literal(dialect.delimiter)}, quote = ${literal(dialect.quote)}, escape = ${literal(dialect.escape)},
    new_line = '${lineBreak}', strict_mode = true, null_padding = false,
    max_line_size = ${line}, buffer_size = ${ROOM_FOR_LINES * line}, ${rejects})`;
}

interface Description {
  readonly dialect: CsvDialect;
  readonly columns: readonly Column[];
  readonly readings: readonly ColumnReading[];
  /** Undefined where only the validator can tell which records are valid. */
  readonly checks: readonly Check[] | undefined;
}

function describe(work: ChunkWork, source: TextSource): Description {
  const dialect = dialectOf(work.config.spec.input) ?? OUTPUT_DIALECT;
  const schema = work.config.schemas.input;
  const columns = columnsOf(columnNames(source, dialect, schema), schema);
  checkDistinct(columns, source.object.key);
  const text = source.bytes.subarray(source.body, source.end);
  const compiled = compileText(columns, { schema, modes: modesFor(text, columns), dirty: !isUtf8(text) });
  const readings = compiled?.readings ?? columns.map((column) => readingOf(column, ALL_TEXT));
  return { dialect, columns, readings, checks: compiled?.checks };
}

function common({ columns, readings, checks = [] }: Description, source: TextSource) {
  return {
    source,
    columns: columns.map(({ name }, i) => `${readings[i]?.value} AS ${identifier(name)}`).join(', '),
    casts: readings.flatMap(({ cast }) => (cast ? [`${cast.sql} AS ${cast.alias}`] : [])),
    checks,
    kinds: new Map(columns.map(({ name, kind }) => [name, kind])),
    pushesFilters: false,
  };
}

export interface CsvMode {
  /** Whether records are written anew before the engine sees them. */
  readonly rewrite: boolean;
  /** Of the source among those of its chunk. */
  readonly index: number;
}

/** A delimited source for the engine; a schema that SQL cannot check is checked here, and the engine is given the good records. */
export async function csvSource(work: ChunkWork, source: TextSource, { rewrite, index }: CsvMode): Promise<PreparedSource> {
  const description = describe(work, source);
  const target = { file: path.join(work.scratch, `${rewrite ? 'rewritten' : 'input'}-${index}.csv`), description };
  return rewrite || !description.checks ? csvRewritten(work, source, target) : csvAsIs(source, target);
}

interface Target {
  readonly file: string;
  readonly description: Description;
}

/** The owned bytes as they are, which is right for every file that is written one way throughout. */
async function csvAsIs(source: TextSource, { file, description }: Target): Promise<PreparedSource> {
  const { dialect, columns, readings } = description;
  await writeFile(file, source.bytes.subarray(source.body, source.end));
  const lineBreak = firstLineBreak(source, dialect);
  return {
    ...common(description, source),
    file,
    reader: (noting) => scan({ file, dialect, lineBreak, columns, readings, longest: source.longest }, noting),
    bad: [],
    filed: () => filedAsIs(source, dialect),
    expected: source.read.records,
  };
}

/** Looked for where it must be unless the file begins with empty lines, since no line is longer than the longest record. */
function firstLineBreak({ bytes, body, end, longest }: TextSource, dialect: CsvDialect): CsvFile['lineBreak'] {
  const near = cursorOf({ bytes, body, end: Math.min(end, body + longest + LINE_BREAK_BYTES) }, dialect);
  const cursor = near.next() ? near : cursorOf({ bytes, body, end }, dialect);
  return (cursor === near || cursor.next()) && bytes[cursor.end] === CARRIAGE_RETURN ? '\\r\\n' : '\\n';
}

function filedAsIs(source: TextSource, dialect: CsvDialect): readonly FiledRecord[] {
  const cursor = cursorOf(source, dialect);
  const filed: FiledRecord[] = [];
  while (cursor.next()) {
    const { start, end, records } = cursor;
    filed.push({ record: records - 1, filed: start - source.body, start, end });
  }
  return filed;
}

/**
 * The records rewritten one way: every field quoted, every line ended by LF. Slower, and only for files that mix line
 * breaks or bend the rules so that DuckDB would find other records than the splitter did, and for schemas beyond SQL.
 */
async function csvRewritten(work: ChunkWork, source: TextSource, { file, description }: Target): Promise<PreparedSource> {
  const { dialect, columns, readings, checks } = description;
  const faults = checks ? new Map<number, Fault>() : await faultsOf({ ...work, sources: [source] });
  const { lines, filed, bad } = rewrite(source, { dialect, columns: columns.length, faults });
  await writeFile(file, lines.join(''));
  const longest = lines.reduce((most, line) => Math.max(most, Buffer.byteLength(line)), 0);
  return {
    ...common(description, source),
    file,
    reader: (noting) => scan({ file, dialect: OUTPUT_DIALECT, lineBreak: '\\n', columns, readings, longest }, noting),
    bad,
    filed: () => filed,
    expected: filed.length,
  };
}

interface Rewriting {
  readonly dialect: CsvDialect;
  readonly columns: number;
  /** What is known to be wrong with records, by their number. */
  readonly faults: ReadonlyMap<number, Fault>;
}

function rewrite(source: TextSource, { dialect, columns, faults }: Rewriting) {
  const cursor = cursorOf(source, dialect);
  const lines: string[] = [];
  const filed: FiledRecord[] = [];
  const bad: BadRecord[] = [];
  let position = 0;
  while (cursor.next()) {
    const { start, end, records } = cursor;
    const at = { record: records - 1, start, end };
    const rewritten = faults.get(at.record) ?? rewriteRecord(source.bytes.subarray(start, end), dialect, columns);
    if (rewritten instanceof Fault) bad.push(badRecordOf(source, at, rewritten));
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
