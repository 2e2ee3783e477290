import type { z } from 'zod';
import { ApiError, NotEmulatedError } from '../kernel/errors';
import type { Operations } from '../kernel/http';
import type { Kernel } from '../kernel/types';
import { epochSeconds, inputOf, pageOf } from '../messaging/inputs';
import { arnOf } from '../messaging/names';
import { type Alarm, evaluate } from './alarm';
import { type Datum, folded, type MetricIdentity, ONE, type StatisticSet, statistic } from './metric';
import { AlarmsWish, CODE, type Dimensions, Get, GetData, List, Put, type PutDatum } from './requests';
import type { MetricStore } from './store';

const PAGE = 500;

const named = (dimensions: z.infer<typeof Dimensions>): Readonly<Record<string, string>> =>
  Object.fromEntries(dimensions.map(({ Name, Value }) => [Name, Value]));
const listed = (dimensions: Readonly<Record<string, string>>) => Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value }));

const identityOf = (metric: { Namespace: string; MetricName: string; Dimensions: z.infer<typeof Dimensions> }): MetricIdentity => ({
  namespace: metric.Namespace,
  name: metric.MetricName,
  dimensions: named(metric.Dimensions),
});

function valuesOf({ MetricName, Value, Values, Counts, StatisticValues }: z.infer<typeof PutDatum>): StatisticSet {
  if (StatisticValues) {
    return { count: StatisticValues.SampleCount, sum: StatisticValues.Sum, min: StatisticValues.Minimum, max: StatisticValues.Maximum };
  }
  if (Value !== undefined) return ONE(Value);
  const weighted = (Values ?? []).map((value, i): StatisticSet => {
    const count = Counts?.[i] ?? 1;
    return { count, sum: value * count, min: value, max: value };
  });
  const all = folded(weighted);
  if (!all) throw new ApiError(CODE, `metric ${MetricName} has no value`);
  return all;
}

function put(store: MetricStore, input: unknown, nowMs: number): void {
  const { Namespace, MetricData } = inputOf(Put, input, CODE);
  store.record(
    MetricData.map(
      (datum): Datum => ({
        ...identityOf({ Namespace, ...datum }),
        atMs: datum.Timestamp ?? nowMs,
        unit: datum.Unit,
        values: valuesOf(datum),
      }),
    ),
  );
}

function list(store: MetricStore, input: unknown) {
  const wish = inputOf(List, input, CODE);
  const fits = ({ namespace, name, dimensions }: MetricIdentity): boolean =>
    (wish.Namespace ?? namespace) === namespace &&
    (wish.MetricName ?? name) === name &&
    wish.Dimensions.every(({ Name, Value }) => dimensions[Name] !== undefined && (Value ?? dimensions[Name]) === dimensions[Name]);
  const { items, next } = pageOf(store.all().filter(fits), wish.NextToken, PAGE);
  const Metrics = items.map(({ namespace, name, dimensions }) => ({
    Namespace: namespace,
    MetricName: name,
    Dimensions: listed(dimensions),
  }));
  return { Metrics, NextToken: next };
}

function statistics(store: MetricStore, input: unknown) {
  const wish = inputOf(Get, input, CODE);
  const found = store.periods(identityOf(wish), { startMs: wish.StartTime, endMs: wish.EndTime, periodMs: wish.Period * 1000 });
  const Datapoints = found.map(({ atMs, values, unit }) => ({
    Timestamp: epochSeconds(atMs),
    Unit: unit ?? 'None',
    ...Object.fromEntries(wish.Statistics.map((name) => [name, statistic(name, values)])),
  }));
  return { Label: wish.MetricName, Datapoints };
}

function data(store: MetricStore, input: unknown) {
  const wish = inputOf(GetData, input, CODE);
  const results = wish.MetricDataQueries.map(({ Id, Label, MetricStat, ReturnData }) => {
    if (!MetricStat) throw new NotEmulatedError(`metric math (query ${Id} of GetMetricData)`);
    const window = { startMs: wish.StartTime, endMs: wish.EndTime, periodMs: MetricStat.Period * 1000 };
    const found = store.periods(identityOf(MetricStat.Metric), window);
    const ordered = wish.ScanBy === 'TimestampAscending' ? found : found.toReversed();
    const result = {
      Id,
      Label: Label ?? MetricStat.Metric.MetricName,
      StatusCode: 'Complete',
      Timestamps: ordered.map(({ atMs }) => epochSeconds(atMs)),
      Values: ordered.map(({ values }) => statistic(MetricStat.Stat, values)),
    };
    return ReturnData ? [result] : [];
  });
  return { MetricDataResults: results.flat(), Messages: [] };
}

