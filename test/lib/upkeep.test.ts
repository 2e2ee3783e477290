import { Match } from 'aws-cdk-lib/assertions';
import { deployed } from './fixture';

const deployment = deployed();
afterAll(() => deployment.remove());
const { controlPlane, compute } = deployment;

const targeting = (step: string) =>
  Match.arrayWith([Match.objectLike({ Arn: { 'Fn::GetAtt': [Match.stringLikeRegexp(`^${step}`), 'Arn'] } })]);

test.each([
  ['Sweep', 'rate(15 minutes)'],
  ['Collect', 'rate(1 day)'],
])('%s is called at a %s', (step, rate) => {
  controlPlane.hasResourceProperties('AWS::Events::Rule', { ScheduleExpression: rate, Targets: targeting(step) });
});

test('a sweep can be asked for by hand', () => {
  controlPlane.hasResourceProperties('AWS::Events::Rule', {
    EventPattern: { source: ['batchwright'], 'detail-type': ['Sweep Requested'] },
    Targets: targeting('Sweep'),
  });
});

test('a blocked queue is told by the sweep', () => {
  controlPlane.hasResourceProperties('AWS::Events::Rule', {
    EventPattern: { source: ['aws.batch'], 'detail-type': ['Batch Job Queue Blocked'] },
    Targets: targeting('Sweep'),
  });
});

test('a job that can never run is cancelled after an hour, on both queues', () => {
  const reasons = ['MISCONFIGURATION:JOB_RESOURCE_REQUIREMENT', 'MISCONFIGURATION:COMPUTE_ENVIRONMENT_MAX_RESOURCE'];

  compute.allResourcesProperties('AWS::Batch::JobQueue', {
    JobStateTimeLimitActions: reasons.map((Reason) => ({ Action: 'CANCEL', MaxTimeSeconds: 3600, State: 'RUNNABLE', Reason })),
  });
});
