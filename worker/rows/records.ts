import type { Fault } from '../../core/fault';
import type { Meter } from '../meter';
import type { BadRecord, Kept } from '../quarantine';
import { type Validate, validatorOf } from '../schema/validator';
import type { ChunkWork, Source } from '../work';
import type { TypedRecord } from './convert';
import { parquetRecords } from './parquet';
import { textRecords } from './text';

/** One record of a chunk as a function or a program is given it, or what is wrong with it. */
export interface ReadRecord {
  readonly source: Source;
  /** Number within the chunk, from 0. */
  readonly number: number;
  /** Byte offset in the object, as it expands where it is compressed, of its block for Avro; for Parquet the row's number. */
  readonly offset: number;
  /** The record's bytes as they were read, made when asked for. */
  readonly raw: () => Buffer;
  /** What quarantine keeps of it. */
  readonly kept: () => Kept;
  readonly value: TypedRecord | undefined;
  readonly fault: Fault | undefined;
}

/** The record as quarantine takes it. */
export const badRecord = ({ source, number, kept }: Pick<ReadRecord, 'source' | 'number' | 'kept'>, fault: Fault): BadRecord => ({
  object: source.object,
  record: number,
  fault,
  ...kept(),
});

/** A chunk's records as they are read, one after the other. */
export interface Reading {
  readonly work: ChunkWork;
  readonly validate: Validate;
  /** Whether records are only looked at here, and read by SQL, whose numbers are exact where JavaScript's are not. */
  readonly forSql: boolean;
  /** Records read so far: the number of the next one. */
  number: number;
}

export const readingOf = (work: ChunkWork, forSql: boolean): Reading => ({
  work,
  validate: validatorOf(work.config.schemas.input, 'input'),
  forSql,
  number: 0,
});

/** Every record of a chunk in order, parsed, typed and validated. */
export async function* readRecords(work: ChunkWork, { forSql = false } = {}): AsyncGenerator<readonly ReadRecord[]> {
  const reading = readingOf(work, forSql);
  for (const source of work.sources) yield* timed(recordsOf(reading, source), work.meter, ({ length }) => length);
}

/** The records of one source, in batches. */
export const recordsOf = (reading: Reading, source: Source): Batches<readonly ReadRecord[]> =>
  source.kind === 'text' ? textRecords(reading, source) : parquetRecords(reading, source);

export type Batches<T> = Iterator<T> | AsyncIterator<T>;

/** The same batches, with what each took to make. */
export async function* timed<T>(batches: Batches<T>, meter: Meter, recordsIn: (batch: T) => number): AsyncGenerator<T> {
  for (;;) {
    const begun = performance.now();
    const { done, value } = await batches.next();
    meter.add('parse', { seconds: (performance.now() - begun) / 1000, records: done ? 0 : recordsIn(value) });
    if (done) return;
    yield value;
  }
}
