import { isUtf8 } from 'node:buffer';
import { Fault } from '../../core/fault';
import { dialectOf, framingOf, RecordCursor, splitFields } from '../../core/records';
import type { CsvDialect } from '../../core/spec/sections/csv';
import { KIB } from '../../core/units';
import { checkRequired, columnsOf, propertiesOf, type Schema } from '../schema/columns';
import type { ChunkWork, TextSource } from '../work';
import type { TypedRecord } from './convert';
import { DelimitedParser } from './delimited';
import { JsonParser } from './json';
import type { Reading, ReadRecord } from './records';

/** Turns the bytes of records into values, or says why it cannot; `load` comes before the records that lie in those bytes. */
interface Parser {
  load(bytes: Buffer, start: number, end: number): void;
  parse(start: number, end: number): TypedRecord | Fault;
}

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

/** Records are handed on in batches: few enough to stop between them, many enough to cost nothing. */
const BATCH_RECORDS = 1000;
/** Slices of a batch's text keep all of it alive, so it is small; a single record may be larger. */
const BATCH_BYTES = 64 * KIB;

/** The records of a text source, in batches. */
export function* textRecords(reading: Reading, source: TextSource): Generator<readonly ReadRecord[]> {
  const dialect = dialectOf(reading.work.config.spec.input);
  const cursor = cursorOf(source, dialect);
  const parser = withTextCheck(dialect ? delimitedParser(reading.work, source, dialect) : jsonParser(reading), source);
  const [starts, ends] = [new Int32Array(BATCH_RECORDS), new Int32Array(BATCH_RECORDS)];
  for (;;) {
    const count = nextPlaces(cursor, starts, ends);
    if (count === 0) return;
    parser.load(source.bytes, starts[0] as number, ends[count - 1] as number);
    const batch: ReadRecord[] = [];
    for (let i = 0; i < count; i += 1)
      batch.push(textRecord(reading, source, parser, { start: starts[i] as number, end: ends[i] as number }));
    yield batch;
  }
}

/** Writes down where the next records lie; answers how many there are. */
function nextPlaces(cursor: RecordCursor, starts: Int32Array, ends: Int32Array): number {
  let count = 0;
  while (count < BATCH_RECORDS && cursor.next()) {
    starts[count] = cursor.start;
    ends[count] = cursor.end;
    count += 1;
    if (cursor.end - (starts[0] as number) >= BATCH_BYTES) break;
  }
  return count;
}

function textRecord(reading: Reading, source: TextSource, parser: Parser, { start, end }: { start: number; end: number }): ReadRecord {
  const parsed = parser.parse(start, end);
  const fault = parsed instanceof Fault ? parsed : reading.validate(parsed);
  const value = fault ? undefined : (parsed as TypedRecord);
  return new TextRecord({ source, number: reading.number++, start, end }, value, fault);
}

const INVALID_TEXT = new Fault('PARSE', 'is not valid UTF-8');

/** Looks at single records only where the whole is not clean. */
function withTextCheck(parser: Parser, source: TextSource): Parser {
  if (isUtf8(source.bytes.subarray(source.body, source.end))) return parser;
  return {
    load: (bytes, start, end) => parser.load(bytes, start, end),
    parse: (start, end) => (isUtf8(source.bytes.subarray(start, end)) ? parser.parse(start, end) : INVALID_TEXT),
  };
}

function jsonParser({ work, forSql }: Reading): Parser {
  const { input } = work.config.schemas;
  const columns = columnsOf(Object.keys(propertiesOf(input)), input);
  return new JsonParser({ ownNumbers: forSql, integers: columns.filter(({ kind }) => kind === 'integer').map(({ name }) => name) });
}

function delimitedParser(work: ChunkWork, source: TextSource, dialect: CsvDialect): Parser {
  const names = columnNames(source, dialect, work.config.schemas.input);
  return new DelimitedParser(columnsOf(names, work.config.schemas.input), dialect);
}

/** Column names of a delimited source: its header's, else the schema's in their order, else `column0`, `column1`… */
export function columnNames(source: TextSource, dialect: CsvDialect, schema: Schema | undefined): readonly string[] {
  const named = source.object.header ?? Object.keys(propertiesOf(schema));
  const names = named.length > 0 ? named : numberedNames(source, dialect);
  checkRequired(names, schema, source.object.key);
  return names;
}

function numberedNames(source: TextSource, dialect: CsvDialect): readonly string[] {
  const cursor = cursorOf(source, dialect);
  if (!cursor.next()) return [];
  const fields = splitFields(source.bytes.toString('utf8', cursor.start, cursor.end), dialect) ?? [];
  return fields.map((_, index) => `column${index}`);
}
