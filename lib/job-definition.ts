import { Aws, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { CfnJobDefinition } from 'aws-cdk-lib/aws-batch';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { lookupObjects } from '../core/plan/lookups';
import type { JobSpec } from '../core/spec/schema';
import { profileOf } from '../core/submit/fargate';
import { publishedBy, requestsOf, STATE_KEYS } from './key-patterns';
import { jobDefinitionName } from './names';
import { allow, create, list, read, readLookups, readVersions } from './permissions';
import type { WorkerImage } from './worker-image';

/** Reclaimed capacity is common on Spot; a lost task costs only its uncommitted chunks. */
const ATTEMPTS = 5;

/** Batch retries what is the platform's fault and nothing else: it has no back-off and gives the same memory every time. */
const RETRY_RULES: CfnJobDefinition.EvaluateOnExitProperty[] = [
  { action: 'RETRY', onStatusReason: 'Host EC2*' },
  // The same loss of a Spot host, as Fargate words it.
  { action: 'RETRY', onStatusReason: 'Your Spot Task was interrupted*' },
  { action: 'RETRY', onReason: 'CannotPullContainerError*' },
  // Hosts and agents that gave up before the container ran: network interface, registry log-in, volume.
  { action: 'RETRY', onStatusReason: 'Task failed to start*' },
  // A failure that no rule matches would be retried.
  { action: 'EXIT', onReason: '*' },
];

export interface JobDefinitionProps {
  readonly spec: JobSpec;
  readonly image: WorkerImage;
  readonly input: IBucket;
  readonly output: IBucket;
  readonly state: IBucket;
  /** How long one attempt of a task may take; tasks are packed for at most 30 minutes.
   *  @default Duration.minutes(40) */
  readonly timeout?: Duration;
}

/** A job as AWS Batch knows it: image, size, retry rules, log group, and two roles of its own. */
export class JobDefinition extends Construct {
  /** ARN with revision: what a run pins. */
  readonly arn: string;

  constructor(scope: Construct, id: string, props: JobDefinitionProps) {
    super(scope, id);
    const { spec, image } = props;
    const logGroup = new LogGroup(this, 'Log', { retention: RetentionDays.ONE_MONTH, removalPolicy: RemovalPolicy.DESTROY });
    const executionRole = this.executionRole(image, logGroup);
    const jobRole = this.jobRole(props);
    const definition = new CfnJobDefinition(this, 'Definition', {
      jobDefinitionName: jobDefinitionName(Stack.of(this), spec.name),
      type: 'container',
      platformCapabilities: ['FARGATE'],
      propagateTags: true,
      containerProperties: { ...container(props, logGroup), executionRoleArn: executionRole.roleArn, jobRoleArn: jobRole.roleArn },
      retryStrategy: { attempts: ATTEMPTS, evaluateOnExit: RETRY_RULES },
      timeout: { attemptDurationSeconds: attemptSeconds(props) },
      // Runs pin a revision; deploying must not take it away from them.
      resourceRetentionPolicy: { skipDeregisterOnUpdate: true },
    });
    definition.node.addDependency(executionRole, jobRole);
    this.arn = definition.ref;
  }

  /** What starts the container. */
  private executionRole(image: WorkerImage, logGroup: LogGroup): Role {
    const role = taskRole(this, 'ExecutionRole');
    image.allowPull(role);
    allow(role, {
      actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
      resources: [logGroup.logGroupArn],
      because: 'every attempt of a task writes a log stream of its own',
    });
    return role;
  }

  /** What the worker may do: read the job's files, take its tasks, and leave parts, markers, quarantine, complaints with their texts, and outlines. */
  private jobRole({ spec, input, output, state }: JobDefinitionProps): Role {
    const role = taskRole(this, 'JobRole');
    allow(
      role,
      readVersions(input, `${spec.input.prefix}*`, requestsOf(spec.name)),
      read(state, STATE_KEYS.runs),
      ...readLookups(lookupObjects(spec)),
      create(
        state,
        STATE_KEYS.markers,
        STATE_KEYS.quarantine,
        STATE_KEYS.uniqueKeys,
        STATE_KEYS.complaints,
        STATE_KEYS.messages,
        STATE_KEYS.outlines,
      ),
      list(input),
      list(state),
      {
        actions: ['s3:PutObject', 's3:AbortMultipartUpload'],
        resources: [output.arnForObjects(publishedBy(spec.name))],
        because: 'parts are named for runs and chunks that do not exist yet',
      },
    );
    return role;
  }
}

/** Only Fargate tasks of this account may take the role (confused-deputy guard). */
const taskRole = (scope: Construct, id: string): Role =>
  new Role(scope, id, {
    assumedBy: new ServicePrincipal('ecs-tasks.amazonaws.com').withConditions({ StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID } }),
  });

const attemptSeconds = ({ timeout = Duration.minutes(40) }: JobDefinitionProps): number => timeout.toSeconds();

function container(props: JobDefinitionProps, logGroup: LogGroup): CfnJobDefinition.ContainerPropertiesProperty {
  const { spec, image, input, output, state } = props;
  const { vcpu, memoryMiB } = profileOf(spec.compute);
  return {
    image: image.uri,
    resourceRequirements: [
      { type: 'VCPU', value: String(vcpu) },
      { type: 'MEMORY', value: String(memoryMiB) },
    ],
    runtimePlatform: { cpuArchitecture: spec.compute.architecture === 'arm64' ? 'ARM64' : 'X86_64', operatingSystemFamily: 'LINUX' },
    fargatePlatformConfiguration: { platformVersion: 'LATEST' },
    networkConfiguration: { assignPublicIp: 'ENABLED' },
    environment: [
      { name: 'STATE_BUCKET', value: state.bucketName },
      { name: 'INPUT_BUCKET', value: input.bucketName },
      { name: 'OUTPUT_BUCKET', value: output.bucketName },
      // The worker stops taking chunks before Batch would end the attempt, and what it had begun with it.
      { name: 'BATCHWRIGHT_ATTEMPT_SECONDS', value: String(attemptSeconds(props)) },
    ],
    // The one writable place is the task's own disk, mounted where programs look for temporary space.
    readonlyRootFilesystem: true,
    volumes: [{ name: 'scratch' }],
    mountPoints: [{ sourceVolume: 'scratch', containerPath: '/tmp', readOnly: false }],
    logConfiguration: {
      logDriver: 'awslogs',
      options: { 'awslogs-group': logGroup.logGroupName, 'awslogs-region': Aws.REGION, 'awslogs-stream-prefix': spec.name },
    },
  };
}
