import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { LogSink } from '../kernel/types';
import { detailsOf } from './events';
import type { Entry } from './history';
import type { ExecutionFacts } from './run';

const Destination = z.strictObject({ CloudWatchLogsLogGroup: z.strictObject({ LogGroupArn: z.string() }) });

/** A state machine's LoggingConfiguration. */
export const Logging = z.strictObject({
  Level: z.enum(['OFF', 'FATAL', 'ERROR', 'ALL']).default('OFF'),
  IncludeExecutionData: z.union([z.boolean(), z.enum(['true', 'false']).transform((word) => word === 'true')]).default(false),
  Destinations: z.array(Destination).default([]),
});
export type Logging = z.infer<typeof Logging>;

const FATAL = /^Execution(Failed|Aborted|TimedOut)$/;
const ERROR = /(Failed|Aborted|TimedOut)$/;

const covers = (level: Logging['Level'], type: string): boolean =>
  level === 'ALL' || (level === 'ERROR' && ERROR.test(type)) || (level === 'FATAL' && FATAL.test(type));

/** One stream for every execution, named as AWS does. */
function streamOf({ arn, machineName, startedAt }: ExecutionFacts): string {
  const minute = new Date(startedAt).toISOString().slice(0, 16).replace(/[T:]/g, '-');
  return `states/${machineName}/${minute}/${createHash('sha256').update(arn).digest('hex').slice(0, 8)}`;
}

/** Writes an event to the machine's log groups when its level asks for it. */
export function writeLog(logs: LogSink, { facts, logging }: { facts: ExecutionFacts; logging: Logging }, event: Entry): void {
  const { type = '', id, previous = 0, at } = event;
  if (!covers(logging.Level, type)) return;
  const line = JSON.stringify({
    id: String(id),
    type,
    details: detailsOf(event, logging.IncludeExecutionData) ?? {},
    previous_event_id: String(previous),
    event_timestamp: String(at),
    execution_arn: facts.arn,
  });
  for (const { CloudWatchLogsLogGroup: group } of logging.Destinations) {
    const name = group.LogGroupArn.replace(/^.*:log-group:/, '').replace(/:\*$/, '');
    logs.write(name, streamOf(facts), line);
  }
}
