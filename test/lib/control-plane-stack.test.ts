import { Match } from 'aws-cdk-lib/assertions';
import { STEPS } from '../../lib/step-function';
import { aSpec, deployed } from './fixture';

const deployment = deployed({ 'orders.yaml': aSpec('orders'), 'returns.yaml': aSpec('returns') });
afterAll(deployment.remove);
const { controlPlane } = deployment;

const queueOf = (name: string): string => Object.keys(controlPlane.findResources('AWS::SQS::Queue')).find((id) => id.startsWith(name))!;

const environmentOf = (step: string): Record<string, unknown> => {
  const functions = Object.entries(controlPlane.findResources('AWS::Lambda::Function'));
  return functions.find(([id]) => id.startsWith(step))![1].Properties.Environment.Variables;
};

test.each([
  [
    'a dropped file',
    { source: ['aws.s3'], 'detail-type': ['Object Created'], detail: { object: { key: [{ prefix: 'incoming/orders/' }] } } },
  ],
  ['a request by hand', { source: ['batchwright'], 'detail-type': ['Run Requested'], detail: { job: ['orders'] } }],
])('%s reaches the job’s own queue with the job’s name beside the event', (_, pattern) => {
  controlPlane.hasResourceProperties('AWS::Events::Rule', {
    EventPattern: Match.objectLike(pattern),
    Targets: [
      Match.objectLike({
        Arn: { 'Fn::GetAtt': [queueOf('JobordersQueue'), 'Arn'] },
        InputTransformer: { InputPathsMap: { detail: '$.detail' }, InputTemplate: '{"job":"orders","detail":<detail>}' },
        DeadLetterConfig: { Arn: { 'Fn::GetAtt': [queueOf('JobordersDeadLetters'), 'Arn'] } },
      }),
    ],
  });
});

test('only files of the input bucket start runs, and one of no job is flagged', () => {
  const dropped = Object.values(controlPlane.findResources('AWS::Events::Rule', { Properties: { EventPattern: { source: ['aws.s3'] } } }));

  expect(dropped.map(({ Properties }) => Properties.EventPattern.detail.object.key)).toEqual([
    [{ prefix: 'incoming/orders/' }],
    [{ prefix: 'incoming/returns/' }],
    [{ 'anything-but': { prefix: ['requests/', 'incoming/orders/', 'incoming/returns/'] } }],
  ]);
  for (const { Properties } of dropped) expect(JSON.stringify(Properties.EventPattern.detail.bucket)).toContain('RefInput');
});

test('a message that intake cannot take five times is put aside for two weeks', () => {
  controlPlane.hasResourceProperties('AWS::SQS::Queue', {
    RedrivePolicy: { maxReceiveCount: 5, deadLetterTargetArn: { 'Fn::GetAtt': [queueOf('JobordersDeadLetters'), 'Arn'] } },
    VisibilityTimeout: 360,
  });
  controlPlane.hasResource('AWS::SQS::Queue', { Properties: { MessageRetentionPeriod: 1_209_600, RedrivePolicy: Match.absent() } });
});

test('queues are encrypted and refuse requests without TLS', () => {
  controlPlane.allResourcesProperties('AWS::SQS::Queue', { SqsManagedSseEnabled: true });
  const queues = Object.keys(controlPlane.findResources('AWS::SQS::Queue'));
  controlPlane.resourceCountIs('AWS::SQS::QueuePolicy', queues.length);
  for (const { Properties } of Object.values(controlPlane.findResources('AWS::SQS::QueuePolicy'))) {
    expect(JSON.stringify(Properties.PolicyDocument)).toContain('"aws:SecureTransport":"false"');
  }
});

test('intake may take messages from the queue of every job, and from no other', () => {
  const policies = Object.values(controlPlane.findResources('AWS::IAM::Policy'));
  const statements = policies.flatMap(({ Properties }) => Properties.PolicyDocument.Statement);

  const taking = statements.filter(({ Action }) => Action.includes('sqs:ReceiveMessage'));

  expect(taking.flatMap(({ Resource }) => Resource)).toEqual([
    { 'Fn::GetAtt': [queueOf('JobordersQueue'), 'Arn'] },
    { 'Fn::GetAtt': [queueOf('JobreturnsQueue'), 'Arn'] },
  ]);
  for (const { Action } of taking) expect(Action).toEqual(['sqs:DeleteMessage', 'sqs:GetQueueAttributes', 'sqs:ReceiveMessage']);
});

