import { z } from 'zod';
import { NotEmulatedError } from '../kernel/errors';
import type { DeployedResource, Kernel, ResourceProvider } from '../kernel/types';
import { flag, ignored, number, propertiesOf } from '../messaging/properties';
import type { LocalQueues } from '../sqs/registry';
import type { Functions } from './functions';
import { type Mapping, Poller } from './poller';

/** AWS polls a queue with five pollers unless ScalingConfig says otherwise. */
const DEFAULT_POLLERS = 5;
const DEFAULT_BATCH = 10;

const MappingProperties = z.strictObject({
  EventSourceArn: z.string(),
  FunctionName: z.string(),
  BatchSize: number.int().min(1).max(10_000).default(DEFAULT_BATCH),
  MaximumBatchingWindowInSeconds: number.int().min(0).max(300).default(0),
  FunctionResponseTypes: z.array(z.literal('ReportBatchItemFailures')).default([]),
  ScalingConfig: z.object({ MaximumConcurrency: number.int().min(2).max(1000).optional() }).default({}),
  Enabled: flag.default(true),
  Tags: ignored,
});

/** What AWS asks of a function's role before it polls a queue. */
const POLLING_ACTIONS = ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'];

/** All event source mappings; they begin to poll when the whole deployment exists. */
export class Mappings {
  private readonly mappings = new Map<string, Mapping>();
  private pollers: readonly Poller[] = [];

  constructor(
    private readonly kernel: Kernel,
    private readonly functions: Functions,
    private readonly queues: LocalQueues,
  ) {}

  readonly provider: ResourceProvider = {
    type: 'AWS::Lambda::EventSourceMapping',
    identify: ({ stackName, logicalId }) => ({ ref: `${stackName}-${logicalId}`, attributes: { Id: `${stackName}-${logicalId}` } }),
    create: async (resource) => this.declare(resource),
  };

  start(): void {
    const { kernel, functions, queues } = this;
    this.pollers = [...this.mappings.values()].map((mapping) => {
      this.checkRole(mapping);
      return new Poller(mapping, { kernel, queues, execute: (reference, payload) => functions.execute(reference, payload) });
    });
    for (const poller of this.pollers) poller.start();
  }

  stop(): void {
    for (const poller of this.pollers) poller.stop();
  }

  private declare(resource: DeployedResource): void {
    const properties = propertiesOf(MappingProperties, resource);
    if (!properties.EventSourceArn.startsWith('arn:aws:sqs:')) {
      throw new NotEmulatedError(`the event source ${properties.EventSourceArn} of ${resource.stackName}/${resource.logicalId}`);
    }
    this.mappings.delete(resource.ref);
    if (!properties.Enabled) return;
    this.mappings.set(resource.ref, {
      queueArn: properties.EventSourceArn,
      function: properties.FunctionName,
      batchSize: properties.MaximumBatchingWindowInSeconds === 0 ? Math.min(properties.BatchSize, DEFAULT_BATCH) : properties.BatchSize,
      windowSeconds: properties.MaximumBatchingWindowInSeconds,
      partialResponses: properties.FunctionResponseTypes.length > 0,
      concurrency: properties.ScalingConfig.MaximumConcurrency ?? DEFAULT_POLLERS,
    });
  }

  private checkRole({ queueArn, function: reference }: Mapping): void {
    const { roleArn } = this.functions.find(reference).definition;
    for (const action of POLLING_ACTIONS) this.kernel.authorize({ caller: { kind: 'role', arn: roleArn }, action, resource: queueArn });
  }
}
