import { Type } from 'avsc';
import { type AvroBlock, ownedBlocks } from '../../core/records/avro-blocks';
import { AvroError, type AvroHeader, avroCodec, parseAvroHeader } from '../../core/records/avro-header';
import { KIB, MIB } from '../../core/units';
import type { ObjectStore } from '../ports';
import { CODECS } from './codecs';
import { EXACT_LONG, exactLongs } from './exact-long';

/** Enough for almost every header and block. */
const FIRST_READ_BYTES = 64 * KIB;
const HEADER_LIMIT_BYTES = 16 * MIB;

export interface AvroObject {
  readonly key: string;
  readonly versionId: string;
  readonly bytes: number;
}

/** Reads the header of an Avro file. */
export async function readAvroHeader(store: Pick<ObjectStore, 'read'>, { key, versionId, bytes }: AvroObject): Promise<AvroHeader> {
  for (const limit of [FIRST_READ_BYTES, HEADER_LIMIT_BYTES]) {
    const end = Math.min(limit, bytes);
    const header = parseAvroHeader(await store.read(key, { versionId, range: { start: 0, end } }));
    if (header) return header;
    if (end === bytes) throw new AvroError(`its header does not end within its ${bytes} bytes`);
  }
  throw new AvroError(`its header does not end within ${HEADER_LIMIT_BYTES} bytes`);
}

/** The block that begins at a byte. */
async function readBlock(
  store: Pick<ObjectStore, 'read'>,
  object: AvroObject,
  at: { start: number; header: AvroHeader },
): Promise<AvroBlock> {
  const { key, versionId, bytes } = object;
  const slice = { ...at, end: at.start + 1, bytes, told: true };
  for (let end = Math.min(bytes, at.start + FIRST_READ_BYTES); ; ) {
    const owned = ownedBlocks(await store.read(key, { versionId, range: { start: at.start, end } }), slice);
    const [block] = 'until' in owned ? [] : owned.blocks;
    if (block) return block;
    if (!('until' in owned) || owned.until <= end) throw new AvroError(`no block begins at byte ${at.start}`);
    end = owned.until;
  }
}

/** Reads the records of the block that begins at a byte, each as it is stored, but for the block's compression. */
export async function readAvroRecords(
  store: Pick<ObjectStore, 'read'>,
  object: AvroObject,
  at: { readonly start: number; readonly header: AvroHeader },
): Promise<readonly Buffer[]> {
  const block = await readBlock(store, object, at);
  const data = await CODECS[avroCodec(at.header)](block.data);
  const type = Type.forSchema(JSON.parse(at.header.schema), {
    registry: { long: EXACT_LONG },
    typeHook: exactLongs,
    wrapUnions: 'always',
  });
  const records: Buffer[] = [];
  for (let begin = 0; records.length < block.records; ) {
    const { offset } = type.decode(data, begin);
    if (offset < 0) throw new AvroError(`record ${records.length} of the block at byte ${at.start} ends behind it`);
    records.push(data.subarray(begin, offset));
    begin = offset;
  }
  return records;
}

const MAGIC = Buffer.from('Obj\x01');
const METADATA = Type.forSchema({ type: 'map', values: 'bytes' });
const LONG = Type.forSchema('long');

/** The header of an uncompressed file of the same schema. */
export const plainAvroHeader = ({ schema, sync }: AvroHeader): Buffer =>
  Buffer.concat([MAGIC, METADATA.toBuffer({ 'avro.schema': Buffer.from(schema), 'avro.codec': Buffer.from('null') }), sync]);

/** An uncompressed block of records as they are stored. */
export function plainAvroBlock(records: readonly Buffer[], sync: Buffer): Buffer {
  const data = Buffer.concat(records);
  return Buffer.concat([LONG.toBuffer(records.length), LONG.toBuffer(data.length), data, sync]);
}
