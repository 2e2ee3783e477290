const MAGIC = Buffer.from('Obj\x01');
export const SYNC_BYTES = 16;
/** A long takes ten bytes at most. */
export const MAX_LONG_BYTES = 10;

/** The file is at fault; the message says where and why, but for its name. */
export class AvroError extends RangeError {
  override readonly name = 'AvroError';
}

export interface AvroHeader {
  /** JSON text of the writer's schema. */
  readonly schema: string;
  readonly codec: string;
  readonly sync: Buffer;
  /** First byte after the header. */
  readonly end: number;
}

/** The bytes end before what is to be read does. */
class EndOfBytes extends Error {}

/** Reads Avro's few primitive encodings one after the other. */
export class AvroCursor {
  constructor(
    private readonly bytes: Buffer,
    public at: number,
  ) {}

  /** A whole number that JavaScript can hold. */
  long(what: string): number {
    let value = 0n;
    for (let i = 0; i < MAX_LONG_BYTES; i += 1) {
      const byte = this.bytes[this.at + i];
      if (byte === undefined) throw new EndOfBytes();
      value |= BigInt(byte & 0x7f) << BigInt(7 * i);
      if (byte < 0x80) return this.checked(BigInt.asIntN(64, (value >> 1n) ^ -(value & 1n)), i + 1, what);
    }
    throw new AvroError(`${what} at byte ${this.at} is no number`);
  }

  take(length: number): Buffer {
    if (this.at + length > this.bytes.length) throw new EndOfBytes();
    this.at += length;
    return this.bytes.subarray(this.at - length, this.at);
  }

  string(what: string): Buffer {
    return this.take(natural(this.long(what), what));
  }

  private checked(value: bigint, length: number, what: string): number {
    if (value > BigInt(Number.MAX_SAFE_INTEGER) || value < BigInt(Number.MIN_SAFE_INTEGER)) {
      throw new AvroError(`${what} is ${value}, which no file can hold`);
    }
    this.at += length;
    return Number(value);
  }
}

/** A number that counts something. */
export function natural(value: number, what: string): number {
  if (value < 0) throw new AvroError(`${what} is ${value}, expected zero or more`);
  return value;
}

/** Answers undefined where the bytes end too early. */
export function unlessShort<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (thrown) {
    if (thrown instanceof EndOfBytes) return undefined;
    throw thrown;
  }
}

/** How the blocks of a file may be compressed. */
export const AVRO_CODECS = ['null', 'deflate', 'snappy', 'zstandard', 'bzip2'] as const;
export type AvroCodec = (typeof AVRO_CODECS)[number];

/** The codec of a file; one that is not known is named. */
export function avroCodec({ codec }: AvroHeader): AvroCodec {
  const known = AVRO_CODECS.find((name) => name === codec);
  if (!known) throw new AvroError(`its codec is ${JSON.stringify(codec)}, allowed: ${AVRO_CODECS.join(', ')}`);
  return known;
}

/** The header that a file begins with; undefined when the bytes end within it. */
export const parseAvroHeader = (bytes: Buffer): AvroHeader | undefined => unlessShort(() => readHeader(new AvroCursor(bytes, 0)));

function readHeader(cursor: AvroCursor): AvroHeader {
  if (!cursor.take(MAGIC.length).equals(MAGIC)) throw new AvroError('it does not begin as an Avro file');
  const metadata = readMetadata(cursor);
  const schema = metadata.get('avro.schema');
  if (schema === undefined) throw new AvroError('its header names no schema');
  const sync = Buffer.from(cursor.take(SYNC_BYTES));
  return { schema, codec: metadata.get('avro.codec') ?? 'null', sync, end: cursor.at };
}

/** A map comes in batches: how many entries, negative when the batch's size follows; none ends it. */
function readMetadata(cursor: AvroCursor): ReadonlyMap<string, string> {
  const metadata = new Map<string, string>();
  for (let left = readCount(cursor); left > 0; left = readCount(cursor)) {
    for (; left > 0; left -= 1) {
      const key = cursor.string('the length of a metadata key').toString();
      metadata.set(key, cursor.string(`the length of the metadata ${key.slice(0, 80)}`).toString());
    }
  }
  return metadata;
}

function readCount(cursor: AvroCursor): number {
  const count = cursor.long('the number of metadata entries');
  if (count < 0) cursor.long('the size of the metadata');
  return Math.abs(count);
}
