import { randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import { deflateRaw } from 'node:zlib';
import { Type } from 'avsc';
import { SYNC_BYTES } from '../../core/records/avro-header';
import type { AvroNamed } from '../../core/work/avro-schema';
import { recordEncoder } from './encode';

const MAGIC = Buffer.from('Obj\x01');
const METADATA = Type.forSchema({ type: 'map', values: 'bytes' });
const LONG = Type.forSchema('long');

const long = (value: number): Buffer => LONG.toBuffer(value);

/** How the blocks that are written are compressed. */
const CODECS = {
  null: async (data: Buffer): Promise<Buffer> => data,
  deflate: promisify(deflateRaw) as (data: Buffer) => Promise<Buffer>,
} as const;

/** Makes the bytes of an object container file: a header, then blocks. */
export class AvroContainer {
  /** Random, so that no record holds it but by ill luck. */
  private readonly sync = randomBytes(SYNC_BYTES);
  private readonly encode: (record: Readonly<Record<string, unknown>>) => Buffer;

  constructor(
    private readonly schema: AvroNamed,
    private readonly codec: keyof typeof CODECS,
  ) {
    this.encode = recordEncoder(schema);
  }

  header(): Buffer {
    const metadata = { 'avro.schema': Buffer.from(JSON.stringify(this.schema)), 'avro.codec': Buffer.from(this.codec) };
    return Buffer.concat([MAGIC, METADATA.toBuffer(metadata), this.sync]);
  }

  async block(records: readonly Readonly<Record<string, unknown>>[]): Promise<Buffer> {
    const data = await CODECS[this.codec](Buffer.concat(records.map((record) => this.encode(record))));
    return Buffer.concat([long(records.length), long(data.length), data, this.sync]);
  }
}
