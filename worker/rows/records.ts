import { isUtf8 } from 'node:buffer';
import { Fault } from '../../core/fault';
import { dialectOf, framingOf, RecordCursor, splitFields } from '../../core/records';
import type { CsvDialect } from '../../core/spec/sections/csv';
import { checkRequired, columnsOf, propertiesOf, type Schema } from '../schema/columns';
import { type Validate, validatorOf } from '../schema/validator';
import type { ChunkWork, Source, TextSource } from '../work';
import { recordMaker, type TypedRecord } from './convert';
import { parquetRecords } from './parquet';

/** One record of a chunk as a function or a program is given it, or what is wrong with it. */
export interface ReadRecord {
  readonly source: Source;
  /** Number within the chunk, from 0. */
  readonly number: number;
  /** Byte offset in the object, in its text where it is compressed, of its block for Avro; for Parquet the row's number. */
  readonly offset: number;
  /** The record's bytes, made when asked for. */
  raw(): Buffer;
  readonly value: TypedRecord | undefined;
  readonly fault: Fault | undefined;
}

/** Turns the bytes of one record into a value, or says why it cannot. */
type Parse = (bytes: Buffer, start: number, end: number) => TypedRecord | Fault;

const INVALID_TEXT = new Fault('PARSE', 'is not valid UTF-8');

/** A cursor over a text source's records. */
export function cursorOf({ bytes, body, end }: TextSource, dialect: CsvDialect | undefined): RecordCursor {
  return new RecordCursor(bytes.subarray(0, end), { start: body, end, framing: framingOf(dialect), complete: true });
}

/** Every record of a chunk in order, parsed, typed and validated. */
export async function* readRecords(work: ChunkWork): AsyncGenerator<readonly ReadRecord[]> {
  const validate = validatorOf(work.config.schemas.input, 'input');
  let number = 0;
  for (const source of work.sources) {
    const batches = source.kind === 'text' ? textRecords(work, source) : parquetRecords(work, source);
    for await (const batch of batches) {
      yield batch.map((record) => validated({ ...record, number: number++ }, validate));
    }
  }
}

function validated(record: ReadRecord, validate: Validate): ReadRecord {
  const fault = record.fault ?? validate(record.value);
  return fault ? { ...record, value: undefined, fault } : record;
}

/** Records are handed on in batches: few enough to stop between them, many enough to cost nothing. */
const BATCH_RECORDS = 1000;

function* textRecords(work: ChunkWork, source: TextSource): Generator<readonly ReadRecord[]> {
  const { input } = work.config.spec;
  const dialect = dialectOf(input);
  const cursor = cursorOf(source, dialect);
  const parse = withTextCheck(dialect ? delimitedParser(work, source, dialect) : parseJson, source);
  let batch: ReadRecord[] = [];
  while (cursor.next()) {
    batch.push(textRecord(source, cursor, parse));
    if (batch.length === BATCH_RECORDS) {
      yield batch;
      batch = [];
    }
  }
  yield batch;
}

function textRecord(source: TextSource, { start, end, records }: RecordCursor, parse: Parse): ReadRecord {
  const parsed = parse(source.bytes, start, end);
  const bad = parsed instanceof Fault;
  return {
    source,
    number: records - 1,
    offset: source.locate ? source.locate(source.origin + start) : source.origin + start,
    raw: () => source.bytes.subarray(start, end),
    value: bad ? undefined : parsed,
    fault: bad ? parsed : undefined,
  };
}

/** Looks at single records only where the whole is not clean. */
function withTextCheck(parse: Parse, { bytes, body, end }: TextSource): Parse {
  if (isUtf8(bytes.subarray(body, end))) return parse;
  return (all, from, to) => (isUtf8(all.subarray(from, to)) ? parse(all, from, to) : INVALID_TEXT);
}

const NO_OBJECT = new Fault('PARSE', 'is not a JSON object');

/** Parses one line of JSON; only an object is a record. */
export const parseJson: Parse = (bytes, start, end) => {
  try {
    const value: unknown = JSON.parse(bytes.toString('utf8', start, end));
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as TypedRecord) : NO_OBJECT;
  } catch (thrown) {
    return new Fault('PARSE', `is not JSON: ${thrown instanceof Error ? thrown.message : String(thrown)}`.slice(0, 200));
  }
};

const MALFORMED_QUOTES = new Fault('PARSE', 'has malformed quotes');

function delimitedParser(work: ChunkWork, source: TextSource, dialect: CsvDialect): Parse {
  const names = columnNames(source, dialect, work.config.schemas.input);
  const make = recordMaker(columnsOf(names, work.config.schemas.input));
  return (bytes, start, end) => {
    const fields = splitFields(bytes.toString('utf8', start, end), dialect);
    return fields ? make(fields) : MALFORMED_QUOTES;
  };
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
