import { z } from 'zod';
import { NotEmulatedError } from '../kernel/errors';
import type { Kernel, ResourceProvider } from '../kernel/types';
import { ACCOUNT } from '../kernel/types';
import { nameOf } from '../messaging/names';
import { declared, flag, ignored, number, propertiesOf } from '../messaging/properties';
import { type QueueRegistry, queueArn } from './registry';

const QUEUE_NAME_LIMIT = 80;
const FOUR_DAYS_SECONDS = 4 * 24 * 3600;
/** SQS's default since messages may have 1 MiB. */
const DEFAULT_MESSAGE_BYTES = 1_048_576;

const Redrive = z.object({ deadLetterTargetArn: z.string(), maxReceiveCount: number.int().min(1).max(1000) });

const QueueProperties = z.strictObject({
  QueueName: z.string().optional(),
  VisibilityTimeout: number.min(0).max(43_200).default(30),
  DelaySeconds: number.min(0).max(900).default(0),
  MessageRetentionPeriod: number.min(60).max(1_209_600).default(FOUR_DAYS_SECONDS),
  MaximumMessageSize: number.min(1024).max(DEFAULT_MESSAGE_BYTES).default(DEFAULT_MESSAGE_BYTES),
  ReceiveMessageWaitTimeSeconds: number.min(0).max(20).default(0),
  RedrivePolicy: z.preprocess((value) => (typeof value === 'string' ? JSON.parse(value) : value), Redrive.optional()),
  FifoQueue: flag.optional(),
  RedriveAllowPolicy: ignored,
  SqsManagedSseEnabled: ignored,
  KmsMasterKeyId: ignored,
  KmsDataKeyReusePeriodSeconds: ignored,
  Tags: ignored,
});

/** Where clients send requests about a queue. */
export const queueUrl = ({ endpoint }: Pick<Kernel, 'endpoint'>, name: string): string => `${endpoint}/${ACCOUNT}/${name}`;

/** `AWS::SQS::Queue` and its policy, which the kernel itself evaluates. */
export const sqsProviders = (kernel: Kernel, registry: QueueRegistry): readonly ResourceProvider[] => [
  {
    type: 'AWS::SQS::Queue',
    identify: (identity) => {
      const name = nameOf(identity, 'QueueName', QUEUE_NAME_LIMIT);
      const url = queueUrl(kernel, name);
      return { ref: url, attributes: { Arn: queueArn(name), QueueName: name, QueueUrl: url } };
    },
    create: async (resource) => {
      const properties = propertiesOf(QueueProperties, resource);
      if (properties.FifoQueue) throw new NotEmulatedError(`the FIFO queue ${resource.stackName}/${resource.logicalId}`);
      const { RedrivePolicy: redrive } = properties;
      registry.declare({
        name: resource.attributes.QueueName ?? '',
        url: resource.ref,
        visibilitySeconds: properties.VisibilityTimeout,
        delaySeconds: properties.DelaySeconds,
        retentionSeconds: properties.MessageRetentionPeriod,
        maxMessageBytes: properties.MaximumMessageSize,
        waitSeconds: properties.ReceiveMessageWaitTimeSeconds,
        redrive: redrive && { deadLetterArn: redrive.deadLetterTargetArn, maxReceiveCount: redrive.maxReceiveCount },
      });
    },
  },
  declared('AWS::SQS::QueuePolicy', ({ stackName, logicalId }) => ({ ref: `${stackName}-${logicalId}`, attributes: {} })),
];
