import path from 'node:path';
import { CfnOutput, Duration, Stack, type StackProps, Validations } from 'aws-cdk-lib';
import { FargateComputeEnvironment, JobQueue, JobStateTimeLimitActionsReason } from 'aws-cdk-lib/aws-batch';
import { GatewayVpcEndpointAwsService, type ISecurityGroup, type IVpc, SecurityGroup, SubnetType, Vpc } from 'aws-cdk-lib/aws-ec2';
import type { Construct } from 'constructs';
import type { JobConfig } from '../core/contracts';
import { DEFAULT_MAX_VCPUS } from '../core/report/forecast';
import type { LoadedJob } from '../core/spec/load';
import { profileOf } from '../core/submit/fargate';
import { batchFaults } from './fargate-checks';
import { codeOf } from './job-code';
import { JobConfigs } from './job-configs';
import { JobDefinition } from './job-definition';
import { jobConstructId } from './names';
import type { StorageStack } from './storage-stack';
import { type Architecture, WorkerImage } from './worker-image';

/** A job that waits for these reasons blocks all behind it, and no waiting helps: it is cancelled, and its run fails by name. */
const NEVER_RUNNABLE = [
  JobStateTimeLimitActionsReason.JOB_RESOURCE_REQUIREMENT,
  JobStateTimeLimitActionsReason.COMPUTE_ENVIRONMENT_MAX_RESOURCE,
];
const HOPELESS_AFTER = Duration.hours(1);

export interface ComputeStackProps extends StackProps {
  readonly storage: StorageStack;
  readonly jobs: readonly LoadedJob[];
  /** Build context of the worker's image. */
  readonly workerFolder: string;
  /** vCPUs that each queue may use at once. A new AWS account has a Fargate quota of 6 vCPU: ask for more before counting on this.
   *  @default 256 */
  readonly maxVcpus?: number;
}

/** Where work runs: nothing here costs anything until a task is submitted. */
export class ComputeStack extends Stack {
  readonly spotQueue: JobQueue;
  readonly onDemandQueue: JobQueue;
  readonly maxVcpus: number;

  constructor(scope: Construct, id: string, props: ComputeStackProps) {
    super(scope, id, props);
    this.maxVcpus = props.maxVcpus ?? DEFAULT_MAX_VCPUS;
    const vpc = this.network();
    const securityGroup = new SecurityGroup(this, 'Tasks', { vpc, description: 'tasks call AWS and accept no connection' });
    this.spotQueue = this.queue('Spot', vpc, securityGroup);
    this.onDemandQueue = this.queue('OnDemand', vpc, securityGroup);
    const configs = this.jobConfigs(props);
    new JobConfigs(this, 'Configs', { state: props.storage.state, configs });
    this.node.addValidation({ validate: () => batchFaults(this) });
  }

  /** Public subnets and no NAT: a public address costs only while a task runs (see docs/adr/0004-no-nat.md). */
  private network(): IVpc {
    const vpc = new Vpc(this, 'Network', {
      maxAzs: 2,
      natGateways: 0,
      subnetConfiguration: [{ name: 'Task', subnetType: SubnetType.PUBLIC, mapPublicIpOnLaunch: false }],
      gatewayEndpoints: { S3: { service: GatewayVpcEndpointAwsService.S3 } },
      // Nothing uses the default group; emptying it would take a function of its own.
      restrictDefaultSecurityGroup: false,
    });
    Validations.of(vpc).acknowledge({
      id: 'AwsSolutions-VPC7',
      reason:
        'tasks accept no connection and call AWS only, which CloudTrail records; flow logs of the data itself would cost more than the work',
    });
    return vpc;
  }

  private queue(capacity: 'Spot' | 'OnDemand', vpc: IVpc, securityGroup: ISecurityGroup): JobQueue {
    const computeEnvironment = new FargateComputeEnvironment(this, `${capacity}Environment`, {
      vpc,
      vpcSubnets: { subnetType: SubnetType.PUBLIC },
      securityGroups: [securityGroup],
      spot: capacity === 'Spot',
      maxvCpus: this.maxVcpus,
      // Updated in place, so that running tasks finish; and never named, so that a replacement could exist beside it.
      replaceComputeEnvironment: false,
    });
    const queue = new JobQueue(this, `${capacity}Queue`, {
      computeEnvironments: [{ computeEnvironment, order: 1 }],
      jobStateTimeLimitActions: NEVER_RUNNABLE.map((reason) => ({ maxTime: HOPELESS_AFTER, reason })),
    });
    new CfnOutput(this, `${capacity}QueueArn`, { value: queue.jobQueueArn });
    return queue;
  }

  /** A job definition per job, and the job's config, which names the definition's revision, beside it: both change in one deployment. */
  private jobConfigs({ jobs, storage, workerFolder }: ComputeStackProps): readonly JobConfig[] {
    const images = new Map<Architecture, WorkerImage>();
    return jobs.map(({ spec, schemas, query }) => {
      const { architecture } = spec.compute;
      const image = images.get(architecture) ?? new WorkerImage(this, `Worker-${architecture}`, { folder: workerFolder, architecture });
      images.set(architecture, image);
      const { input, output, state } = storage;
      const definition = new JobDefinition(this, jobConstructId(spec.name), { spec, image, input, output, state });
      return {
        schema: 'config.v1',
        spec,
        schemas,
        worker: { jobDefinition: definition.arn, image: image.uri, architecture, profile: profileOf(spec.compute) },
        code: codeOf(spec, path.join(workerFolder, 'jobs')),
        ...(query && { query }),
      };
    });
  }
}
