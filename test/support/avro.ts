import { once } from 'node:events';
import { Readable } from 'node:stream';
import { crc32, deflateRawSync } from 'node:zlib';
import { streams, Type } from 'avsc';
import { bzip2, plainFrame } from './compressed';

/** A schema as people write it. */
export type AvroSchema = Parameters<typeof Type.forSchema>[0];

const SYNC = Buffer.from('0123456789abcdef');
const LONG = Type.forSchema('long');
const METADATA = Type.forSchema({ type: 'map', values: 'bytes' });

const long = (value: number): Buffer => LONG.toBuffer(value);

/** Snappy as it may be: literals only, after the size and before Avro's checksum. */
function snappy(bytes: Buffer): Buffer {
  const size: number[] = [];
  for (let left = bytes.length; ; left >>>= 7) {
    size.push(left > 127 ? (left & 127) | 128 : left);
    if (left <= 127) break;
  }
  const literals: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += 60) {
    const part = bytes.subarray(at, at + 60);
    literals.push(Buffer.from([(part.length - 1) << 2]), part);
  }
  const checksum = Buffer.alloc(4);
  checksum.writeUInt32BE(crc32(bytes));
  return Buffer.concat([Buffer.from(size), ...literals, checksum]);
}

const CODECS: Readonly<Record<string, (bytes: Buffer) => Buffer | Promise<Buffer>>> = {
  null: (bytes) => bytes,
  deflate: (bytes) => deflateRawSync(bytes),
  snappy,
  zstandard: (bytes) => plainFrame(bytes),
  bzip2: (bytes) => bzip2(bytes),
};

export interface AvroFile {
  readonly file: Buffer;
  /** Where each block begins. */
  readonly starts: readonly number[];
}

/** A container file with exactly these blocks; `schema` may be the JSON of one that avsc would not write. */
export async function avroFile(schema: AvroSchema, blocks: readonly (readonly unknown[])[], codec = 'null'): Promise<AvroFile> {
  const type = Type.forSchema(schema, { wrapUnions: false });
  const encode = CODECS[codec] ?? ((bytes: Buffer) => bytes);
  const metadata = { 'avro.schema': Buffer.from(JSON.stringify(schema)), ...(codec !== 'null' && { 'avro.codec': Buffer.from(codec) }) };
  const parts = [Buffer.concat([Buffer.from('Obj\x01'), METADATA.toBuffer(metadata), SYNC])];
  const starts: number[] = [];
  for (const records of blocks) {
    starts.push(parts.reduce((sum, { length }) => sum + length, 0));
    const data = await encode(Buffer.concat(records.map((record) => type.toBuffer(record))));
    parts.push(Buffer.concat([long(records.length), long(data.length), data, SYNC]));
  }
  return { file: Buffer.concat(parts), starts };
}

/** A container file as avsc writes it, in blocks of about so many bytes. */
export async function avscFile(
  schema: AvroSchema,
  records: readonly unknown[],
  options: { codec: 'null' | 'deflate'; blockSize: number },
): Promise<Buffer> {
  const encoder = new streams.BlockEncoder(schema, { ...options, writeHeader: 'always' });
  const parts: Buffer[] = [];
  encoder.on('data', (part: Buffer) => parts.push(part));
  Readable.from(records).pipe(encoder);
  await once(encoder, 'end');
  return Buffer.concat(parts);
}

/** The records of a container file as avsc reads them. */
export async function readWithAvsc(file: Buffer): Promise<unknown[]> {
  const decoder = new streams.BlockDecoder();
  decoder.end(file);
  const records: unknown[] = [];
  for await (const record of decoder) records.push(record);
  return records;
}
