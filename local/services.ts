import { createBatch } from './batch';
import { createCloudWatch } from './cloudwatch';
import { createEventBridge } from './eventbridge';
import type { Disturbances } from './faults';
import type { Kernel, Service } from './kernel/types';
import { createLambda } from './lambda';
import { createLogs } from './logs';
import { createS3, type S3Service } from './s3/service';
import { createSns } from './sns';
import { createSqs } from './sqs';
import { createStepFunctions } from './stepfunctions';

export interface Services {
  /** Each after those that it calls, so that in reverse none calls one that has stopped. */
  readonly all: readonly Service[];
  readonly s3: S3Service;
}

/** Builds every service and wires them to each other. */
export function createServices(kernel: Kernel, faults?: Disturbances): Services {
  const cloudWatch = createCloudWatch(kernel);
  const logs = createLogs(kernel, cloudWatch);
  const queues = createSqs(kernel);
  const topics = createSns(kernel, queues);
  const functions = createLambda(kernel, logs, queues, faults?.functions);
  const eventBridge = createEventBridge(kernel, { queues, functions, topics }, { faults: faults?.events });
  const s3 = createS3(kernel, eventBridge);
  const stepFunctions = createStepFunctions(kernel, functions, eventBridge, logs);
  const batch = createBatch(kernel, eventBridge, logs, { faults: faults?.attempts });
  return { all: [cloudWatch, logs, queues, topics, functions, eventBridge, s3, stepFunctions, batch], s3 };
}
