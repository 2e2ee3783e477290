import { z } from 'zod';
import { NotEmulatedError } from '../kernel/errors';
import type { DeployedResource, ResourceProvider } from '../kernel/types';
import { arnOf, nameOf } from '../messaging/names';
import { flag, ignored, number, propertiesOf } from '../messaging/properties';
import { environmentArn } from './catalog';
import { definitionProvider } from './definition-resource';
import type { Slots } from './slots';
import type { SubmitParts } from './submit';

const NAME_CHARS = 128;
const tags = z.record(z.string(), z.string()).default({});
const state = z.enum(['ENABLED', 'DISABLED']).default('ENABLED');

const EnvironmentProperties = z.strictObject({
  ComputeEnvironmentName: z.string().optional(),
  Type: z
    .string()
    .transform((word) => word.toUpperCase())
    .pipe(z.literal('MANAGED')),
  State: state,
  ComputeResources: z.strictObject({
    Type: z.enum(['FARGATE', 'FARGATE_SPOT']),
    MaxvCpus: number.min(1),
    Subnets: ignored,
    SecurityGroupIds: ignored,
    UpdateToLatestImageVersion: ignored,
  }),
  ReplaceComputeEnvironment: flag.optional(),
  ServiceRole: ignored,
  UpdatePolicy: ignored,
  Tags: tags,
});

/** Whatever hosts a task on AWS, here it is this machine. */
const environmentProvider = ({ catalog }: SubmitParts): ResourceProvider => ({
  type: 'AWS::Batch::ComputeEnvironment',
  identify: (identity) => {
    const arn = arnOf('batch', `compute-environment/${nameOf(identity, 'ComputeEnvironmentName', NAME_CHARS)}`);
    return { ref: arn, attributes: { ComputeEnvironmentArn: arn } };
  },
  create: async (resource) => {
    const properties = propertiesOf(EnvironmentProperties, resource);
    const { Type: capacity, MaxvCpus: maxvCpus } = properties.ComputeResources;
    const name = resource.ref.slice(resource.ref.lastIndexOf('/') + 1);
    catalog.environments.set(resource.ref, { name, arn: resource.ref, capacity, maxvCpus, state: properties.State, tags: properties.Tags });
  },
});

const QueueProperties = z.strictObject({
  JobQueueName: z.string().optional(),
  Priority: number.int().min(0).max(1000),
  State: state,
  JobQueueType: ignored,
  ComputeEnvironmentOrder: z
    .array(z.strictObject({ ComputeEnvironment: z.string(), Order: number }))
    .min(1)
    .max(3),
  JobStateTimeLimitActions: z
    .array(
      z.strictObject({
        Action: z.literal('CANCEL'),
        MaxTimeSeconds: number.min(600).max(86_400),
        Reason: z.string(),
        State: z.literal('RUNNABLE'),
      }),
    )
    .default([]),
  Tags: tags,
});

export interface QueueParts extends SubmitParts {
  readonly slots: Slots;
  /** vCPUs of this machine. */
  readonly vcpus: number;
}

function declareQueue({ catalog, slots, vcpus }: QueueParts, resource: DeployedResource): void {
  const properties = propertiesOf(QueueProperties, resource);
  const order = properties.ComputeEnvironmentOrder.map(({ ComputeEnvironment, Order }) => ({
    order: Order,
    computeEnvironment: environmentArn(ComputeEnvironment),
  }));
  const missing = order.find(({ computeEnvironment }) => !catalog.environments.has(computeEnvironment));
  if (missing) throw new NotEmulatedError(`compute environment ${missing.computeEnvironment}, which no template declares,`);
  const { ref: arn } = resource;
  const queue = {
    arn,
    name: arn.slice(arn.lastIndexOf('/') + 1),
    priority: properties.Priority,
    state: properties.State,
    computeEnvironmentOrder: order,
    jobStateTimeLimitActions: properties.JobStateTimeLimitActions.map(({ Action, MaxTimeSeconds, Reason, State }) => ({
      action: Action,
      maxTimeSeconds: MaxTimeSeconds,
      reason: Reason,
      state: State,
    })),
    tags: properties.Tags,
  };
  catalog.queues.set(arn, queue);
  slots.declare(arn, { priority: queue.priority, vcpu: Math.min(catalog.vcpuOf(queue), vcpus) });
}

const queueProvider = (parts: QueueParts): ResourceProvider => ({
  type: 'AWS::Batch::JobQueue',
  identify: (identity) => {
    const arn = arnOf('batch', `job-queue/${nameOf(identity, 'JobQueueName', NAME_CHARS)}`);
    return { ref: arn, attributes: { JobQueueArn: arn } };
  },
  create: async (resource) => declareQueue(parts, resource),
});

/** The resource types of AWS Batch that templates may have. */
export const batchProviders = (parts: QueueParts): readonly ResourceProvider[] => [
  environmentProvider(parts),
  queueProvider(parts),
  definitionProvider(parts),
];
