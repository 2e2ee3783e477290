import { z } from 'zod';
import { ApiError, NotEmulatedError } from '../kernel/errors';
import type { Operations } from '../kernel/http';
import type { Kernel } from '../kernel/types';
import { inputOf, pageOf } from '../messaging/inputs';
import { arnOf } from '../messaging/names';
import type { LogEvent, LogStore } from './store';

export const groupArn = (group: string): string => arnOf('logs', `log-group:${group}`);

const GROUP_PAGE = 50;
const EVENT_PAGE = 10_000;

const limit = (most: number) => z.number().int().min(1).max(most).default(most);
const window = { startTime: z.number().default(0), endTime: z.number().default(Number.MAX_SAFE_INTEGER) };
const group = {
  logGroupName: z.string().optional(),
  logGroupIdentifier: z.string().optional(),
};

const Groups = z.object({
  logGroupNamePrefix: z.string().default(''),
  logGroupNamePattern: z.string().default(''),
  limit: limit(GROUP_PAGE),
  nextToken: z.string().optional(),
});
const Streams = z.object({
  ...group,
  logStreamNamePrefix: z.string().default(''),
  descending: z.boolean().default(false),
  limit: limit(GROUP_PAGE),
  nextToken: z.string().optional(),
});
const Filter = z.object({
  ...group,
  ...window,
  logStreamNames: z.array(z.string()).optional(),
  logStreamNamePrefix: z.string().default(''),
  filterPattern: z.string().default(''),
  limit: limit(EVENT_PAGE),
  nextToken: z.string().optional(),
});
const Get = z.object({
  ...group,
  ...window,
  logStreamName: z.string(),
  startFromHead: z.boolean().default(false),
  limit: limit(EVENT_PAGE),
  nextToken: z.string().optional(),
});

const CODE = 'InvalidParameterException';

/** Words or quoted phrases, all of which must occur; CloudWatch's other syntax is refused. */
export function filterOf(pattern: string): (message: string) => boolean {
  if (/^\s*[{[%]|(^|\s)[-?]/.test(pattern)) throw new NotEmulatedError(`the filter pattern ${JSON.stringify(pattern)}`);
  const terms = [...pattern.matchAll(/"((?:[^"\\]|\\.)*)"|(\S+)/g)].map(
    ([, quoted, bare]) => quoted?.replace(/\\(.)/g, '$1') ?? bare ?? '',
  );
  return (message) => terms.every((term) => message.includes(term));
}

const inTime = ({ startTime, endTime }: { startTime: number; endTime: number }, { timestamp }: LogEvent): boolean =>
  timestamp >= startTime && timestamp < endTime;

function streamsOf(store: LogStore, name: string): readonly string[] {
  const streams = store.streams(name);
  if (!streams) throw new ApiError('ResourceNotFoundException', 'The specified log group does not exist.');
  return streams;
}

function described(store: LogStore, name: string, stream: string) {
  const events = store.events(name, stream);
  return {
    logStreamName: stream,
    arn: `${groupArn(name)}:log-stream:${stream}`,
    creationTime: events[0]?.timestamp,
    firstEventTimestamp: events[0]?.timestamp,
    lastEventTimestamp: events.at(-1)?.timestamp,
    storedBytes: store.bytes(name, stream),
  };
}

function filtered(store: LogStore, name: string, wish: z.infer<typeof Filter>) {
  const matches = filterOf(wish.filterPattern);
  const wanted = (stream: string): boolean =>
    (wish.logStreamNames?.includes(stream) ?? true) && stream.startsWith(wish.logStreamNamePrefix);
  const events = streamsOf(store, name)
    .filter(wanted)
    .flatMap((stream) => store.events(name, stream))
    .filter((event) => inTime(wish, event) && matches(event.message))
    .toSorted((a, b) => a.timestamp - b.timestamp);
  const { items, next } = pageOf(events, wish.nextToken, wish.limit);
  return {
    events: items.map(({ stream, timestamp, message, index }) => ({
      logStreamName: stream,
      timestamp,
      ingestionTime: timestamp,
      message,
      eventId: `${stream}#${index}`,
    })),
    nextToken: next,
  };
}

/** Tokens are positions: `f/<n>` reads on from event n, `b/<n>` what lies before it. */
function got(store: LogStore, name: string, wish: z.infer<typeof Get>) {
  if (!streamsOf(store, name).includes(wish.logStreamName))
    throw new ApiError('ResourceNotFoundException', 'The specified log stream does not exist.');
  const events = store.events(name, wish.logStreamName).filter((event) => inTime(wish, event));
  const [, direction, position] = /^([fb])\/(\d+)$/.exec(wish.nextToken ?? '') ?? [];
  if (wish.nextToken !== undefined && position === undefined)
    throw new ApiError(CODE, `next token ${JSON.stringify(wish.nextToken)} was not given out here`);
  const forward = direction ? direction === 'f' : wish.startFromHead;
  const from = forward ? Number(position ?? 0) : Math.max(0, Number(position ?? events.length) - wish.limit);
  const to = forward ? from + wish.limit : Number(position ?? events.length);
  return {
    events: events.slice(from, to).map(({ timestamp, message }) => ({ timestamp, ingestionTime: timestamp, message })),
    nextForwardToken: `f/${Math.min(to, events.length)}`,
    nextBackwardToken: `b/${from}`,
  };
}

/** The CloudWatch Logs API, for reading. */
export function logsOperations(kernel: Kernel, store: LogStore): Operations {
  const onGroup =
    <T extends { logGroupName?: string; logGroupIdentifier?: string }>(
      action: string,
      schema: z.ZodType<T>,
      act: (name: string, wish: T) => unknown,
    ): Operations[string] =>
    (input, { caller }) => {
      const wish = inputOf(schema, input, CODE);
      const name = wish.logGroupName ?? wish.logGroupIdentifier?.replace(/^arn:.*?:log-group:/, '').replace(/:\*$/, '') ?? '';
      kernel.authorize({ caller, action: `logs:${action}`, resource: `${groupArn(name)}:*` });
      return act(name, wish);
    };
  return {
    DescribeLogGroups: (input, { caller }) => {
      kernel.authorize({ caller, action: 'logs:DescribeLogGroups', resource: '*' });
      const wish = inputOf(Groups, input, CODE);
      const found = store
        .groups()
        .filter(({ name }) => name.startsWith(wish.logGroupNamePrefix) && name.includes(wish.logGroupNamePattern));
      const { items, next } = pageOf(found, wish.nextToken, wish.limit);
      return {
        logGroups: items.map(({ name, createdAtMs }) => ({
          logGroupName: name,
          arn: `${groupArn(name)}:*`,
          logGroupArn: groupArn(name),
          creationTime: createdAtMs,
        })),
        nextToken: next,
      };
    },
    DescribeLogStreams: onGroup('DescribeLogStreams', Streams, (name, wish) => {
      const found = streamsOf(store, name).filter((stream) => stream.startsWith(wish.logStreamNamePrefix));
      const { items, next } = pageOf(wish.descending ? found.toReversed() : found, wish.nextToken, wish.limit);
      return { logStreams: items.map((stream) => described(store, name, stream)), nextToken: next };
    }),
    FilterLogEvents: onGroup('FilterLogEvents', Filter, (name, wish) => filtered(store, name, wish)),
    GetLogEvents: onGroup('GetLogEvents', Get, (name, wish) => got(store, name, wish)),
  };
}
