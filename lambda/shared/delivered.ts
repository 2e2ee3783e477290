import { crc32 } from 'node:zlib';
import type { ObjectStore, StoredObject } from '../../adapters/ports';
import type { Check, PendingPart, Plan } from '../../core/contracts';
import { countRows, piecesOf } from './count-rows';

export interface DeliveredPart {
  readonly key: string;
  readonly versionId: string;
}

export interface Look {
  readonly check: Check;
  /** What stands in the output bucket, to be taken back when a check failed. */
  readonly found?: DeliveredPart;
}

const describe = (bytes: number, checksum: string | undefined): string => `${bytes} bytes, CRC32 ${checksum ?? 'none'}`;

/** The CRC32 of what is really there, byte by byte. */
async function sumOf(output: ObjectStore, stored: StoredObject): Promise<string> {
  let sum = 0;
  let bytes = 0;
  for await (const piece of piecesOf(output, stored)) {
    sum = crc32(piece, sum);
    bytes += piece.length;
  }
  const value = Buffer.alloc(4);
  value.writeUInt32BE(sum);
  return describe(bytes, value.toString('base64'));
}

/**
 * Reads back one delivered part: its size and checksum as S3 holds them and its rows from the file itself; with
 * `verify: deep` all of its bytes as well. Other bytes than were written cannot be read as what they should be.
 */
export async function lookAt(output: ObjectStore, part: PendingPart, { config: { spec } }: Plan): Promise<Look> {
  const name = `delivered ${part.key}`;
  const expected = describe(part.bytes, part.checksum.value);
  const head = await output.head(part.key);
  if (!head) return { check: { name, ok: false, expected, actual: 'no such object' } };
  const found = { key: part.key, versionId: head.versionId };
  const held = describe(head.bytes, head.checksum?.value);
  if (held !== expected) return { check: { name, ok: false, expected, actual: held }, found };
  const actual = spec.verify === 'deep' ? await sumOf(output, head) : held;
  if (actual !== expected) return { check: { name, ok: false, expected, actual }, found };
  const rows = spec.output.format === 'files' ? part.rows : await countRows(output, head, spec.output);
  return { check: { name, ok: rows === part.rows, expected: `${part.rows} rows`, actual: `${rows} rows` }, found };
}
