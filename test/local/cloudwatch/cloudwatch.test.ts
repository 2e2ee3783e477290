import {
  CloudWatchClient,
  DescribeAlarmsCommand,
  GetDashboardCommand,
  GetMetricDataCommand,
  GetMetricStatisticsCommand,
  ListDashboardsCommand,
  ListMetricsCommand,
  PutMetricDataCommand,
} from '@aws-sdk/client-cloudwatch';
import { createCloudWatch } from '../../../local/cloudwatch';
import { ONE } from '../../../local/cloudwatch/metric';
import { aKernel, deploy, type TestKernel } from '../../support/messaging-kernel';

const START = Date.parse('2026-01-01T00:00:00Z');
const MINUTE = 60_000;

let kernel: TestKernel;
let cloudWatch: ReturnType<typeof createCloudWatch>;
let client: CloudWatchClient;
let clock: number;

beforeEach(async () => {
  clock = START;
  kernel = await aKernel();
  cloudWatch = createCloudWatch(kernel, () => clock);
  kernel.serve(cloudWatch);
  client = new CloudWatchClient(kernel.client);
});

afterEach(async () => {
  client.destroy();
  await kernel.close();
});

const record = (value: number, atMs = clock, dimensions: Record<string, string> = { job: 'flights' }) =>
  cloudWatch.record([{ namespace: 'Batchwright', name: 'RunsFailed', dimensions, atMs, unit: 'Count', values: ONE(value) }]);
const METRIC = { Namespace: 'Batchwright', MetricName: 'RunsFailed', Dimensions: [{ Name: 'job', Value: 'flights' }] };

async function statistics(periodSeconds = 60) {
  const { Datapoints = [] } = await client.send(
    new GetMetricStatisticsCommand({
      ...METRIC,
      StartTime: new Date(START),
      EndTime: new Date(START + 10 * MINUTE),
      Period: periodSeconds,
      Statistics: ['Sum', 'Average', 'Minimum', 'Maximum', 'SampleCount'],
    }),
  );
  return Datapoints;
}

describe('metrics', () => {
  test('are folded by period', async () => {
    record(1, START);
    record(3, START + 30_000);
    record(7, START + MINUTE);

    expect(await statistics()).toEqual([
      { Timestamp: new Date(START), Unit: 'Count', Sum: 4, Average: 2, Minimum: 1, Maximum: 3, SampleCount: 2 },
      { Timestamp: new Date(START + MINUTE), Unit: 'Count', Sum: 7, Average: 7, Minimum: 7, Maximum: 7, SampleCount: 1 },
    ]);
    expect(await statistics(300)).toMatchObject([{ Sum: 11, SampleCount: 3 }]);
  });

  test('come from clients too, as values, weighted values and statistic sets, compressed when large', async () => {
    const metric = { MetricName: 'RunsFailed', Dimensions: METRIC.Dimensions, Timestamp: new Date(START) };
    await client.send(
      new PutMetricDataCommand({
        Namespace: 'Batchwright',
        MetricData: [
          { ...metric, Value: 1 },
          { ...metric, Values: [2, 3], Counts: [2, 1] },
          { ...metric, StatisticValues: { SampleCount: 2, Sum: 10, Minimum: 4, Maximum: 6 } },
          ...Array.from({ length: 200 }, (_, i) => ({ ...metric, MetricName: `Other${i}`, Value: i })),
        ],
      }),
    );

    expect(await statistics()).toMatchObject([{ Sum: 18, Minimum: 1, Maximum: 6, SampleCount: 6 }]);
    expect(kernel.asked[0]).toMatchObject({ action: 'cloudwatch:PutMetricData', context: { 'cloudwatch:namespace': 'Batchwright' } });
  });

  test('survive a restart, folded to minutes', async () => {
    record(1, START + 1000);
    record(3, START + 2000);

    cloudWatch = createCloudWatch(kernel, () => clock);
    kernel.serve(cloudWatch);

    expect(await statistics()).toMatchObject([{ Timestamp: new Date(START), Sum: 4, SampleCount: 2, Unit: 'Count' }]);
  });

  test('are listed by namespace, name and dimension, whatever the order of dimensions', async () => {
    record(1, clock, { a: '1', b: '2' });
    record(1, clock, { b: '2', a: '1' });
    record(1);

    const list = async (wish: object) => (await client.send(new ListMetricsCommand(wish))).Metrics ?? [];

    expect(await list({ Namespace: 'Batchwright' })).toHaveLength(2);
    expect(await list({ Dimensions: [{ Name: 'job' }] })).toEqual([METRIC]);
    expect(await list({ MetricName: 'Other' })).toEqual([]);
  });

  test('are queried several at once', async () => {
    record(1, START);
    record(2, START + MINUTE);
    const query = (Id: string, Stat: string) => ({ Id, MetricStat: { Metric: METRIC, Period: 60, Stat } });
    const get = (queries: object[], ScanBy?: 'TimestampAscending') =>
      client.send(
        new GetMetricDataCommand({
          MetricDataQueries: queries as { Id: string }[],
          StartTime: new Date(START),
          EndTime: new Date(START + 10 * MINUTE),
          ScanBy,
        }),
      );

    const { MetricDataResults } = await get([query('a', 'Sum'), query('b', 'SampleCount')]);
    const ascending = await get([query('a', 'Sum')], 'TimestampAscending');

    expect(MetricDataResults?.map(({ Id, Values }) => [Id, Values])).toEqual([
      ['a', [2, 1]],
      ['b', [1, 1]],
    ]);
    expect(ascending.MetricDataResults?.[0]?.Timestamps).toEqual([new Date(START), new Date(START + MINUTE)]);
    await expect(get([{ Id: 'm', Expression: 'a / b' }])).rejects.toMatchObject({ name: 'NotEmulated' });
  });
});

