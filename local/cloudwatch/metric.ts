/** One dimension set of one metric of one namespace. */
export interface MetricIdentity {
  readonly namespace: string;
  readonly name: string;
  readonly dimensions: Readonly<Record<string, string>>;
}

/** Values folded into what statistics need. */
export interface StatisticSet {
  readonly count: number;
  readonly sum: number;
  readonly min: number;
  readonly max: number;
}

export interface Datum extends MetricIdentity {
  readonly atMs: number;
  readonly unit?: string;
  readonly values: StatisticSet;
}

/** Takes metrics from wherever they are found, e.g. from log lines. */
export interface MetricSink {
  record(data: readonly Datum[]): void;
}

export const ONE = (value: number): StatisticSet => ({ count: 1, sum: value, min: value, max: value });

/** Two sets of values as one. */
export const merged = (a: StatisticSet, b: StatisticSet): StatisticSet => ({
  count: a.count + b.count,
  sum: a.sum + b.sum,
  min: Math.min(a.min, b.min),
  max: Math.max(a.max, b.max),
});

/** All values of a list; undefined when it is empty. */
export const folded = (sets: readonly StatisticSet[]): StatisticSet | undefined => (sets.length === 0 ? undefined : sets.reduce(merged));

const sortedDimensions = (dimensions: Readonly<Record<string, string>>): readonly [string, string][] =>
  Object.entries(dimensions).toSorted(([a], [b]) => (a < b ? -1 : 1));

/** Equal for equal metrics, whatever the order of their dimensions. */
export const metricKey = ({ namespace, name, dimensions }: MetricIdentity): string =>
  JSON.stringify([namespace, name, ...sortedDimensions(dimensions)]);

export type Statistic = 'Sum' | 'Average' | 'Minimum' | 'Maximum' | 'SampleCount';

/** One statistic of a set of values. */
export function statistic(name: Statistic, { count, sum, min, max }: StatisticSet): number {
  return { Sum: sum, Average: sum / count, Minimum: min, Maximum: max, SampleCount: count }[name];
}
