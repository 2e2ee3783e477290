import { isUtf8 } from 'node:buffer';
import { Fault } from '../../core/fault';
import { dialectOf, type RecordCursor, splitFields } from '../../core/records';
import type { CsvDialect } from '../../core/spec/sections/csv';
import { KIB } from '../../core/units';
import { checkRequired, columnsOf, propertiesOf, type Schema } from '../schema/columns';
import type { ChunkWork, TextSource } from '../work';
import type { TypedRecord } from './convert';
import { DelimitedParser } from './delimited';
import { JsonParser } from './json';
import type { Reading, ReadRecord } from './records';
import { cursorOf, TextRecord } from './text-place';

/** Turns the bytes of records into values, or says why it cannot; `load` comes before the records that lie in those bytes. */
interface Parser {
  load(bytes: Buffer, start: number, end: number): void;
  parse(start: number, end: number): TypedRecord | Fault;
}

/** Records are handed on in batches: few enough to stop between them, many enough to cost nothing. */
const BATCH_RECORDS = 1000;
/** Slices of a batch's text keep all of it alive, so it is small; a single record may be larger. */
const BATCH_BYTES = 64 * KIB;

/** The records of a text source, in batches. */
export function* textRecords(reading: Reading, source: TextSource): Generator<readonly ReadRecord[]> {
  const batches = new TextBatches(reading, source);
  for (let count = batches.next(); count > 0; count = batches.next()) {
    const batch: ReadRecord[] = [];
    for (let i = 0; i < count; i += 1) batch.push(batches.record(i));
    yield batch;
  }
}

/** Where the records of a text source lie, a batch at a time, and what they are, where somebody asks. */
export class TextBatches {
  readonly starts = new Int32Array(BATCH_RECORDS);
  readonly ends = new Int32Array(BATCH_RECORDS);
  count = 0;
  /** Number of the batch's first record. */
  first = 0;
  /** Whether all bytes are text. */
  readonly isText: boolean;
  private isLoaded = false;
  private readonly cursor: RecordCursor;
  private readonly parser: Parser;

  constructor(
    private readonly reading: Reading,
    private readonly source: TextSource,
  ) {
    const dialect = dialectOf(reading.work.config.spec.input);
    this.cursor = cursorOf(source, dialect);
    this.isText = isUtf8(source.bytes.subarray(source.body, source.end));
    const parser = dialect ? delimitedParser(reading.work, source, dialect) : jsonParser(reading);
    this.parser = this.isText ? parser : withTextCheck(parser, source);
  }

  /** Goes on to the next batch; answers how many records it has, 0 when none is left. */
  next(): number {
    const { cursor, starts, ends } = this;
    let count = 0;
    while (count < BATCH_RECORDS && cursor.next()) {
      starts[count] = cursor.start;
      ends[count] = cursor.end;
      count += 1;
      if (cursor.end - (starts[0] as number) >= BATCH_BYTES) break;
    }
    this.count = count;
    this.isLoaded = false;
    this.first = this.reading.number;
    this.reading.number += count;
    return count;
  }

  /** The batch's record at this index, parsed and validated. */
  record(index: number): TextRecord {
    const [start, end] = [this.starts[index] as number, this.ends[index] as number];
    if (!this.isLoaded) this.load();
    const parsed = this.parser.parse(start, end);
    const fault = parsed instanceof Fault ? parsed : this.reading.validate(parsed);
    const value = fault ? undefined : (parsed as TypedRecord);
    return new TextRecord({ source: this.source, number: this.first + index, start, end }, value, fault);
  }

  private load(): void {
    this.isLoaded = true;
    this.parser.load(this.source.bytes, this.starts[0] as number, this.ends[this.count - 1] as number);
  }
}

const INVALID_TEXT = new Fault('PARSE', 'is not valid UTF-8');

/** Looks at every single record, where the whole is not clean. */
const withTextCheck = (parser: Parser, { bytes: all }: TextSource): Parser => ({
  load: (bytes, start, end) => parser.load(bytes, start, end),
  parse: (start, end) => (isUtf8(all.subarray(start, end)) ? parser.parse(start, end) : INVALID_TEXT),
});

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
