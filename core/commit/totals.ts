import { type Chunk, type Counts, type Marker, type Metrics, rowsOf } from '../contracts';

const addCounts = (a: Counts, b: Counts): Counts => ({
  read: a.read + b.read,
  written: a.written + b.written,
  filtered: a.filtered + b.filtered,
  quarantined: a.quarantined + b.quarantined,
  ...((a.rows ?? b.rows) !== undefined && { rows: rowsOf(a) + rowsOf(b) }),
});

export const NO_RECORDS: Counts = { read: 0, written: 0, filtered: 0, quarantined: 0 };

/** Sums of the leaves' markers. */
export const totalsOf = (leaves: readonly Chunk[], markers: ReadonlyMap<string, Marker>): Counts =>
  leaves.reduce((sum, { id }) => addCounts(sum, markers.get(id)?.counts ?? NO_RECORDS), NO_RECORDS);

/** Sums of what the processors of the leaves counted; undefined where none counted anything. */
export function metricsOf(leaves: readonly Chunk[], markers: ReadonlyMap<string, Marker>): Metrics | undefined {
  const counted = leaves.flatMap(({ id }) => Object.entries(markers.get(id)?.metrics ?? {}));
  if (counted.length === 0) return undefined;
  const sums = new Map<string, number>();
  for (const [name, by] of counted) sums.set(name, (sums.get(name) ?? 0) + by);
  return Object.fromEntries(sums);
}
