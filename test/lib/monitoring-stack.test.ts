import { Match } from 'aws-cdk-lib/assertions';
import { RUN_METRICS } from '../../lib/monitoring-stack';
import { aSpec, deployed } from './fixture';

const deployment = deployed({ 'orders.yaml': aSpec('orders'), 'bird-strikes.yaml': aSpec('bird-strikes') });
afterAll(deployment.remove);
const { monitoring } = deployment;

const body = JSON.stringify(Object.values(monitoring.findResources('AWS::CloudWatch::Dashboard'))[0]!.Properties.DashboardBody);

test.each(RUN_METRICS)('the dashboard shows %s of every job', (metric) => {
  for (const job of ['orders', 'bird-strikes']) {
    expect(body).toContain(`\\"Batchwright\\",\\"${metric}\\",\\"job\\",\\"${job}\\"`);
  }
});

test('no metric has a run as its dimension', () => {
  expect(body).not.toMatch(/runId/i);
});

test.each([
  ['ApproximateNumberOfMessagesVisible', 'AWS/SQS', 4],
  ['RunsFailed', 'Batchwright', 2],
  ['ExecutionsFailed', 'AWS/States', 1],
  ['ExecutionsTimedOut', 'AWS/States', 1],
  ['Errors', 'AWS/Lambda', 1],
])('the first %s raises an alarm', (MetricName, Namespace, count) => {
  monitoring.resourcePropertiesCountIs('AWS::CloudWatch::Alarm', { MetricName, Namespace, Threshold: 1, EvaluationPeriods: 1 }, count);
});

test('an alarm says what happened and what to do, and reaches the topic', () => {
  monitoring.allResourcesProperties('AWS::CloudWatch::Alarm', {
    AlarmDescription: Match.stringLikeRegexp('^.+; .+$'),
    AlarmActions: [Match.anyValue()],
    TreatMissingData: 'notBreaching',
  });
});
