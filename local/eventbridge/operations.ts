import { z } from 'zod';
import { ApiError } from '../kernel/errors';
import type { Operations } from '../kernel/http';
import type { Caller, Kernel } from '../kernel/types';
import { inputOf, pageOf } from '../messaging/inputs';
import { arnOf } from '../messaging/names';
import type { Bus } from './bus';
import { compile } from './pattern';
import type { Rule } from './rule';

export const BUS_ARN = arnOf('events', 'event-bus/default');

/** EventBridge takes at most ten entries and 256 KB a request. */
const MAX_ENTRIES = 10;
const MAX_BYTES = 262_144;
const PAGE = 100;

const Entry = z.object({
  Source: z.string().optional(),
  DetailType: z.string().optional(),
  Detail: z.string().optional(),
  EventBusName: z.string().default('default'),
  Resources: z.array(z.string()).default([]),
  Time: z.number().optional(),
});
type Entry = z.infer<typeof Entry>;

function detailOf(text: string): unknown {
  try {
    const detail: unknown = JSON.parse(text);
    return typeof detail === 'object' && detail !== null && !Array.isArray(detail) ? detail : undefined;
  } catch {
    return undefined;
  }
}

const refused = (ErrorCode: string, ErrorMessage: string) => ({ ErrorCode, ErrorMessage });

function put(bus: Bus, { Source, DetailType, Detail, EventBusName, Resources, Time }: Entry) {
  if (!Source || !DetailType || !Detail) return refused('InvalidArgument', 'Source, DetailType and Detail are required');
  if (Source.startsWith('aws.')) return refused('NotAuthorizedForSourceException', `source ${Source} is reserved for AWS services`);
  if (EventBusName !== 'default' && EventBusName !== BUS_ARN)
    return refused('ResourceNotFoundException', `event bus ${EventBusName} does not exist`);
  const detail = detailOf(Detail);
  if (detail === undefined) return refused('MalformedDetail', 'Detail is not a JSON object');
  const time = Time === undefined ? undefined : new Date(Time * 1000).toISOString();
  return { EventId: bus.publish({ source: Source, detailType: DetailType, detail, resources: Resources }, time) };
}

/** What EventBridge counts for a time, if there is one. */
const TIME_BYTES = 14;

const bytesOf = ({ Source = '', DetailType = '', Detail = '', Resources, Time }: Entry): number =>
  [Source, DetailType, Detail, ...Resources].reduce((sum, text) => sum + Buffer.byteLength(text), Time === undefined ? 0 : TIME_BYTES);

function putAll(bus: Bus, input: unknown) {
  const { Entries } = inputOf(z.object({ Entries: z.array(Entry).min(1).max(MAX_ENTRIES) }), input);
  const bytes = Entries.reduce((sum, entry) => sum + bytesOf(entry), 0);
  if (bytes > MAX_BYTES) throw new ApiError('ValidationException', `total size of the entries is ${bytes} bytes, ${MAX_BYTES} are allowed`);
  const results = Entries.map((entry) => put(bus, entry));
  return { FailedEntryCount: results.filter((result) => 'ErrorCode' in result).length, Entries: results };
}

const described = ({ name, arn, enabled, pattern, expression }: Rule) => ({
  Name: name,
  Arn: arn,
  State: enabled ? 'ENABLED' : 'DISABLED',
  EventBusName: 'default',
  EventPattern: pattern === undefined ? undefined : JSON.stringify(pattern),
  ScheduleExpression: expression,
});

const targetsOf = ({ targets }: Rule) =>
  targets.map(({ id, arn, wish }) => ({
    Id: id,
    Arn: arn,
    Input: wish.input,
    InputPath: wish.inputPath,
    InputTransformer: wish.transformer && { InputPathsMap: wish.transformer.paths, InputTemplate: wish.transformer.template },
  }));

function listed(bus: Bus, input: unknown) {
  const { NamePrefix, NextToken } = inputOf(z.object({ NamePrefix: z.string().default(''), NextToken: z.string().optional() }), input);
  const { items, next } = pageOf(
    bus.all().filter(({ name }) => name.startsWith(NamePrefix)),
    NextToken,
    PAGE,
  );
  return { Rules: items.map(described), NextToken: next };
}

/** The EventBridge API on the default bus. */
export function eventBridgeOperations(kernel: Kernel, bus: Bus): Operations {
  const authorize = (caller: Caller, action: string, resource: string): void =>
    kernel.authorize({ caller, action: `events:${action}`, resource });
  const onRule =
    (action: string, field: string, act: (rule: Rule) => unknown): Operations[string] =>
    (input, { caller }) => {
      const arn = arnOf('events', `rule/${String(input[field])}`);
      authorize(caller, action, arn);
      const rule = bus.all().find((r) => r.arn === arn);
      if (!rule) throw new ApiError('ResourceNotFoundException', `rule ${JSON.stringify(input[field])} does not exist on the default bus`);
      return act(rule);
    };
  return {
    PutEvents: (input, { caller }) => {
      authorize(caller, 'PutEvents', BUS_ARN);
      return putAll(bus, input);
    },
    ListRules: (input, { caller }) => {
      authorize(caller, 'ListRules', arnOf('events', 'rule/*'));
      return listed(bus, input);
    },
    DescribeRule: onRule('DescribeRule', 'Name', described),
    ListTargetsByRule: onRule('ListTargetsByRule', 'Rule', (rule) => ({ Targets: targetsOf(rule) })),
    TestEventPattern: (input, { caller }) => {
      authorize(caller, 'TestEventPattern', '*');
      const { EventPattern, Event } = inputOf(z.object({ EventPattern: z.string(), Event: z.string() }), input);
      return { Result: compile(JSON.parse(EventPattern))(JSON.parse(Event)) };
    },
  };
}
