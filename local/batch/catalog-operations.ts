import { z } from 'zod';
import type { Operations } from '../kernel/http';
import { type ComputeEnvironment, environmentArn, type JobQueue, queueArn } from './catalog';
import { parsed } from './errors';
import type { SubmitParts } from './submit';

const paging = { maxResults: z.number().int().optional(), nextToken: z.string().optional() };
const DescribeQueues = z.strictObject({ jobQueues: z.array(z.string()).optional(), ...paging });
const DescribeEnvironments = z.strictObject({ computeEnvironments: z.array(z.string()).optional(), ...paging });

const queueDetail = ({ name, arn, ...queue }: JobQueue) => ({
  jobQueueName: name,
  jobQueueArn: arn,
  jobQueueType: 'ECS_FARGATE',
  status: 'VALID',
  statusReason: 'JobQueue Healthy',
  ...queue,
});

const environmentDetail = ({ name, arn, capacity, maxvCpus, state, tags }: ComputeEnvironment) => ({
  computeEnvironmentName: name,
  computeEnvironmentArn: arn,
  containerOrchestrationType: 'ECS',
  type: 'MANAGED',
  state,
  status: 'VALID',
  statusReason: 'ComputeEnvironment Healthy',
  computeResources: { type: capacity, maxvCpus, subnets: [], securityGroupIds: [] },
  tags,
});

/** Unknown names are left out, as Batch leaves them; an account has 50 of a kind at most, so there is one page. */
function chosen<T extends { readonly arn: string }>(all: Iterable<T>, arns: readonly string[] | undefined): readonly T[] {
  return [...all].filter(({ arn }) => arns === undefined || arns.includes(arn));
}

/** Operations on queues and compute environments. */
export const catalogOperations = ({ kernel, catalog }: SubmitParts): Operations => ({
  describejobqueues: (input, { caller }) => {
    const { jobQueues } = parsed(DescribeQueues, input, 'DescribeJobQueues');
    kernel.authorize({ caller, action: 'batch:DescribeJobQueues', resource: '*' });
    return { jobQueues: chosen(catalog.queues.values(), jobQueues?.map(queueArn)).map(queueDetail) };
  },
  describecomputeenvironments: (input, { caller }) => {
    const { computeEnvironments } = parsed(DescribeEnvironments, input, 'DescribeComputeEnvironments');
    kernel.authorize({ caller, action: 'batch:DescribeComputeEnvironments', resource: '*' });
    return { computeEnvironments: chosen(catalog.environments.values(), computeEnvironments?.map(environmentArn)).map(environmentDetail) };
  },
});
