import { join } from 'node:path';
import { Journal } from '../kernel/journal';
import { type Datum, folded, type MetricIdentity, metricKey, type StatisticSet } from './metric';

const MINUTE_MS = 60_000;

export interface Series extends MetricIdentity {
  readonly data: readonly Datum[];
}

function groupBy<T, K>(items: readonly T[], keyOf: (item: T) => K): ReadonlyMap<K, readonly T[]> {
  const groups = new Map<K, T[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group) group.push(item);
    else groups.set(keyOf(item), [item]);
  }
  return groups;
}

/** CloudWatch keeps nothing finer than a minute for long, so neither do we: one set of values a minute. */
function perMinute(data: readonly Datum[]): readonly Datum[] {
  const groups = groupBy(data, ({ atMs }) => Math.floor(atMs / MINUTE_MS) * MINUTE_MS);
  return [...groups].flatMap(([atMs, group]) => {
    const [first] = group;
    const values = folded(group.map((datum) => datum.values));
    return first && values ? [{ ...first, atMs, values }] : [];
  });
}

/** Every recorded value, on disk before `record` returns and folded to minutes at each start. */
export class MetricStore {
  private readonly series = new Map<string, Series & { readonly data: Datum[] }>();
  private readonly journal: Journal<Datum>;

  constructor(stateDir: string) {
    this.journal = new Journal(join(stateDir, 'cloudwatch', 'metrics.jsonl'));
    const all = groupBy(this.journal.read(), metricKey);
    const kept = [...all.values()].flatMap(perMinute);
    this.journal.rewrite(kept);
    for (const datum of kept) this.keep(datum);
  }

  record(data: readonly Datum[]): void {
    for (const datum of data) {
      this.keep(datum);
      this.journal.append(datum);
    }
  }

  all(): readonly Series[] {
    return [...this.series.values()];
  }

  /** Values of one metric in [start, end), by period; periods without values are left out. */
  periods(metric: MetricIdentity, window: { readonly startMs: number; readonly endMs: number; readonly periodMs: number }) {
    const { startMs, endMs, periodMs } = window;
    const data = this.series.get(metricKey(metric))?.data ?? [];
    const inside = data.filter(({ atMs }) => atMs >= startMs && atMs < endMs);
    const groups = groupBy(inside, ({ atMs }) => startMs + Math.floor((atMs - startMs) / periodMs) * periodMs);
    return [...groups]
      .map(([atMs, group]) => ({ atMs, values: folded(group.map(({ values }) => values)) as StatisticSet, unit: group[0]?.unit }))
      .toSorted((a, b) => a.atMs - b.atMs);
  }

  private keep(datum: Datum): void {
    const key = metricKey(datum);
    const { namespace, name, dimensions } = datum;
    const series = this.series.get(key) ?? { namespace, name, dimensions, data: [] };
    series.data.push(datum);
    this.series.set(key, series);
  }
}