function alarmAs(alarm: Alarm, { state, reason }: ReturnType<typeof evaluate>) {
  return {
    AlarmName: alarm.name,
    AlarmArn: alarm.arn,
    AlarmDescription: alarm.description,
    ActionsEnabled: alarm.actionsEnabled,
    AlarmActions: alarm.actions,
    StateValue: state,
    StateReason: reason,
    Namespace: alarm.metric.namespace,
    MetricName: alarm.metric.name,
    Dimensions: listed(alarm.metric.dimensions),
    Statistic: alarm.statistic,
    Period: alarm.periodSeconds,
    EvaluationPeriods: alarm.evaluationPeriods,
    DatapointsToAlarm: alarm.datapointsToAlarm,
    Threshold: alarm.threshold,
    ComparisonOperator: alarm.comparison,
    TreatMissingData: alarm.missing,
  };
}

export interface CloudWatchParts {
  readonly kernel: Kernel;
  readonly store: MetricStore;
  readonly alarms: ReadonlyMap<string, Alarm>;
  /** Bodies by name. */
  readonly dashboards: ReadonlyMap<string, string>;
  readonly now: () => number;
}

function alarmsOf({ alarms, store, now }: CloudWatchParts, input: unknown) {
  const wish = inputOf(AlarmsWish, input, CODE);
  const chosen = [...alarms.values()].filter(
    ({ name }) => (wish.AlarmNames?.includes(name) ?? true) && name.startsWith(wish.AlarmNamePrefix),
  );
  const described = chosen.map((alarm) => alarmAs(alarm, evaluate(alarm, store, now())));
  const { items, next } = pageOf(
    described.filter(({ StateValue }) => (wish.StateValue ?? StateValue) === StateValue),
    wish.NextToken,
    100,
  );
  return { MetricAlarms: items, CompositeAlarms: [], NextToken: next };
}

export const alarmArn = (name: string): string => arnOf('cloudwatch', `alarm:${name}`);
/** Dashboards belong to no region. */
export const dashboardArn = (name: string): string => arnOf('cloudwatch', `dashboard/${name}`).replace(/:us-east-1:/, '::');

function dashboardOf({ dashboards }: CloudWatchParts, name: string) {
  const body = dashboards.get(name);
  if (body === undefined) throw new ApiError('ResourceNotFound', `Dashboard ${name} does not exist`, 404);
  return { DashboardArn: dashboardArn(name), DashboardName: name, DashboardBody: body };
}

/** The CloudWatch API for metrics, alarms and dashboards. */
export function cloudWatchOperations(parts: CloudWatchParts): Operations {
  const { kernel, store, now } = parts;
  const on =
    (
      action: string,
      act: (input: Record<string, unknown>) => unknown,
      resource: (input: Record<string, unknown>) => string = () => '*',
    ): Operations[string] =>
    (input, { caller }) => {
      const context = action === 'PutMetricData' ? { 'cloudwatch:namespace': String(input.Namespace) } : undefined;
      kernel.authorize({ caller, action: `cloudwatch:${action}`, resource: resource(input), context });
      return act(input);
    };
  return {
    PutMetricData: on('PutMetricData', (input) => put(store, input, now())),
    ListMetrics: on('ListMetrics', (input) => list(store, input)),
    GetMetricStatistics: on('GetMetricStatistics', (input) => statistics(store, input)),
    GetMetricData: on('GetMetricData', (input) => data(store, input)),
    DescribeAlarms: on(
      'DescribeAlarms',
      (input) => alarmsOf(parts, input),
      () => alarmArn('*'),
    ),
    GetDashboard: on(
      'GetDashboard',
      (input) => dashboardOf(parts, String(input.DashboardName)),
      (input) => dashboardArn(String(input.DashboardName)),
    ),
    ListDashboards: on('ListDashboards', () => ({
      DashboardEntries: [...parts.dashboards].map(([name, body]) => ({
        DashboardName: name,
        DashboardArn: dashboardArn(name),
        Size: body.length,
      })),
    })),
  };
}
