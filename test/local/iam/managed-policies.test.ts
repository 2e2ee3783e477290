import { evaluate } from '../../../local/iam/evaluate';
import { awsManagedPolicy, isAwsManaged } from '../../../local/iam/managed-policies';
import { compilePolicy } from '../../../local/iam/statements';
import { aQuestion } from '../../support/cloud-policies';

const POLICIES = 'arn:aws:iam::aws:policy/';

function allows(policy: string, action: string, context: Readonly<Record<string, string>> = {}): boolean {
  const identity = compilePolicy(awsManagedPolicy(`${POLICIES}${policy}`), policy);
  return evaluate({ identity, resource: [] }, aQuestion({ action, resource: 'arn:aws:iam::000000000000:role/x', context })).allowed;
}

test.each<[string, string, boolean]>([
  ['AdministratorAccess', 'dynamodb:DeleteTable', true],
  ['AmazonS3ReadOnlyAccess', 's3:GetObjectVersion', true],
  ['AmazonS3ReadOnlyAccess', 's3:PutObject', false],
  ['service-role/AWSLambdaBasicExecutionRole', 'logs:PutLogEvents', true],
  ['service-role/AWSLambdaBasicExecutionRole', 'sqs:ReceiveMessage', false],
  ['service-role/AWSLambdaSQSQueueExecutionRole', 'sqs:ReceiveMessage', true],
  ['service-role/AWSLambdaSQSQueueExecutionRole', 'sqs:SendMessage', false],
  ['service-role/AWSLambdaVPCAccessExecutionRole', 'ec2:CreateNetworkInterface', true],
  ['service-role/AmazonECSTaskExecutionRolePolicy', 'ecr:BatchGetImage', true],
  ['service-role/AmazonECSTaskExecutionRolePolicy', 'logs:CreateLogGroup', false],
  ['service-role/AWSBatchServiceRole', 'ecs:RunTask', true],
  ['service-role/AWSBatchServiceRole', 'ec2:DeleteVpc', false],
  ['AWSXRayDaemonWriteAccess', 'xray:PutTraceSegments', true],
])('%s, asked for %s, says %s', (policy, action, allowed) => {
  expect(allows(policy, action)).toBe(allowed);
});

test('the service role of Batch may pass roles to ECS tasks only', () => {
  const pass = (service: string) => allows('service-role/AWSBatchServiceRole', 'iam:PassRole', { 'iam:PassedToService': service });

  expect(pass('ecs-tasks.amazonaws.com')).toBe(true);
  expect(pass('lambda.amazonaws.com')).toBe(false);
});

test('a policy that is not kept is refused, naming those that are', () => {
  expect(() => awsManagedPolicy(`${POLICIES}PowerUserAccess`)).toThrow(/PowerUserAccess \(known: AdministratorAccess, /);
});

test.each([
  [`${POLICIES}x`, true],
  ['arn:aws:iam::000000000000:policy/x', false],
])('%s belongs to AWS: %s', (arn, expected) => {
  expect(isAwsManaged(arn)).toBe(expected);
});
