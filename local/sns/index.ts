import { z } from 'zod';
import { NotEmulatedError } from '../kernel/errors';
import type { DeployedResource, Kernel, Queues, ResourceProvider, Service } from '../kernel/types';
import { nameOf } from '../messaging/names';
import { declared, flag, ignored, propertiesOf } from '../messaging/properties';
import { snsOperations } from './operations';
import { serveQuery } from './query';
import { Topics, topicArn } from './topics';

const TOPIC_NAME_LIMIT = 256;

const Inline = z.object({ Protocol: z.string(), Endpoint: z.string() });
const TopicProperties = z.strictObject({
  TopicName: z.string().optional(),
  Subscription: z.array(Inline).default([]),
  FifoTopic: flag.optional(),
  DisplayName: ignored,
  KmsMasterKeyId: ignored,
  SignatureVersion: ignored,
  TracingConfig: ignored,
  Tags: ignored,
});
const SubscriptionProperties = z.strictObject({
  TopicArn: z.string(),
  Protocol: z.string(),
  Endpoint: z.string(),
  RawMessageDelivery: flag.default(false),
  Region: ignored,
});

function declareTopic(topics: Topics, resource: DeployedResource): void {
  const { FifoTopic, Subscription: inline } = propertiesOf(TopicProperties, resource);
  if (FifoTopic) throw new NotEmulatedError(`the FIFO topic ${resource.stackName}/${resource.logicalId}`);
  topics.declare(resource.attributes.TopicName ?? '');
  for (const [i, { Protocol, Endpoint }] of inline.entries()) {
    topics.subscribe({ arn: `${resource.ref}:inline-${i}`, topicArn: resource.ref, protocol: Protocol, endpoint: Endpoint, raw: false });
  }
}

const snsProviders = (topics: Topics): readonly ResourceProvider[] => [
  {
    type: 'AWS::SNS::Topic',
    identify: (identity) => {
      const name = nameOf(identity, 'TopicName', TOPIC_NAME_LIMIT);
      return { ref: topicArn(name), attributes: { TopicArn: topicArn(name), TopicName: name } };
    },
    create: async (resource) => declareTopic(topics, resource),
  },
  {
    type: 'AWS::SNS::Subscription',
    identify: (identity) => {
      const ref = `${identity.resolve(identity.properties.TopicArn)}:${identity.stackName}-${identity.logicalId}`;
      return { ref, attributes: { Arn: ref } };
    },
    create: async (resource) => {
      const { TopicArn, Protocol, Endpoint, RawMessageDelivery } = propertiesOf(SubscriptionProperties, resource);
      topics.subscribe({ arn: resource.ref, topicArn: TopicArn, protocol: Protocol, endpoint: Endpoint, raw: RawMessageDelivery });
    },
  },
  declared('AWS::SNS::TopicPolicy', ({ stackName, logicalId }) => ({ ref: `${stackName}-${logicalId}`, attributes: {} })),
];

/** SNS: every message is a line of `<stateDir>/sns/<topic>.jsonl`; subscribed queues get it, people are only named. */
export function createSns(
  kernel: Kernel,
  queues?: Queues,
  now: () => number = Date.now,
): Service & { publish(topicArn: string, message: string): void } {
  const topics = new Topics(kernel, queues, now);
  const operations = snsOperations(kernel, topics);
  return {
    signingName: 'sns',
    handle: (request, response) => serveQuery(operations, request, response),
    providers: snsProviders(topics),
    start: async () => undefined,
    stop: async () => undefined,
    publish: (arn, message) => void topics.publish(arn, { message }),
  };
}
