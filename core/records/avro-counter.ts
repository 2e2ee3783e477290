import { AvroCursor, AvroError, natural, parseAvroHeader, SYNC_BYTES, unlessShort } from './avro-header';

const NOTHING = Buffer.alloc(0);

/** Counts the records of an Avro file that comes in pieces, by what its blocks say. */
export class AvroCounter {
  private records = 0;
  private rest: Buffer = NOTHING;
  private sync: Buffer | undefined;

  add(piece: Buffer): void {
    this.rest = Buffer.concat([this.rest, piece]);
    while (this.step());
  }

  finish(): number {
    if (!this.sync || this.rest.length > 0) throw new AvroError('it ends too early');
    return this.records;
  }

  /** Whether something whole was there to be read. */
  private step(): boolean {
    return this.sync ? this.readBlock(this.sync) : this.readHeader();
  }

  private readHeader(): boolean {
    const header = parseAvroHeader(this.rest);
    if (!header) return false;
    this.sync = header.sync;
    this.rest = this.rest.subarray(header.end);
    return true;
  }

  private readBlock(sync: Buffer): boolean {
    const cursor = new AvroCursor(this.rest, 0);
    const head = unlessShort(() => ({
      records: natural(cursor.long('the number of records of a block'), 'the number of records of a block'),
      size: natural(cursor.long('the size of a block'), 'the size of a block'),
    }));
    if (!head) return false;
    const end = cursor.at + head.size + SYNC_BYTES;
    if (this.rest.length < end) return false;
    if (!this.rest.subarray(end - SYNC_BYTES, end).equals(sync)) throw new AvroError('a block does not end with the sync marker');
    this.records += head.records;
    this.rest = this.rest.subarray(end);
    return true;
  }
}