test('intake takes ten messages at a time and answers for each of them', () => {
  controlPlane.resourceCountIs('AWS::Lambda::EventSourceMapping', 2);
  controlPlane.allResourcesProperties('AWS::Lambda::EventSourceMapping', {
    BatchSize: 10,
    FunctionResponseTypes: ['ReportBatchItemFailures'],
  });
});

test('settle hears of ended arrays and plain jobs of our two queues, not of an array’s children', () => {
  controlPlane.hasResourceProperties('AWS::Events::Rule', {
    EventPattern: {
      source: ['aws.batch'],
      'detail-type': ['Batch Job State Change'],
      detail: { status: ['SUCCEEDED', 'FAILED'], jobQueue: Match.anyValue(), arrayProperties: { index: [{ exists: false }] } },
    },
    Targets: [
      Match.objectLike({
        Arn: { 'Fn::GetAtt': [Match.stringLikeRegexp('^Settle'), 'Arn'] },
        DeadLetterConfig: { Arn: { 'Fn::GetAtt': [queueOf('Unsettled'), 'Arn'] } },
      }),
    ],
  });
});

test('every step has a function, each with a role and a log group of its own', () => {
  const functions = Object.values(controlPlane.findResources('AWS::Lambda::Function')).map(({ Properties }) => Properties);

  expect(functions).toHaveLength(STEPS.length);
  expect(new Set(functions.map(({ Role }) => JSON.stringify(Role))).size).toBe(STEPS.length);
  expect(new Set(functions.map(({ LoggingConfig }) => JSON.stringify(LoggingConfig))).size).toBe(STEPS.length);
  for (const each of functions) expect(each).toMatchObject({ Architectures: ['arm64'], Handler: 'index.handler' });
});

test.each([
  ['Intake', ['STATE_MACHINE_ARN']],
  ['Plan', ['MAX_VCPUS']],
  ['Submit', ['ON_DEMAND_QUEUE_ARN', 'SPOT_QUEUE_ARN', 'STATE_MACHINE_ARN']],
  ['Settle', ['STATE_MACHINE_ARN']],
  ['Assess', ['ON_DEMAND_QUEUE_ARN', 'SPOT_QUEUE_ARN']],
  ['Commit', ['ON_DEMAND_QUEUE_ARN', 'SPOT_QUEUE_ARN']],
  ['Report', ['EVENT_BUS_NAME', 'ON_DEMAND_QUEUE_ARN', 'SPOT_QUEUE_ARN', 'STATE_MACHINE_ARN', 'TOPIC_ARN']],
])('%s is told where the buckets are, and %j', (step, own) => {
  const everyone = ['INPUT_BUCKET', 'OUTPUT_BUCKET', 'POWERTOOLS_METRICS_NAMESPACE', 'POWERTOOLS_SERVICE_NAME', 'STATE_BUCKET'];

  expect(Object.keys(environmentOf(step)).toSorted()).toEqual([...everyone, ...own].toSorted());
  expect(environmentOf(step)).toMatchObject({ POWERTOOLS_METRICS_NAMESPACE: 'Batchwright', POWERTOOLS_SERVICE_NAME: step.toLowerCase() });
});

test('the state machine has the name by which its functions are granted it', () => {
  controlPlane.hasResourceProperties('AWS::StepFunctions::StateMachine', { StateMachineName: 'Batchwright-ControlPlane-run' });
  const arn = JSON.stringify(environmentOf('Settle').STATE_MACHINE_ARN);
  expect(arn).toContain(':stateMachine:Batchwright-ControlPlane-run');
  controlPlane.hasOutput('StateMachineArn', {});
});

test('notices are encrypted under a key that alarms may use, and travel over TLS only', () => {
  controlPlane.hasResourceProperties('AWS::SNS::Topic', { KmsMasterKeyId: Match.anyValue() });
  controlPlane.hasResourceProperties('AWS::KMS::Key', {
    EnableKeyRotation: true,
    KeyPolicy: Match.objectLike({
      Statement: Match.arrayWith([Match.objectLike({ Principal: { Service: 'cloudwatch.amazonaws.com' }, Effect: 'Allow' })]),
    }),
  });
  const [policy] = Object.values(controlPlane.findResources('AWS::SNS::TopicPolicy'));
  expect(JSON.stringify(policy)).toContain('"aws:SecureTransport":"false"');
});
