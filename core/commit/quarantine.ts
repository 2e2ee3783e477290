import type { Chunk, Faults, Marker, QuarantineIndex } from '../contracts';
import type { FaultClass } from '../fault';

/** Reasons that a report tells. */
const TOLD_REASONS = 5;

/** What is wrong with the records of several chunks; nothing where none of them told. */
export function foldFaults(told: readonly Faults[]): Faults {
  const classes = new Map<FaultClass, number>();
  const reasons = new Map<string, NonNullable<Faults['reasons']>[number]>();
  for (const one of told) {
    for (const [name, records] of Object.entries(one.classes ?? {}) as [FaultClass, number][]) {
      classes.set(name, (classes.get(name) ?? 0) + records);
    }
    for (const reason of one.reasons ?? []) {
      const key = `${reason.class} ${reason.reason}`;
      reasons.set(key, { ...reason, records: reason.records + (reasons.get(key)?.records ?? 0) });
    }
  }
  if (classes.size === 0) return {};
  const most = [...reasons.values()].toSorted((a, b) => b.records - a.records).slice(0, TOLD_REASONS);
  return { classes: Object.fromEntries(classes), reasons: most };
}

/** The bad records that count, in record order. */
export function quarantineIndexOf({
  leaves,
  markers,
}: {
  readonly leaves: readonly Chunk[];
  readonly markers: ReadonlyMap<string, Marker>;
}): QuarantineIndex {
  const told = leaves.flatMap(({ id }) => {
    const quarantine = markers.get(id)?.quarantine;
    return quarantine ? [{ chunk: id, ...quarantine }] : [];
  });
  return {
    schema: 'quarantine-index.v1',
    ...foldFaults(told),
    objects: told.map(({ chunk, key, records, checksum }) => ({ chunk, key, records, ...(checksum && { checksum }) })),
  };
}