describe('an alarm', () => {
  const anAlarm = (properties: object = {}) =>
    deploy(cloudWatch, 'AWS::CloudWatch::Alarm', {
      properties: {
        ...METRIC,
        ComparisonOperator: 'GreaterThanOrEqualToThreshold',
        Statistic: 'Sum',
        Period: 300,
        EvaluationPeriods: 1,
        Threshold: 1,
        TreatMissingData: 'notBreaching',
        ...properties,
      },
    });
  const state = async () => (await client.send(new DescribeAlarmsCommand({}))).MetricAlarms?.[0]?.StateValue;

  test('is raised by a value in its running period and ends with it', async () => {
    const alarm = await anAlarm();

    expect(alarm.attributes.Arn).toBe('arn:aws:cloudwatch:us-east-1:000000000000:alarm:Test-Alarm');
    expect(await state()).toBe('OK');
    record(1);
    expect(await state()).toBe('ALARM');
    clock += 5 * MINUTE;
    expect(await state()).toBe('OK');
  });

  test.each([
    ['missing', 'INSUFFICIENT_DATA'],
    ['ignore', 'INSUFFICIENT_DATA'],
    ['breaching', 'ALARM'],
    ['notBreaching', 'OK'],
  ])('with missing data as %s is %s', async (TreatMissingData, expected) => {
    await anAlarm({ TreatMissingData });

    expect(await state()).toBe(expected);
  });

  test.each([
    ['GreaterThanThreshold', 1, 'OK'],
    ['GreaterThanThreshold', 2, 'ALARM'],
    ['LessThanThreshold', 1, 'OK'],
    ['LessThanOrEqualToThreshold', 1, 'ALARM'],
  ])('%s judges %d as %s', async (ComparisonOperator, value, expected) => {
    await anAlarm({ ComparisonOperator });
    record(value);

    expect(await state()).toBe(expected);
  });

  test('may need several of its periods', async () => {
    await anAlarm({ EvaluationPeriods: 3, DatapointsToAlarm: 2 });
    record(1);
    clock += 5 * MINUTE;

    expect(await state()).toBe('OK');
    record(1);
    expect(await state()).toBe('ALARM');
  });

  test.each([{ Metrics: [{ Id: 'm' }] }, { Statistic: undefined, ExtendedStatistic: 'p99' }])(
    'over %o says that it is not evaluated',
    async (properties) => {
      await anAlarm(properties);

      const { MetricAlarms } = await client.send(new DescribeAlarmsCommand({ StateValue: 'INSUFFICIENT_DATA' }));

      expect(MetricAlarms?.[0]?.StateReason).toMatch(/is not emulated by the local cloud$/);
    },
  );
});

test('a dashboard keeps its body', async () => {
  const { ref } = await deploy(cloudWatch, 'AWS::CloudWatch::Dashboard', { properties: { DashboardBody: '{"widgets":[]}' } });

  const { DashboardBody } = await client.send(new GetDashboardCommand({ DashboardName: ref }));
  const { DashboardEntries } = await client.send(new ListDashboardsCommand({}));

  expect(DashboardBody).toBe('{"widgets":[]}');
  expect(DashboardEntries).toMatchObject([
    { DashboardName: 'Test-Dashboard', DashboardArn: 'arn:aws:cloudwatch::000000000000:dashboard/Test-Dashboard' },
  ]);
  await expect(client.send(new GetDashboardCommand({ DashboardName: 'none' }))).rejects.toMatchObject({
    message: 'Dashboard none does not exist',
  });
});

test.each([
  ['ListMetrics', () => client.send(new ListMetricsCommand({}))],
  ['DescribeAlarms', () => client.send(new DescribeAlarmsCommand({}))],
  ['GetMetricStatistics', () => statistics()],
])('%s needs its permission', async (action, call) => {
  kernel.deny(`cloudwatch:${action}`);

  await expect(call()).rejects.toMatchObject({ name: 'AccessDeniedException' });
});
