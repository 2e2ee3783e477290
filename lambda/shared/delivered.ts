import { mapConcurrently } from '../../adapters/concurrency';
import type { ObjectStore } from '../../adapters/ports';
import type { Check, PendingPart, Plan } from '../../core/contracts';
import { countRows } from './count-rows';

const LOOKS_AT_ONCE = 8;

export interface DeliveredPart {
  readonly key: string;
  readonly versionId: string;
}

export interface DeliveryCheck {
  readonly checks: readonly Check[];
  /** What stands in the output bucket, to be taken back when a check failed. */
  readonly found: readonly DeliveredPart[];
}

const describe = (bytes: number, checksum: string | undefined): string => `${bytes} bytes, CRC32 ${checksum ?? 'none'}`;

/** Other bytes than were written cannot be read as what they should be, so their rows are not counted. */
async function lookAt(output: ObjectStore, part: PendingPart, plan: Plan): Promise<{ check: Check; found?: DeliveredPart }> {
  const name = `delivered ${part.key}`;
  const expected = describe(part.bytes, part.checksum.value);
  const head = await output.head(part.key);
  if (!head) return { check: { name, ok: false, expected, actual: 'no such object' } };
  const found = { key: part.key, versionId: head.versionId };
  const actual = describe(head.bytes, head.checksum?.value);
  if (actual !== expected) return { check: { name, ok: false, expected, actual }, found };
  const spec = plan.config.spec.output;
  const rows = spec.format === 'files' ? part.rows : await countRows(output, head, spec);
  return { check: { name, ok: rows === part.rows, expected: `${part.rows} rows`, actual: `${rows} rows` }, found };
}

/** Reads back every delivered part: its size and checksum as S3 holds them, its rows from the file itself. */
export async function checkDelivery(output: ObjectStore, parts: readonly PendingPart[], plan: Plan): Promise<DeliveryCheck> {
  const looks = await mapConcurrently(parts, LOOKS_AT_ONCE, (part) => lookAt(output, part, plan));
  return { checks: looks.map(({ check }) => check), found: looks.flatMap(({ found }) => found ?? []) };
}
