import { randomUUID } from 'node:crypto';
import type { ApiRequest, Kernel } from '../kernel/types';
import { type Catalog, type JobQueue, queueArn } from './catalog';
import { type Definition, type Definitions, definitionArn, parseReference } from './definitions';
import { jobArn } from './describe';
import type { Engine } from './engine';
import { ClientError, parsed } from './errors';
import type { Ledger } from './ledger';
import { checkArray, checkName, checkOverrides, checkSubmissionBytes, checkTags, checkTask, checkTimeout } from './limits';
import type { Order } from './model';
import { withOverrides } from './overrides';
import { JobRetry, SubmitShape } from './shapes';
import { taskOf } from './task';

export interface SubmitParts {
  readonly kernel: Kernel;
  readonly catalog: Catalog;
  readonly definitions: Definitions;
  readonly ledger: Ledger;
  readonly engine: Engine;
  readonly minimumTimeoutSeconds: number;
  readonly now: () => number;
}

/** Both ends of a submission are protected: a definition is named as the caller named it, with or without its revision. */
function authorize({ kernel }: SubmitParts, { caller }: ApiRequest, wish: SubmitShape & { readonly id: string }): void {
  const { name, revision } = parseReference(wish.jobDefinition);
  const resources = [definitionArn(name, revision), queueArn(wish.jobQueue)];
  for (const resource of resources) kernel.authorize({ caller, action: 'batch:SubmitJob', resource });
  if (Object.keys(wish.tags).length > 0) kernel.authorize({ caller, action: 'batch:TagResource', resource: jobArn(wish.id) });
}

function openQueue({ catalog }: SubmitParts, reference: string): JobQueue {
  const queue = catalog.queues.get(queueArn(reference));
  if (!queue) throw new ClientError(`JobQueue ${reference} does not exist`);
  if (queue.state !== 'ENABLED') throw new ClientError(`JobQueue ${reference} is ${queue.state}: it takes no jobs`);
  return queue;
}

function activeDefinition({ definitions }: SubmitParts, reference: string): Definition {
  const definition = definitions.find(reference);
  if (!definition) throw new ClientError(`JobDefinition ${reference} does not exist`);
  if (definition.status !== 'ACTIVE') throw new ClientError(`JobDefinition ${reference} is deregistered`);
  return definition;
}

function check({ minimumTimeoutSeconds }: SubmitParts, wish: SubmitShape): void {
  checkName('Job name', wish.jobName);
  checkArray(wish.arrayProperties?.size);
  checkOverrides(wish.containerOverrides ?? wish.ecsPropertiesOverride);
  checkTimeout(wish.timeout?.attemptDurationSeconds, minimumTimeoutSeconds);
  checkTags(wish.tags);
}

function orderOf(parts: SubmitParts, wish: SubmitShape & { readonly id: string }): Order {
  const queue = openQueue(parts, wish.jobQueue);
  const { name, revision, shape, folder } = activeDefinition(parts, wish.jobDefinition);
  const { containerProperties: container, ecsProperties } = withOverrides(shape, wish);
  checkTask(taskOf({ containerProperties: container, ecsProperties }));
  return {
    id: wish.id,
    ordinal: parts.ledger.nextOrdinal(),
    name: wish.jobName,
    queueArn: queue.arn,
    definitionArn: definitionArn(name, revision),
    size: wish.arrayProperties?.size,
    parameters: { ...shape.parameters, ...wish.parameters },
    retryStrategy: wish.retryStrategy ?? shape.retryStrategy ?? JobRetry.parse({}),
    timeoutSeconds: (wish.timeout ?? shape.timeout)?.attemptDurationSeconds,
    propagateTags: wish.propagateTags ?? shape.propagateTags,
    platformCapabilities: shape.platformCapabilities,
    container,
    ecsProperties,
    folder,
    createdAt: parts.now(),
  };
}

/** SubmitJob: everything is checked before anything is written, and the job is on disk before the answer leaves. */
export function submitJob(parts: SubmitParts, input: Record<string, unknown>, request: ApiRequest) {
  checkSubmissionBytes(input);
  const wish = { ...parsed(SubmitShape, input, 'SubmitJob'), id: randomUUID() };
  authorize(parts, request, wish);
  check(parts, wish);
  const order = orderOf(parts, wish);
  parts.engine.submit(order, wish.tags);
  return { jobArn: jobArn(order.id), jobId: order.id, jobName: order.name };
}
