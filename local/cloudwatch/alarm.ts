import { z } from 'zod';
import type { DeployedResource } from '../kernel/types';
import { flag, ignored, number, propertiesOf } from '../messaging/properties';
import { type MetricIdentity, type Statistic, statistic } from './metric';
import type { MetricStore } from './store';

const Statistics = z.enum(['Sum', 'Average', 'Minimum', 'Maximum', 'SampleCount']);
const COMPARISONS = {
  GreaterThanOrEqualToThreshold: (value: number, threshold: number) => value >= threshold,
  GreaterThanThreshold: (value: number, threshold: number) => value > threshold,
  LessThanThreshold: (value: number, threshold: number) => value < threshold,
  LessThanOrEqualToThreshold: (value: number, threshold: number) => value <= threshold,
} as const;
type Comparison = keyof typeof COMPARISONS;

const AlarmProperties = z.strictObject({
  AlarmName: z.string().optional(),
  AlarmDescription: z.string().optional(),
  ActionsEnabled: flag.default(true),
  AlarmActions: z.array(z.string()).default([]),
  ComparisonOperator: z.enum(Object.keys(COMPARISONS) as [Comparison]),
  Namespace: z.string().optional(),
  MetricName: z.string().optional(),
  Dimensions: z.array(z.object({ Name: z.string(), Value: z.string() })).default([]),
  Statistic: Statistics.optional(),
  ExtendedStatistic: z.string().optional(),
  Period: number.default(60),
  EvaluationPeriods: number.int().min(1),
  DatapointsToAlarm: number.int().min(1).optional(),
  Threshold: number.optional(),
  TreatMissingData: z.enum(['missing', 'ignore', 'breaching', 'notBreaching']).default('missing'),
  Metrics: z.array(z.unknown()).optional(),
  Unit: ignored,
  OKActions: ignored,
  InsufficientDataActions: ignored,
  Tags: ignored,
});

export interface Alarm {
  readonly name: string;
  readonly arn: string;
  readonly description?: string;
  readonly actions: readonly string[];
  readonly actionsEnabled: boolean;
  readonly comparison: Comparison;
  readonly metric: MetricIdentity;
  readonly statistic?: Statistic;
  readonly periodSeconds: number;
  readonly evaluationPeriods: number;
  readonly datapointsToAlarm: number;
  readonly threshold: number;
  readonly missing: 'missing' | 'ignore' | 'breaching' | 'notBreaching';
  /** What of it is not evaluated here. */
  readonly notEmulated?: string;
}

export interface AlarmState {
  readonly state: 'OK' | 'ALARM' | 'INSUFFICIENT_DATA';
  readonly reason: string;
}

/** Reads an `AWS::CloudWatch::Alarm`; one over metric math or percentiles exists, but says that it is not evaluated. */
export function alarmOf(resource: DeployedResource): Alarm {
  const properties = propertiesOf(AlarmProperties, resource);
  const unknown = properties.Metrics ? 'metric math' : properties.ExtendedStatistic && `the statistic ${properties.ExtendedStatistic}`;
  return {
    name: resource.ref,
    arn: resource.attributes.Arn ?? '',
    description: properties.AlarmDescription,
    actions: properties.AlarmActions,
    actionsEnabled: properties.ActionsEnabled,
    comparison: properties.ComparisonOperator,
    metric: {
      namespace: properties.Namespace ?? '',
      name: properties.MetricName ?? '',
      dimensions: Object.fromEntries(properties.Dimensions.map(({ Name, Value }) => [Name, Value])),
    },
    statistic: properties.Statistic,
    periodSeconds: properties.Period,
    evaluationPeriods: properties.EvaluationPeriods,
    datapointsToAlarm: properties.DatapointsToAlarm ?? properties.EvaluationPeriods,
    threshold: properties.Threshold ?? 0,
    missing: properties.TreatMissingData,
    notEmulated: unknown || undefined,
  };
}

/** One verdict a period, newest last: breaching, not breaching, or nothing to judge. */
function verdicts(alarm: Alarm, store: MetricStore, nowMs: number): readonly (boolean | undefined)[] {
  const periodMs = alarm.periodSeconds * 1000;
  const endMs = (Math.floor(nowMs / periodMs) + 1) * periodMs;
  const startMs = endMs - alarm.evaluationPeriods * periodMs;
  const found = new Map(store.periods(alarm.metric, { startMs, endMs, periodMs }).map(({ atMs, values }) => [atMs, values]));
  return Array.from({ length: alarm.evaluationPeriods }, (_, i) => {
    const values = found.get(startMs + i * periodMs);
    return values && COMPARISONS[alarm.comparison](statistic(alarm.statistic ?? 'Average', values), alarm.threshold);
  });
}

const MISSING_COUNTS_AS: Readonly<Record<Alarm['missing'], boolean | undefined>> = {
  breaching: true,
  notBreaching: false,
  missing: undefined,
  ignore: undefined,
};

/** The state of an alarm now, judged over its latest periods, the running one included. */
export function evaluate(alarm: Alarm, store: MetricStore, nowMs: number): AlarmState {
  if (alarm.notEmulated) return { state: 'INSUFFICIENT_DATA', reason: `${alarm.notEmulated} is not emulated by the local cloud` };
  const judged = verdicts(alarm, store, nowMs).map((verdict) => verdict ?? MISSING_COUNTS_AS[alarm.missing]);
  const known = judged.filter((verdict) => verdict !== undefined);
  const breaching = known.filter(Boolean).length;
  const counted = `${breaching} of ${alarm.evaluationPeriods} periods were breaching, ${alarm.datapointsToAlarm} make an alarm`;
  if (breaching >= alarm.datapointsToAlarm) return { state: 'ALARM', reason: counted };
  return known.length === 0
    ? { state: 'INSUFFICIENT_DATA', reason: 'no values in the periods looked at' }
    : { state: 'OK', reason: counted };
}
