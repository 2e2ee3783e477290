import { z } from 'zod';
import type { MetricSink } from '../cloudwatch/metric';
import { serveAwsJson } from '../kernel/http';
import type { Kernel, LogSink, ResourceProvider, Service } from '../kernel/types';
import { nameOf } from '../messaging/names';
import { ignored, propertiesOf } from '../messaging/properties';
import { embeddedMetrics } from './embedded-metrics';
import { groupArn, logsOperations } from './operations';
import { LogStore } from './store';

const GROUP_NAME_LIMIT = 200;

/** Retention is not acted on: the whole state folder is the user's to clear. */
const GroupProperties = z.strictObject({
  LogGroupName: z.string().optional(),
  RetentionInDays: ignored,
  LogGroupClass: ignored,
  KmsKeyId: ignored,
  DeletionProtectionEnabled: ignored,
  Tags: ignored,
});

const groupProvider = (store: LogStore): ResourceProvider => ({
  type: 'AWS::Logs::LogGroup',
  identify: (identity) => {
    const name = nameOf(identity, 'LogGroupName', GROUP_NAME_LIMIT);
    return { ref: name, attributes: { Arn: `${groupArn(name)}:*` } };
  },
  create: async (resource) => {
    propertiesOf(GroupProperties, resource);
    store.createGroup(resource.ref);
  },
});

/** CloudWatch Logs as text files; embedded metrics go on to `metrics`. */
export function createLogs(kernel: Kernel, metrics?: MetricSink, now: () => number = Date.now): Service & LogSink {
  const store = new LogStore(kernel.stateDir, now);
  const operations = logsOperations(kernel, store);
  return {
    signingName: 'logs',
    handle: (request, response) => serveAwsJson(operations, request, response),
    providers: [groupProvider(store)],
    start: async () => undefined,
    stop: async () => undefined,
    write: (group, stream, line) => {
      store.append(group, stream, line);
      const data = metrics ? embeddedMetrics(line) : [];
      if (data.length > 0) metrics?.record(data);
    },
  };
}
