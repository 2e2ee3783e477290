import { ApiError, NotEmulatedError } from '../kernel/errors';
import { ACCOUNT, type Kernel } from '../kernel/types';
import { pageOf } from '../messaging/inputs';
import type { Form, QueryOperations } from './query';
import type { TopicAttribute, Topics } from './topics';

const PAGE = 100;

/** `MessageAttributes.entry.N.Name` and its value's type and text. */
function attributesOf(form: Form): Readonly<Record<string, TopicAttribute>> | undefined {
  const prefixes = Object.keys(form).flatMap((field) => /^(MessageAttributes\.entry\.\d+)\.Name$/.exec(field)?.[1] ?? []);
  if (prefixes.length === 0) return undefined;
  const entries = prefixes.map((prefix) => {
    const Type = form[`${prefix}.Value.DataType`] ?? 'String';
    return [form[`${prefix}.Name`], { Type, Value: form[`${prefix}.Value.StringValue`] ?? form[`${prefix}.Value.BinaryValue`] ?? '' }];
  });
  return Object.fromEntries(entries);
}

function publish(topics: Topics, form: Form) {
  if (form.PhoneNumber !== undefined || form.MessageStructure !== undefined)
    throw new NotEmulatedError('a phone number or a message structure of Publish');
  if (form.Message === undefined) throw new ApiError('InvalidParameter', 'Invalid parameter: Message is required');
  const notice = { message: form.Message, subject: form.Subject, attributes: attributesOf(form) };
  return { MessageId: topics.publish(form.TopicArn ?? form.TargetArn ?? '', notice) };
}

function subscriptions(topics: Topics, { TopicArn = '', NextToken }: Form) {
  const { items, next } = pageOf(topics.subscribers(TopicArn), NextToken, PAGE);
  const Subscriptions = items.map(({ arn, protocol, endpoint, topicArn }) => ({
    SubscriptionArn: arn,
    Owner: ACCOUNT,
    Protocol: protocol,
    Endpoint: endpoint,
    TopicArn: topicArn,
  }));
  return { Subscriptions, NextToken: next };
}

function attributes(topics: Topics, { TopicArn = '' }: Form) {
  const values = {
    TopicArn,
    Owner: ACCOUNT,
    SubscriptionsConfirmed: String(topics.subscribers(TopicArn).length),
    SubscriptionsPending: '0',
  };
  return { Attributes: new Map(Object.entries(values)) };
}

/** The SNS API, for publishing and looking. */
export function snsOperations(kernel: Kernel, topics: Topics): QueryOperations {
  const on =
    (action: string, act: (form: Form) => ReturnType<QueryOperations[string]>): QueryOperations[string] =>
    (form, { caller }) => {
      kernel.authorize({ caller, action: `sns:${action}`, resource: form.TopicArn ?? form.TargetArn ?? '*' });
      return act(form);
    };
  return {
    Publish: on('Publish', (form) => publish(topics, form)),
    ListTopics: on('ListTopics', ({ NextToken }) => {
      const { items, next } = pageOf(topics.all(), NextToken, PAGE);
      return { Topics: items.map((TopicArn) => ({ TopicArn })), NextToken: next };
    }),
    ListSubscriptionsByTopic: on('ListSubscriptionsByTopic', (form) => subscriptions(topics, form)),
    GetTopicAttributes: on('GetTopicAttributes', (form) => attributes(topics, form)),
  };
}
