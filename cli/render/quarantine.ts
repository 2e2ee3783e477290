import type { QuarantinedRecord } from '../../core/contracts';
import { newTable } from './table';
import { formatCount, plural, safe, shorten } from './text';

export interface FoundQuarantine {
  readonly runId: string;
  readonly total: number;
  /** How many of each class. */
  readonly classes: Readonly<Record<string, number>>;
  /** The first ones. */
  readonly records: readonly QuarantinedRecord[];
}

const KEY_WIDTH = 32;
const REASON_WIDTH = 60;

/** The bad records of a run for people: counts first, then where the first ones stand and why. */
export function renderQuarantine({ runId, total, classes, records }: FoundQuarantine): string {
  if (total === 0) return `${safe(runId)} has no quarantined records\n`;
  const counts = Object.entries(classes)
    .toSorted(([, a], [, b]) => b - a)
    .map(([name, count]) => `${formatCount(count)} ${name}`);
  const table = newTable({ head: ['object', 'offset', 'class', 'reason'] });
  for (const { key, offset, class: faultClass, reason } of records) {
    table.push([shorten(safe(key), KEY_WIDTH), formatCount(offset), faultClass, shorten(safe(reason), REASON_WIDTH)]);
  }
  const more =
    total > records.length ? `and ${plural(total - records.length, 'record')} more: quarantine export ${safe(runId)} --out FILE\n` : '';
  return `${plural(total, 'record')} of ${safe(runId)}: ${counts.join(', ')}\n${table.toString()}\n${more}`;
}
