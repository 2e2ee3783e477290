import { NotEmulatedError } from '../kernel/errors';

const PREFIX = 'arn:aws:iam::aws:policy/';

const allow = (...actions: readonly string[]) => ({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: actions, Resource: '*' }],
});

const WRITE_LOGS = ['logs:CreateLogGroup', 'logs:CreateLogStream', 'logs:PutLogEvents'];

const each = (service: string, names: string): readonly string[] => names.split(' ').map((name) => `${service}:${name}`);

/** What AWS Batch may do in the account; nothing of it is called here, where there are no instances and no clusters. */
const BATCH_SERVICE = {
  Version: '2012-10-17',
  Statement: [
    {
      Effect: 'Allow',
      Action: [
        ...each(
          'ec2',
          'DescribeAccountAttributes DescribeInstances DescribeInstanceStatus DescribeInstanceAttribute DescribeSubnets DescribeSecurityGroups DescribeKeyPairs DescribeImages DescribeImageAttribute DescribeSpotInstanceRequests DescribeSpotFleetInstances DescribeSpotFleetRequests DescribeSpotPriceHistory DescribeSpotFleetRequestHistory DescribeVpcClassicLink DescribeLaunchTemplateVersions CreateLaunchTemplate DeleteLaunchTemplate RequestSpotFleet CancelSpotFleetRequests ModifySpotFleetRequest TerminateInstances RunInstances',
        ),
        ...each(
          'autoscaling',
          'DescribeAccountLimits DescribeAutoScalingGroups DescribeLaunchConfigurations DescribeAutoScalingInstances DescribeScalingActivities CreateLaunchConfiguration CreateAutoScalingGroup UpdateAutoScalingGroup SetDesiredCapacity DeleteLaunchConfiguration DeleteAutoScalingGroup CreateOrUpdateTags SuspendProcesses PutNotificationConfiguration TerminateInstanceInAutoScalingGroup',
        ),
        ...each(
          'ecs',
          'DescribeClusters DescribeContainerInstances DescribeTaskDefinition DescribeTasks ListAccountSettings ListClusters ListContainerInstances ListTaskDefinitionFamilies ListTaskDefinitions ListTasks CreateCluster DeleteCluster RegisterTaskDefinition DeregisterTaskDefinition RunTask StartTask StopTask UpdateContainerAgent DeregisterContainerInstance',
        ),
        ...each('logs', 'CreateLogGroup CreateLogStream PutLogEvents DescribeLogGroups'),
        ...each('iam', 'GetInstanceProfile GetRole'),
      ],
      Resource: '*',
    },
    { Effect: 'Allow', Action: 'ecs:TagResource', Resource: 'arn:aws:ecs:*:*:task/*_Batch_*' },
    {
      Effect: 'Allow',
      Action: 'iam:PassRole',
      Resource: '*',
      Condition: { StringEquals: { 'iam:PassedToService': ['ec2.amazonaws.com', 'ec2.amazonaws.com.cn', 'ecs-tasks.amazonaws.com'] } },
    },
    {
      Effect: 'Allow',
      Action: 'iam:CreateServiceLinkedRole',
      Resource: '*',
      Condition: {
        StringEquals: {
          'iam:AWSServiceName': ['spot.amazonaws.com', 'spotfleet.amazonaws.com', 'autoscaling.amazonaws.com', 'ecs.amazonaws.com'],
        },
      },
    },
    { Effect: 'Allow', Action: 'ec2:CreateTags', Resource: '*', Condition: { StringEquals: { 'ec2:CreateAction': 'RunInstances' } } },
  ],
};

/** AWS's own policies that a template of this kind attaches, statement for statement, by the end of their ARN. */
const MANAGED: Readonly<Record<string, unknown>> = {
  AdministratorAccess: allow('*'),
  AmazonS3ReadOnlyAccess: allow('s3:Get*', 's3:List*', 's3:Describe*', 's3-object-lambda:Get*', 's3-object-lambda:List*'),
  'service-role/AWSLambdaBasicExecutionRole': allow(...WRITE_LOGS),
  'service-role/AWSLambdaSQSQueueExecutionRole': allow('sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes', ...WRITE_LOGS),
  'service-role/AWSLambdaVPCAccessExecutionRole': allow(
    ...WRITE_LOGS,
    'ec2:CreateNetworkInterface',
    'ec2:DescribeNetworkInterfaces',
    'ec2:DescribeSubnets',
    'ec2:DeleteNetworkInterface',
    'ec2:AssignPrivateIpAddresses',
    'ec2:UnassignPrivateIpAddresses',
  ),
  'service-role/AmazonECSTaskExecutionRolePolicy': allow(
    'ecr:GetAuthorizationToken',
    'ecr:BatchCheckLayerAvailability',
    'ecr:GetDownloadUrlForLayer',
    'ecr:BatchGetImage',
    'logs:CreateLogStream',
    'logs:PutLogEvents',
  ),
  'service-role/AWSBatchServiceRole': BATCH_SERVICE,
  AWSXRayDaemonWriteAccess: allow(
    'xray:PutTraceSegments',
    'xray:PutTelemetryRecords',
    'xray:GetSamplingRules',
    'xray:GetSamplingTargets',
    'xray:GetSamplingStatisticSummaries',
  ),
};

export const isAwsManaged = (arn: string): boolean => arn.startsWith(PREFIX);

/** The document of one of AWS's own policies; one that is not kept here is refused by name. */
export function awsManagedPolicy(arn: string): unknown {
  const document = MANAGED[arn.slice(PREFIX.length)];
  if (!document) throw new NotEmulatedError(`managed policy ${arn} (known: ${Object.keys(MANAGED).join(', ')})`);
  return document;
}
