import { CODECS, type Codec } from '../../adapters/avro/codecs';
import type { AvroBlock } from '../../core/records/avro-blocks';
import { AvroError, type AvroHeader, avroCodec } from '../../core/records/avro-header';
import type { SqlColumn } from '../work';
import { BadValueError } from './logical';
import { columnsOf, plainOf, recordType } from './values';

/** Records of no bytes are legal, but nobody stores many: a block that claims more is made to exhaust its reader. */
const MAX_EMPTY_RECORDS = 1_000_000;
/** Lines handed on at once. */
const BATCH_LINES = 1000;

/** Turns the blocks of one file into JSON lines, one per record. */
export class AvroLines {
  readonly columns: readonly SqlColumn[];
  private readonly type: ReturnType<typeof recordType>;
  private readonly plain: (value: never) => unknown;
  private readonly expand: Codec;

  constructor(header: AvroHeader) {
    this.type = recordType(header.schema);
    this.columns = columnsOf(this.type);
    this.plain = plainOf(this.type);
    this.expand = CODECS[avroCodec(header)];
  }

  /** The lines of a block in batches; a block that is not what it says is an `AvroError` that names its place. */
  async *of(block: AvroBlock): AsyncGenerator<readonly string[]> {
    try {
      yield* this.linesOf(await this.expand(block.data), block.records);
    } catch (thrown) {
      const message = thrown instanceof Error ? thrown.message : String(thrown);
      throw new AvroError(`the block that begins at byte ${block.start} is corrupt: ${message}`);
    }
  }

  private *linesOf(data: Buffer, records: number): Generator<readonly string[]> {
    if (records > Math.max(data.length, MAX_EMPTY_RECORDS))
      throw new AvroError(`it says that ${data.length} bytes hold ${records} records`);
    let at = 0;
    let batch: string[] = [];
    for (let record = 0; record < records; record += 1) {
      const { value, offset } = this.type.decode(data, at);
      if (offset < 0) throw new AvroError(`record ${record} of ${records} ends behind it`);
      at = offset;
      batch.push(this.line(value as never));
      if (batch.length === BATCH_LINES) {
        yield batch;
        batch = [];
      }
    }
    if (at !== data.length) throw new AvroError(`its ${records} records take ${at} of its ${data.length} bytes`);
    yield batch;
  }

  /** A record with a value that cannot be is a line that is no record, so that it goes to quarantine by itself. */
  private line(value: never): string {
    try {
      return JSON.stringify(this.plain(value));
    } catch (thrown) {
      if (thrown instanceof BadValueError) return JSON.stringify(thrown.message);
      throw thrown;
    }
  }
}
